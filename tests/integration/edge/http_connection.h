#pragma once

#include <map>
#include <string>

namespace sb::testing {

struct HttpAnswer {
  int status = 0;                                   ///< 0: the connection ended without an answer.
  std::multimap<std::string, std::string> headers;  ///< Names in lower case.
  std::string body;

  std::string Header(const std::string& name) const;
};

/// One TCP connection on which a test says every byte. Waits twenty seconds at most, then counts as
/// ended.
class HttpConnection {
 public:
  explicit HttpConnection(const std::string& address);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  /// False when the peer takes no more.
  bool Send(const std::string& bytes);
  HttpAnswer Receive(bool to_head = false);
  /// Whether the peer has ended the connection: waits for it.
  bool IsClosedByPeer();

  /// A request with Host and Content-Length, and its answer.
  HttpAnswer Ask(const std::string& method, const std::string& path,
                 const std::string& headers = "", const std::string& body = "");

 private:
  bool Fill();

  int socket_ = -1;
  std::string buffer_;
};

/// A connection of its own for one request.
HttpAnswer AskOnce(const std::string& address, const std::string& method, const std::string& path,
                   const std::string& headers = "", const std::string& body = "");

}  // namespace sb::testing
