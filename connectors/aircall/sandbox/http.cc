#include "connectors/aircall/sandbox/http.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/refusal.h"
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
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    default:
      return "Error";
  }
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

std::string TextOf(const Doc& doc) {
  return doc.dump(-1, ' ', false, Doc::error_handler_t::replace);
}

Reply JsonReply(int status, const Doc& doc) {
  return {.status = status, .body = TextOf(doc)};
}

Reply HtmlReply(int status, std::string html) {
  return {.status = status,
          .body = std::move(html),
          .content_type = "text/html; charset=utf-8",
          .headers = {{"Cache-Control", "no-store"}, {"X-Frame-Options", "DENY"}}};
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
  const int status = error.kind == ErrorKind::kNotFound ? 404 : 400;
  return ApplicationError(status, TitleOf(status), error.message);
}

Result<Json> BodyOf(const Request& request) {
  if (request.body.empty()) return Json::object();
  auto body = ParseJson(request.body);
  if (!body.ok()) return Refused("The body is not JSON: " + body.error().message);
  if (!body->is_object()) return Refused("The body is not a JSON object");
  return body;
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
