#include "engine/connector/token_call.h"

#include <charconv>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"

namespace sb::connector {
namespace {

/// A number, or digits in a text, as some providers send it.
std::optional<std::chrono::seconds> SecondsIn(const Json& value) {
  std::int64_t seconds = 0;
  if (value.is_number()) {
    seconds = static_cast<std::int64_t>(value.get<double>());
  } else if (value.is_string()) {
    const std::string text = value.get<std::string>();
    std::from_chars(text.data(), text.data() + text.size(), seconds);
  }
  constexpr std::int64_t kLongest = 10LL * 366 * 86'400;
  if (seconds <= 0) return {};
  return std::chrono::seconds(std::min(seconds, kLongest));
}

}  // namespace

std::string FormEncode(const Fields& fields) {
  std::string form;
  for (const auto& [name, value] : fields) {
    form += (form.empty() ? "" : "&") + UrlEncode(name) + "=" + UrlEncode(value);
  }
  return form;
}

ports::HttpRequest TokenCall(const OAuthSpec& oauth, const Fields& fields) {
  ports::HttpRequest http;
  http.method = "POST";
  http.url = oauth.token_url;
  http.headers.emplace_back("Accept", "application/json");
  if (oauth.token_request_format == "form") {
    http.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    http.body = FormEncode(fields);
    return http;
  }
  Json body = Json::object();
  for (const auto& [name, value] : fields) body[name] = value;
  http.headers.emplace_back("Content-Type", "application/json");
  http.body = DumpJson(body);
  return http;
}

std::optional<TokenGrant> GrantIn(const ports::HttpResponse& response) {
  const auto body = ParseJson(response.body);
  if (!body.ok() || TextMember(*body, "access_token").empty()) return {};
  TokenGrant grant{{.method = "oauth", .values = {}}, SecondsIn(Member(*body, "expires_in"))};
  for (const char* name : {"access_token", "refresh_token"}) {
    if (const std::string value = TextMember(*body, name); !value.empty())
      grant.credential.values.emplace(name, value);
  }
  return grant;
}

}  // namespace sb::connector
