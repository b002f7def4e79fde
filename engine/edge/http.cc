#include "engine/edge/http.h"

#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "engine/base/json.h"

namespace sb::edge {

std::string HeaderOf(const Request& request, const std::string& name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return {};
}

std::vector<std::pair<std::string, std::string>> CookiesOf(const Request& request) {
  std::vector<std::pair<std::string, std::string>> cookies;
  const std::string header = HeaderOf(request, "cookie");
  for (std::string_view rest = header; !rest.empty();) {
    std::string_view pair = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    pair.remove_prefix(std::min(pair.size(), pair.find_first_not_of(' ')));
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos)
      cookies.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return cookies;
}

std::map<std::string, std::string> ParseFields(const std::string& encoded) {
  std::map<std::string, std::string> fields;
  for (std::string_view rest = encoded; !rest.empty();) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    const std::optional<std::string> name = UrlDecode(pair.substr(0, equals), true);
    const std::optional<std::string> value =
        equals == std::string_view::npos ? std::string() : UrlDecode(pair.substr(equals + 1), true);
    if (name && value && !name->empty()) fields.emplace(*name, *value);
  }
  return fields;
}

bool WantsHtml(const Request& request) {
  return HeaderOf(request, "accept").find("text/html") != std::string::npos;
}

Reply TooManyTriesReply(Millis wait) {
  Reply reply =
      ErrorReply(429, "LOGIN_LIMITED",
                 "too many wrong tokens came from your address: try again in " + ToHumanText(wait));
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  reply.headers.emplace_back("Retry-After", std::to_string(seconds));
  return reply;
}

Reply JsonReply(int status, const std::string& json) {
  return {status,
          {{"Content-Type", "application/json"},
           {"Cache-Control", "no-store"},
           {"X-Content-Type-Options", "nosniff"}},
          json};
}

Reply ErrorReply(int status, const std::string& code, const std::string& message) {
  return JsonReply(status, DumpJson({{"error", {{"code", code}, {"message", message}}}}));
}

}  // namespace sb::edge
