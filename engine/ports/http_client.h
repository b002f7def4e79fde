#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/base/time.h"

namespace sb::ports {

/// Name and password of a digest authentication (RFC 7616).
struct HttpLogin {
  std::string username;
  Secret password;
};

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

/// The body of a request that does not fit into memory.
struct HttpUpload {
  std::int64_t size = 0;
  /// Puts bytes from `offset` on into `into`, at most `most`, and says how many; none: they cannot
  /// be read, which ends the request as if the connection had. Called on the client's thread, in
  /// order, until there are `size`.
  std::function<std::size_t(std::int64_t offset, char* into, std::size_t most)> read = {};
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  HttpHeaders headers;  ///< May hold credentials: never log them.
  std::string body;
  /// For digest: the client answers the server's challenge, with a second request.
  std::optional<HttpLogin> digest = {};
  /// The longest body of an answer.
  std::size_t most_body = 16UL * 1024 * 1024;
  /// Takes the body of the answer piece by piece instead of HttpResponse::body, on the client's
  /// thread; with the status of the answer. False ends the request (kInDoubt HTTP_NO_ANSWER).
  /// `most_body` holds all the same. Empty: the body is kept.
  std::function<bool(int status, std::string_view piece)> on_body = {};
  /// Goes out instead of `body`, piece by piece.
  std::optional<HttpUpload> upload = {};
  /// Asked on a thread of the client right before the first byte; false drops the request
  /// (kUnavailable HTTP_NOT_STARTED, nothing was sent). Empty: it may always leave.
  std::function<bool()> may_leave = {};
};

struct HttpResponse {
  int status = 0;
  HttpHeaders headers;  ///< Names in lower case.
  std::string body;     ///< At most HttpRequest::most_body.
};

/// The value of the first header `name` (lower case), or "".
inline std::string HeaderOf(const HttpResponse& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

/// Sends HTTP requests. Thread-safe; never retries; redirects are not followed.
///
/// Any status is success: judging it is the caller's business. An Error means that no complete
/// answer arrived:
///   kUnavailable HTTP_UNREACHABLE   nothing was sent (name, connection or TLS failed)
///   kUnavailable HTTP_NOT_STARTED   may_leave said no
///   kTimeout     HTTP_TIMEOUT       the time passed before anything was sent
///   kInDoubt     HTTP_NO_ANSWER     sent at least in part, no complete answer
///   kInDoubt     HTTP_ANSWER_TIMEOUT   the same, since the time passed
///   kInDoubt     HTTP_ANSWER_TOO_LARGE the same, since the answer is longer than most_body
///   kInvalid     HTTP_BAD_REQUEST   the URL or method cannot be sent, or the address policy
///   refuses it kCancelled   HTTP_STOPPED       the client is stopping; nothing was sent
class HttpClient {
 public:
  using Done = std::function<void(Result<HttpResponse>)>;

  virtual ~HttpClient() = default;

  /// Calls `done` exactly once, on a thread of the client, which it must not block.
  virtual void Send(HttpRequest request, Millis timeout, Done done) = 0;
};

}  // namespace sb::ports
