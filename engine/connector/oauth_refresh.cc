#include <algorithm>

#include <nlohmann/json.hpp>

#include "engine/connector/connector.h"
#include "engine/connector/token_call.h"
#include "engine/connector/words.h"

namespace sb::connector {
namespace {

bool Holds(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

Error Refusal(const RefreshSpec& spec, const ports::HttpResponse& response) {
  const auto body = ParseJson(response.body);
  const std::string word = body.ok() ? TextMember(*body, "error") : "";
  std::string said = "the provider refused to renew the access (" + std::to_string(response.status);
  said += word.empty() ? ")" : ", " + ForPeople(word) + ")";
  if (Holds(spec.grant_dead, word))
    return Unauthorized("OAUTH_GRANT_DEAD", said + ": the customer must connect the account again");
  if (Holds(spec.application_refused, word)) {
    return Forbidden("OAUTH_APPLICATION_REFUSED",
                     said + ": our application is disabled there, or its id or secret is wrong");
  }
  return Invalid("OAUTH_REFRESH_REFUSED", said);
}

}  // namespace

ports::HttpRequest RenderRefreshRequest(const OAuthSpec& oauth, const RefreshRequest& request) {
  return TokenCall(oauth, {{"grant_type", "refresh_token"},
                           {"refresh_token", request.refresh_token.Reveal()},
                           {"client_id", request.client_id},
                           {"client_secret", request.client_secret.Reveal()}});
}

Result<TokenGrant> ReadRefreshResponse(const OAuthSpec& oauth, const RefreshRequest& request,
                                       const ports::HttpResponse& response) {
  const int status = response.status;
  const std::string now = "the provider could not renew the access now (" + std::to_string(status);
  if (status >= 500) return InDoubt("OAUTH_UNAVAILABLE", now + ")");
  if (status == 429 || status == 408) return Unavailable("OAUTH_UNAVAILABLE", now + ")");
  if (status < 200 || status > 299) return Refusal(*oauth.refresh, response);
  auto grant = GrantIn(response);
  if (!grant) {
    return InDoubt("OAUTH_UNAVAILABLE", "the provider's answer to a renewal holds no access token");
  }
  grant->credential.values.try_emplace("refresh_token", request.refresh_token);
  return *std::move(grant);
}

}  // namespace sb::connector
