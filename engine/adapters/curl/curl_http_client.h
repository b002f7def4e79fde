#pragma once

#include <memory>
#include <string>

#include "engine/adapters/curl/address_policy.h"
#include "engine/adapters/curl/host_rules.h"
#include "engine/ports/http_client.h"

namespace sb::adapters::curl {

/// Sends requests with libcurl. One thread owns every transfer; `done` is called on it.
///
/// HTTP/1.1 over http and https; connections are kept for reuse. Only requests that a server may
/// safely see twice (GET, HEAD) go out on a connection that was used before: libcurl repeats a
/// request by itself when such a connection turns out to be dead, and a write must never be sent
/// twice without our knowing.
class CurlHttpClient : public ports::HttpClient {
 public:
  struct Settings {
    AddressPolicy addresses = AddressPolicy::kPublicOnly;
    HostRules hosts{};               ///< What differs for single hosts.
    Millis connect_timeout{10'000};  ///< Or the request's own timeout when that is shorter.
    std::string
        proxy{};  ///< "http://proxy.example:3128"; empty: none, whatever the environment says.
    long max_connections = 256;  ///< Kept open between requests.
  };

  explicit CurlHttpClient(Settings settings);
  /// As Stop.
  ~CurlHttpClient() override;
  CurlHttpClient(const CurlHttpClient&) = delete;
  CurlHttpClient& operator=(const CurlHttpClient&) = delete;

  void Send(ports::HttpRequest request, Millis timeout, Done done) override;

  /// Completes what is under way, without an answer, and ends the thread: kCancelled for what was
  /// not sent, kInDoubt for what was. Later calls of Send are answered at once, on the caller's
  /// thread. Safe twice.
  void Stop();

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace sb::adapters::curl
