#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "engine/connector/connector.h"
#include "engine/connector/words.h"

namespace sb::connector {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

std::string FormEncode(const Fields& fields) {
  std::string form;
  for (const auto& [name, value] : fields) {
    form += (form.empty() ? "" : "&") + UrlEncode(name) + "=" + UrlEncode(value);
  }
  return form;
}

Error Refused(const ports::HttpResponse& response) {
  std::string words;
  if (const auto body = ParseJson(response.body); body.ok()) {
    words = TextMember(*body, "error_description");
    if (words.empty()) words = TextMember(*body, "error");
  }
  std::string message = "the provider refused the code (" + std::to_string(response.status) + ")";
  if (!words.empty()) message += ": " + ForPeople(words);
  return Unauthorized(
      "OAUTH_CODE_REFUSED",
      message +
          ". Start the connection again; if it repeats, check client id, client secret and "
          "redirect address");
}

}  // namespace

std::string RenderAuthorizeUrl(const OAuthSpec& oauth, const std::string& client_id,
                               const std::string& redirect_uri, const std::string& state) {
  Fields fields = {
      {"client_id", client_id}, {"redirect_uri", redirect_uri}, {"response_type", "code"}};
  if (!oauth.scope.empty()) fields.emplace_back("scope", oauth.scope);
  fields.emplace_back("state", state);
  const bool has_query = oauth.authorize_url.find('?') != std::string::npos;
  return oauth.authorize_url + (has_query ? "&" : "?") + FormEncode(fields);
}

ports::HttpRequest RenderTokenRequest(const OAuthSpec& oauth, const TokenRequest& request) {
  const Fields fields = {{"grant_type", "authorization_code"},
                         {"code", request.code},
                         {"redirect_uri", request.redirect_uri},
                         {"client_id", request.client_id},
                         {"client_secret", request.client_secret.Reveal()}};
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

Result<Credential> ReadTokenResponse(const ports::HttpResponse& response) {
  const int status = response.status;
  if (status == 429 || status == 408 || status >= 500) {
    return Unavailable("OAUTH_UNAVAILABLE", "the provider could not exchange the code now (" +
                                                std::to_string(status) +
                                                "): try again in a minute");
  }
  if (status < 200 || status > 299) return Refused(response);
  const auto body = ParseJson(response.body);
  if (!body.ok() || TextMember(*body, "access_token").empty()) {
    return Unavailable("OAUTH_UNAVAILABLE",
                       "the provider's answer holds no access token: start the connection again");
  }
  Credential credential;
  credential.method = "oauth";
  for (const char* name : {"access_token", "refresh_token"}) {
    if (const std::string value = TextMember(*body, name); !value.empty()) {
      credential.values.emplace(name, value);
    }
  }
  return credential;
}

}  // namespace sb::connector
