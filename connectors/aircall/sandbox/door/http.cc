#include "connectors/aircall/sandbox/door/http.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/world/refusal.h"
#include "engine/base/encoding.h"

namespace sb::aircall::sandbox {
namespace {

std::string Decoded(std::string_view text) {
  return UrlDecode(text, /*form=*/true).value_or(std::string(text));
}

const char* TitleOf(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 422:
      return "Unprocessable Entity";
    default:
      return "Error";
  }
}

int StatusOf(const Error& error) {
  if (error.code == "SANDBOX_WRONG_STATE") return 405;
  if (error.code == "SANDBOX_UNPROCESSABLE") return 422;
  if (error.kind == ErrorKind::kForbidden) return 403;
  return error.kind == ErrorKind::kNotFound ? 404 : 400;
}

// As recorded, word for word in all but `errors`, which is "a sentence about 10k results" (live).
Reply TooDeepReply(const Error& error) {
  return JsonReply(400, {{"error", "Bad Request"},
                         {"data", nullptr},
                         {"message", "BAD_REQUEST"},
                         {"errors", error.message},
                         {"troubleshoot", "BAD_REQUEST"},
                         {"success", false}});
}

// No form-action: browsers hold it against the whole way back through the app, which is not ours.
constexpr const char* kContentPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'";

}  // namespace

Fields Fields::Parse(std::string_view text) {
  Fields fields;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    const bool bare = equals == std::string_view::npos;
    fields.pairs_.emplace_back(Decoded(pair.substr(0, equals)),
                               bare ? std::string() : Decoded(pair.substr(equals + 1)));
  }
  return fields;
}

std::optional<std::string> Fields::Get(std::string_view name) const {
  const auto found = std::find_if(pairs_.begin(), pairs_.end(),
                                  [&](const auto& each) { return each.first == name; });
  if (found == pairs_.end()) return {};
  return found->second;
}

std::string Fields::GetOr(std::string_view name, std::string_view fallback) const {
  return Get(name).value_or(std::string(fallback));
}

std::vector<std::string> Fields::All(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : pairs_) {
    if (key == name) values.push_back(value);
  }
  return values;
}

Reply JsonReply(int status, const Doc& doc) {
  return {.status = status, .body = TextOf(doc)};
}

Reply HtmlReply(int status, std::string html) {
  return {.status = status,
          .body = std::move(html),
          .content_type = "text/html; charset=utf-8",
          .headers = {{"Cache-Control", "no-store"},
                      {"Content-Security-Policy", kContentPolicy},
                      {"Referrer-Policy", "no-referrer"},
                      {"X-Content-Type-Options", "nosniff"},
                      {"X-Frame-Options", "DENY"}}};
}

Reply RedirectReply(const std::string& url) {
  return {.status = 302, .headers = {{"Location", url}, {"Cache-Control", "no-store"}}};
}

Reply EmptyReply(int status) {
  return {.status = status};
}

Reply ApplicationError(int status, const std::string& error, const std::string& troubleshoot) {
  return JsonReply(status, {{"error", error}, {"troubleshoot", troubleshoot}});
}

Reply GatewayError(int status, const std::string& message) {
  Doc doc = Doc::object();
  doc["message"] = message;
  return JsonReply(status, doc);
}

Reply RefusalReply(const Error& error) {
  if (error.code == "SANDBOX_PAGE_TOO_DEEP") return TooDeepReply(error);
  const int status = StatusOf(error);
  if (status != 405) return ApplicationError(status, TitleOf(status), error.message);
  return JsonReply(
      405, {{"error", TitleOf(405)}, {"troubleshoot", error.message}, {"success", false}});  // doc
}

Result<Json> BodyOf(const Request& request) {
  if (request.body.empty()) return Json::object();
  auto body = ParseJson(request.body);
  if (!body.ok()) return Refused("The body is not JSON: " + body.error().message);
  if (!body->is_object()) return Refused("The body is not a JSON object");
  return body;
}

Result<std::int64_t> NumberMember(const Json& body, const char* name, std::int64_t fallback,
                                  std::int64_t least, std::int64_t most) {
  const Json& value = Member(body, name);
  if (value.is_null()) return fallback;
  const bool good = value.is_number_integer() && value.get<std::int64_t>() >= least &&
                    value.get<std::int64_t>() <= most;
  if (good) return value.get<std::int64_t>();
  return Refused(std::string(name) + " is not a number from " + std::to_string(least) + " to " +
                 std::to_string(most));
}

Fields FormOf(const Request& request) {
  const auto body = BodyOf(request);
  if (!body.ok()) return Fields::Parse(request.body);
  std::string text;
  for (const auto& [name, value] : body->items()) {
    if (value.is_string()) {
      text += UrlEncode(name) + "=" + UrlEncode(value.get<std::string>()) + "&";
    }
  }
  return Fields::Parse(text);
}

}  // namespace sb::aircall::sandbox
