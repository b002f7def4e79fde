#include "engine/runtime/http_exchange.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "engine/base/text.h"
#include "engine/connector/instant.h"
#include "engine/core/workflow/http_call.h"

namespace sb::runtime {
namespace {

constexpr Millis kWaitWhenUntold = std::chrono::seconds(5);
constexpr Millis kLongestWait = std::chrono::hours(1);

void AddPair(std::string& form, const std::string& name, const Json& value) {
  if (value.is_null()) return;
  if (value.is_array()) {
    for (const Json& each : value) AddPair(form, name, each);
    return;
  }
  form += (form.empty() ? "" : "&") + UrlEncode(name) + "=" + UrlEncode(PlainText(value));
}

/// name=value&..., a list as several pairs of one name.
std::string FormOf(const Json& fields) {
  std::string form;
  if (!fields.is_object()) return form;
  for (const auto& [name, value] : fields.items()) AddPair(form, name, value);
  return form;
}

std::string MediaType(const std::string& header) {
  std::string type = Lower(header.substr(0, header.find(';')));
  while (!type.empty() && type.back() == ' ') type.pop_back();
  return type;
}

void AddBody(const Json& body, const std::string& type, ports::HttpRequest& request) {
  if (body.is_null()) return;
  if (body.is_string()) {
    request.body = body.get<std::string>();
    if (type.empty()) request.headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
    return;
  }
  const bool form = MediaType(type) == "application/x-www-form-urlencoded";
  request.body = form ? FormOf(body) : DumpJson(body);
  if (type.empty()) request.headers.emplace_back("Content-Type", "application/json");
}

std::string HostOf(const std::string& uri) {
  const std::size_t scheme = uri.find("://");
  const std::size_t start = scheme == std::string::npos ? 0 : scheme + 3;
  const std::string host = uri.substr(start, uri.find_first_of("/?#", start) - start);
  return host.substr(host.rfind('@') + 1);
}

Millis WaitAfter(const ports::HttpResponse& response, WallTime now) {
  const std::string told = HeaderOf(response, "retry-after");
  std::optional<Millis> wait;
  if (const auto seconds = connector::WholeNumberOf(told)) {
    wait = std::chrono::seconds(std::min<std::int64_t>(*seconds, 3600));
  } else if (const auto date = connector::HttpDateOf(told)) {
    wait = std::chrono::ceil<Millis>(*date - now);
  }
  return std::clamp(wait.value_or(kWaitWhenUntold), Millis(0), kLongestWait);
}

Error Refusal(const Json& call, const std::string& uri, const ports::HttpResponse& response,
              WallTime now) {
  const int status = response.status;
  Error error = Invalid(
      "HTTP_STATUS_" + std::to_string(status),
      HostOf(uri) + " answered " + std::to_string(status) + " to " + TextMember(call, "method"));
  if (status == 429) error.kind = ErrorKind::kRateLimited;
  const bool blind = core::workflow::EffectOf(call) == core::workflow::EffectClass::kBlind;
  if (status == 408 || status >= 500) {
    // It did answer, so the workflow decides: only what is safe to repeat is repeated unasked.
    if (blind) error.message += "; it may have taken effect all the same";
    if (!blind) error.kind = ErrorKind::kUnavailable;
  }
  if (status == 429 || !HeaderOf(response, "retry-after").empty())
    error.retry_after = WaitAfter(response, now);
  return error;
}

bool IsJson(const std::string& type) {
  return type == "application/json" || type.ends_with("+json");
}

bool IsText(const std::string& type) {
  return type.empty() || type.starts_with("text/") || type.ends_with("xml") ||
         type.ends_with("yaml") || type == "application/x-www-form-urlencoded";
}

/// JSON as a value, text as text, all else as base64.
Result<Json> ContentOf(const ports::HttpResponse& response, const std::string& uri) {
  if (response.body.empty()) return Json();
  const std::string type = MediaType(HeaderOf(response, "content-type"));
  if (IsJson(type)) {
    auto parsed = ParseJson(response.body);
    if (parsed.ok()) return parsed;
    return Invalid("HTTP_BODY_UNREADABLE", HostOf(uri) + " answered " +
                                               std::to_string(response.status) +
                                               " with a body that calls itself JSON and is none");
  }
  if (IsText(type) && IsUtf8(response.body)) return Json(response.body);
  return Json(ToBase64(response.body));
}

}  // namespace

std::string BasicHeader(const std::string& name, const std::string& password) {
  return "Basic " + ToBase64(name + ":" + password);
}

std::string CredentialText(const Json& scheme, const char* name) {
  const Json& value = Member(scheme, name);
  return value.is_number() ? DumpJson(value) : TextMember(scheme, name);
}

ports::HttpRequest RenderHttpCall(const Json& call, const std::string& op_key) {
  ports::HttpRequest request;
  request.method = TextMember(call, "method");
  request.url = TextMember(call, "uri");
  if (const std::string query = FormOf(Member(call, "query")); !query.empty()) {
    const std::size_t fragment = std::min(request.url.find('#'), request.url.size());
    const bool has_query = request.url.substr(0, fragment).find('?') != std::string::npos;
    request.url = request.url.substr(0, fragment) + (has_query ? "&" : "?") + query;
  }
  std::string type;
  bool accepts = false;
  if (const Json& headers = Member(call, "headers"); headers.is_object()) {
    for (const auto& [name, value] : headers.items()) {
      request.headers.emplace_back(name, PlainText(value));
      if (Lower(name) == "content-type") type = PlainText(value);
      accepts = accepts || Lower(name) == "accept";
    }
  }
  if (!accepts) request.headers.emplace_back("Accept", "application/json, */*;q=0.8");
  if (Member(call, "idempotency_key") == Json(true))
    request.headers.emplace_back("Idempotency-Key", op_key);
  AddBody(Member(call, "body"), type, request);
  return request;
}

Status JudgeHttpStatus(const Json& call, const std::string& uri,
                       const ports::HttpResponse& response, WallTime now) {
  const int most = Member(call, "redirect") == Json(true) ? 399 : 299;
  if (response.status >= 200 && response.status <= most) return {};
  return Refusal(call, uri, response, now);
}

Result<Json> JudgeHttpAnswer(const Json& call, const std::string& uri,
                             const ports::HttpResponse& response, WallTime now) {
  const Status taken = JudgeHttpStatus(call, uri, response, now);
  if (!taken.ok()) return taken.error();
  const std::string form = TextMember(call, "output");
  if (form == "raw") return Json(ToBase64(response.body));
  auto content = ContentOf(response, uri);
  if (!content.ok() || form != "response") return content;
  Json headers = Json::object();
  for (const auto& [name, value] : response.headers) headers[name] = value;
  const Json& sent = Member(call, "headers");
  return Json{{"request",
               {{"method", TextMember(call, "method")},
                {"uri", uri},
                {"headers", sent.is_object() ? sent : Json::object()}}},
              {"statusCode", response.status},
              {"headers", std::move(headers)},
              {"content", std::move(content).value()}};
}

}  // namespace sb::runtime
