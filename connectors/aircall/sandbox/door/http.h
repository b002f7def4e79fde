#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "connectors/aircall/sandbox/render/render.h"
#include "engine/base/json.h"
#include "engine/base/result.h"

// A request and an answer as plain values, so that everything but http_server.cc works without a
// socket.
namespace sb::aircall::sandbox {

/// Names and values of a query string or a form, decoded, in the order sent.
class Fields {
 public:
  /// Reads `a=1&b=x%20y`. A value may itself hold '=' and unencoded ':' '/' '?': clients in the
  /// wild send redirect_uri that way. A malformed escape stays as it is.
  static Fields Parse(std::string_view text);

  std::optional<std::string> Get(std::string_view name) const;
  std::string GetOr(std::string_view name, std::string_view fallback) const;
  std::vector<std::string> All(std::string_view name) const;

  const std::vector<std::pair<std::string, std::string>>& pairs() const { return pairs_; }

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

struct Request {
  std::string method;
  std::string path;   ///< Still percent-encoded, without the query.
  std::string query;  ///< As sent, without '?'.
  std::string authorization{};
  std::string content_type{};
  std::string body{};
  std::string range{};  ///< The header of that name.
  std::string accept{};
};

struct Reply {
  int status = 200;
  std::string body{};
  std::string content_type = "application/json; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers{};
  bool hang_up = false;    ///< Close the connection without an answer.
  bool cut_short = false;  ///< Close it in the middle of the body.
};

/// The text of a document, with what Ready() put into it; foreign bytes that are not UTF-8 become
/// U+FFFD.
std::string TextOf(const Doc& doc);

Reply JsonReply(int status, const Doc& doc);
/// With a policy that lets the browser load and run the sandbox's own files only.
Reply HtmlReply(int status, std::string html);
Reply RedirectReply(const std::string& url);
Reply EmptyReply(int status);

/// An error in the shape of the application: `error` and `troubleshoot`.
Reply ApplicationError(int status, const std::string& error, const std::string& troubleshoot);
/// An error in the shape of the gateway in front of it: `message` alone.
Reply GatewayError(int status, const std::string& message);
/// What the API answers to a refusal of the world.
Reply RefusalReply(const Error& error);

/// The body as a JSON object; an empty body reads as an empty one. Fails with kInvalid
/// SANDBOX_INVALID.
Result<Json> BodyOf(const Request& request);
/// A whole number of a body, `fallback` when it is absent. Fails with kInvalid SANDBOX_INVALID.
Result<std::int64_t> NumberMember(const Json& body, const char* name, std::int64_t fallback,
                                  std::int64_t least, std::int64_t most);
/// The body as fields, from JSON or from a form, whichever it is. Values that are no text are left
/// out.
Fields FormOf(const Request& request);

}  // namespace sb::aircall::sandbox
