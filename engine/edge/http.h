#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/time.h"
#include "engine/ports/http_client.h"

namespace sb::edge {

/// A request as it came in, whole.
struct Request {
  std::string method;
  std::string path;            ///< "/connect/abc"; may hold secrets: never log it.
  std::string query;           ///< What follows '?', still encoded.
  ports::HttpHeaders headers;  ///< Names in lower case.
  std::string body;
  std::string address = {};  ///< Whose it is: the peer's, or what a trusted proxy says of it.
  bool secure = false;       ///< It came through TLS: ours, or that of a trusted proxy.
};

/// The value of the first header `name` (lower case), or "".
std::string HeaderOf(const Request& request, const std::string& name);
/// The cookies of a request, in its order.
std::vector<std::pair<std::string, std::string>> CookiesOf(const Request& request);
/// The fields of a query or of a form body, decoded; of several with one name the first counts.
/// Malformed ones are left out.
std::map<std::string, std::string> ParseFields(const std::string& encoded);
/// Whether a person's browser asks, rather than a program.
bool WantsHtml(const Request& request);

/// A body that is too large to hold: it is asked for piece by piece while it is sent.
struct BodyStream {
  /// The next piece; nothing: it cannot be had, and the connection is cut, so that nobody takes the
  /// part for the whole. May be called on any thread.
  using Given = std::function<void(std::optional<std::string>)>;

  std::int64_t size = 0;
  std::function<void(const Given&)> next;  ///< Not asked again before it has given.
};

/// An answer.
struct Reply {
  int status = 200;
  ports::HttpHeaders headers;
  std::string body;
  std::string outcome = {};  ///< What became of a webhook: for metrics, not for the client.
  std::optional<BodyStream> stream = {};  ///< In the place of `body`.
};

/// {"error": {"code": ..., "message": ...}}
Reply ErrorReply(int status, const std::string& code, const std::string& message);
/// 429 LOGIN_LIMITED, with Retry-After: for whoever tries one wrong secret after the other.
Reply TooManyTriesReply(Millis wait);
Reply JsonReply(int status, const std::string& json);

/// One request that waits for its answer. Thread-safe; shared, because the answer comes from
/// whichever thread did the work while the connection may go away on its own.
class Exchange {
 public:
  virtual ~Exchange() = default;

  virtual const Request& request() const = 0;
  /// Sends the answer. Only the first one counts.
  virtual void Answer(Reply reply) = 0;
  /// Sends `late` unless an answer came within `patience`. On the listener's thread, before the
  /// work starts.
  virtual void AnswerWithin(Millis patience, Reply late) = 0;
  /// Names the route, without anything secret, for log and metrics: "/connect/{token}". Before the
  /// work starts.
  virtual void SetRoute(std::string route) = 0;
};

/// What was answered, fit for a log line.
struct Answered {
  std::string method;  ///< One of the usual words, or "OTHER".
  std::string route;   ///< As set, or "unrouted".
  int status = 0;
  std::string outcome;
  std::string
      address;  ///< As of its request; empty where that never became whole. Not for the log.
  std::size_t bytes = 0;
  std::chrono::microseconds took{0};
};

/// Serves what a listener takes in.
class Handler {
 public:
  virtual ~Handler() = default;

  /// On the listener's thread: must not block.
  virtual void Serve(std::shared_ptr<Exchange> exchange) = 0;
  /// After the answer was handed to the connection; also for requests that were refused before they
  /// were whole.
  virtual void OnAnswered(const Answered& answered) = 0;
};

}  // namespace sb::edge
