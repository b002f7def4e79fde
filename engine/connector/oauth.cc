#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "engine/connector/connector.h"
#include "engine/connector/token_call.h"
#include "engine/connector/words.h"

namespace sb::connector {
namespace {

/// The provider's `error` and `error_description`, as RFC 6749 names them; empty when it gave none.
std::string WordsOf(const ports::HttpResponse& response) {
  const auto body = ParseJson(response.body);
  if (!body.ok()) return {};
  const std::string error = ForPeople(TextMember(*body, "error"));
  const std::string description = ForPeople(TextMember(*body, "error_description"));
  return error + (error.empty() || description.empty() ? "" : ": ") + description;
}

Error Refused(const ports::HttpResponse& response) {
  std::string message = "the provider refused the code (" + std::to_string(response.status) + ")";
  if (const std::string words = WordsOf(response); !words.empty()) message += ": " + words;
  return Unauthorized(
      "OAUTH_CODE_REFUSED",
      message +
          ". Start the connection again; if it repeats, check client id, client secret and "
          "redirect address");
}

}  // namespace

std::string RenderAuthorizeUrl(const OAuthSpec& oauth, const AuthorizeRequest& request) {
  Fields fields = {{"client_id", request.client_id},
                   {"redirect_uri", request.redirect_uri},
                   {"response_type", "code"}};
  if (!oauth.scope.empty()) fields.emplace_back("scope", oauth.scope);
  fields.emplace_back("state", request.state);
  if (oauth.pkce) {
    fields.emplace_back("code_challenge", ToBase64Url(Sha256(request.code_verifier)));
    fields.emplace_back("code_challenge_method", "S256");
  }
  const bool has_query = oauth.authorize_url.find('?') != std::string::npos;
  return oauth.authorize_url + (has_query ? "&" : "?") + FormEncode(fields);
}

ports::HttpRequest RenderTokenRequest(const OAuthSpec& oauth, const TokenRequest& request) {
  Fields fields = {{"grant_type", "authorization_code"},
                   {"code", request.code},
                   {"redirect_uri", request.redirect_uri},
                   {"client_id", request.client_id},
                   {"client_secret", request.client_secret.Reveal()}};
  if (oauth.pkce) fields.emplace_back("code_verifier", request.code_verifier);
  return TokenCall(oauth, fields);
}

Result<TokenGrant> ReadTokenResponse(const ports::HttpResponse& response) {
  const int status = response.status;
  if (status == 429 || status == 408 || status >= 500) {
    return Unavailable("OAUTH_UNAVAILABLE", "the provider could not exchange the code now (" +
                                                std::to_string(status) +
                                                "): try again in a minute");
  }
  if (status >= 300 && status <= 399) {  // following it would carry the secret to who knows where
    return Unavailable("OAUTH_UNAVAILABLE",
                       "the provider answered the code with a redirect (" + std::to_string(status) +
                           "), which is not followed: start the connection again");
  }
  if (status < 200 || status > 299) return Refused(response);
  if (auto grant = GrantIn(response)) return *std::move(grant);
  const bool is_json = ParseJson(response.body).ok();
  return Unavailable("OAUTH_UNAVAILABLE",
                     std::string(is_json ? "the provider's answer holds no access token"
                                         : "the provider answered the code with something that is "
                                           "no JSON") +
                         ": start the connection again");
}

}  // namespace sb::connector
