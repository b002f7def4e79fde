#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <curl/curl.h>

#include "engine/adapters/curl/address_policy.h"
#include "engine/adapters/curl/curl_http_client.h"
#include "engine/ports/http_client.h"

namespace sb::adapters::curl {

/// One request under way. Belongs to the thread of its client; libcurl keeps pointers into it, so
/// it never moves.
class Transfer {
 public:
  using Done = ports::HttpClient::Done;

  Transfer(ports::HttpRequest request, Millis timeout, Done done,
           const CurlHttpClient::Settings& settings);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  /// Prepares the handle. Fails with kInvalid HTTP_BAD_REQUEST when the request cannot be sent as
  /// it is.
  Status Prepare();

  CURL* handle() const { return handle_.get(); }

  /// Tells the caller how it ended: `code` as libcurl says.
  void Finish(CURLcode code);
  /// Tells the caller that the client stopped under it.
  void Abandon();

  void Fail(Error error) { done_(std::move(error)); }

 private:
  struct FreeHandle {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  };

  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  static std::size_t OnHeader(char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t OnBody(char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t OnUpload(char* into, std::size_t size, std::size_t count, void* self);
  static curl_socket_t OpenSocket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int BeforeFirstByte(void* self, char* their_address, char* our_address, int their_port,
                             int our_port);

  /// Whether a connection to this address may be made or used; notes a refusal.
  bool MayReach(const sockaddr& address);
  bool MayReach(const char* address, int port);
  /// Gives a piece of the body to who takes it; false: it wants no more.
  bool HandOn(std::string_view piece);
  Status AddHeaders();
  void SetMethod();
  void SetLimits();
  template <typename Value>
  void Set(CURLoption option, Value value);
  void AddHeader(const std::string& line);

  /// Whether any byte of the request was handed to the connection: from then on nobody knows what
  /// the server did.
  bool WasSent() const;
  Error Judge(CURLcode code) const;
  std::string Host() const;

  ports::HttpRequest request_;
  Destination destination_;
  Millis timeout_;
  Done done_;
  const CurlHttpClient::Settings& settings_;
  std::unique_ptr<CURL, FreeHandle> handle_;
  std::unique_ptr<curl_slist, FreeList> headers_;
  ports::HttpResponse response_;
  std::size_t header_bytes_ = 0;
  std::size_t body_bytes_ = 0;
  std::int64_t uploaded_ = 0;
  bool address_refused_ = false;
  bool held_back_ = false;  ///< May_leave said no.
  bool too_large_ = false;
};

}  // namespace sb::adapters::curl
