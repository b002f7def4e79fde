#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/connector/connector.h"
#include "engine/connector/token_call.h"
#include "engine/connector/words.h"

namespace sb::connector {
namespace {

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
  return TokenCall(oauth, fields);
}

Result<TokenGrant> ReadTokenResponse(const ports::HttpResponse& response) {
  const int status = response.status;
  if (status == 429 || status == 408 || status >= 500) {
    return Unavailable("OAUTH_UNAVAILABLE", "the provider could not exchange the code now (" +
                                                std::to_string(status) +
                                                "): try again in a minute");
  }
  if (status < 200 || status > 299) return Refused(response);
  if (auto grant = GrantIn(response)) return *std::move(grant);
  return Unavailable("OAUTH_UNAVAILABLE",
                     "the provider's answer holds no access token: start the connection again");
}

}  // namespace sb::connector
