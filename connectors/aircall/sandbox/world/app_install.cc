#include "connectors/aircall/sandbox/world/app_install.h"

#include <algorithm>

#include "connectors/aircall/sandbox/world/text.h"

namespace sb::aircall::sandbox {
namespace {

constexpr std::int64_t kIntegrationId = 330017;

Status CheckForm(const TokenRequest& request, const OauthClient& client, const TokenRules& rules) {
  const auto missing = [](const char* what) { return Invalid("SANDBOX_OAUTH_REQUEST", what); };
  if (request.grant_type.empty()) return missing("grant_type is missing");
  if (request.client_id != client.id || request.client_secret != client.secret) {
    return Invalid("SANDBOX_OAUTH_CLIENT", "client_id or client_secret is wrong");
  }
  const bool refresh = rules.expiring && request.grant_type == "refresh_token";
  if (refresh && request.refresh_token.empty()) return missing("refresh_token is missing");
  if (refresh) return {};
  if (request.grant_type != "authorization_code") {
    return Invalid("SANDBOX_OAUTH_GRANT_TYPE", "grant_type must be authorization_code");
  }
  const bool whole = !request.redirect_uri.empty() || !rules.same_redirect;
  if (request.code.empty() || !whole) return missing("code and redirect_uri are both required");
  return {};
}

Error DeadGrant() {
  return Invalid("SANDBOX_OAUTH_GRANT",
                 "the code is unknown, used, expired, or was given to another redirect_uri");
}

}  // namespace

TokenRules TokenRules::From(const Switches& switches) {
  return {.expiring = switches.Is(Switch::kOauthTokens, "expiring"),
          .token_life = Seconds(switches.GetNumber(Switch::kOauthTokenLife)),
          .refresh_life = Seconds(switches.GetNumber(Switch::kOauthRefreshLife)),
          .grace = Seconds(switches.GetNumber(Switch::kOauthGrace)),
          .codes_last = switches.Is(Switch::kOauthCodeReuse, "accept"),
          .same_redirect = switches.Is(Switch::kOauthRedirectCheck, "exact")};
}

bool AppInstall::AcceptsRedirect(const std::string& uri) const {
  const auto& registered = client_.redirect_uris;
  if (registered.empty()) return IsLoopbackUrl(uri);
  return std::find(registered.begin(), registered.end(), uri) != registered.end();
}

std::string AppInstall::Consent(const std::string& redirect_uri, std::int64_t user_id,
                                std::vector<std::int64_t> number_ids, WallTime now) {
  std::string code = ids_->Hex(64);
  grants_[code] = {redirect_uri, user_id, std::move(number_ids), now + kCodeLife};
  return code;
}

Result<IssuedTokens> AppInstall::Redeem(const TokenRequest& request, WallTime now,
                                        const TokenRules& rules) {
  if (Status status = CheckForm(request, client_, rules); !status.ok()) return status.error();
  return request.grant_type == "refresh_token" ? Refresh(request, rules, now)
                                               : RedeemCode(request, rules, now);
}

Result<IssuedTokens> AppInstall::RedeemCode(const TokenRequest& request, const TokenRules& rules,
                                            WallTime now) {
  const auto found = grants_.find(request.code);
  if (found == grants_.end()) return DeadGrant();
  Grant& grant = found->second;
  const bool spent = grant.used && !rules.codes_last;
  const bool elsewhere = rules.same_redirect && grant.redirect_uri != request.redirect_uri;
  if (spent || elsewhere || now >= grant.expires_at) return DeadGrant();
  grant.used = true;
  integration_ = Integration{kIntegrationId, true, grant.number_ids, grant.user_id};
  return Issue(++families_, rules, now);
}

Result<IssuedTokens> AppInstall::Refresh(const TokenRequest& request, const TokenRules& rules,
                                         WallTime now) {
  const auto found = refresh_tokens_.find(request.refresh_token);
  if (found == refresh_tokens_.end()) {
    return Invalid("SANDBOX_OAUTH_GRANT", "the refresh token is unknown or revoked");
  }
  RefreshToken& token = found->second;
  if (token.successor) {
    if (now < token.used_at + rules.grace) return *token.successor;
    // Whoever comes second may be a thief, or the first one was: nobody keeps anything (RFC 6819,
    // 5.2.2.3).
    KillFamily(token.family);
    return Invalid("SANDBOX_OAUTH_GRANT",
                   "the refresh token was used before: every token of its family is revoked");
  }
  if (now >= token.expires_at) {
    return Invalid("SANDBOX_OAUTH_GRANT", "the refresh token has expired");
  }
  IssuedTokens issued = Issue(token.family, rules, now);
  token.successor = issued;
  token.used_at = now;
  return issued;
}

IssuedTokens AppInstall::Issue(int family, const TokenRules& rules, WallTime now) {
  IssuedTokens issued{.access_token = ids_->Hex(40), .created_at = now};
  if (rules.expiring) {
    issued.expires_at = now + rules.token_life;
    issued.refresh_token = ids_->Hex(64);
    refresh_tokens_[issued.refresh_token] = {family, now + rules.refresh_life};
  }
  access_tokens_[issued.access_token] = {family, issued.expires_at};
  return issued;
}

void AppInstall::KillFamily(int family) {
  const auto of_family = [family](const auto& each) { return each.second.family == family; };
  std::erase_if(access_tokens_, of_family);
  std::erase_if(refresh_tokens_, of_family);
}

bool AppInstall::Knows(const TokenRequest& request) const {
  return grants_.contains(request.code) || refresh_tokens_.contains(request.refresh_token);
}

bool AppInstall::HoldsToken(const std::string& token, WallTime now) const {
  const auto found = access_tokens_.find(token);
  if (found == access_tokens_.end()) return false;
  return !found->second.expires_at || now < *found->second.expires_at;
}

std::size_t AppInstall::LivingTokens(WallTime now) const {
  return static_cast<std::size_t>(std::count_if(
      access_tokens_.begin(), access_tokens_.end(),
      [&](const auto& each) { return !each.second.expires_at || now < *each.second.expires_at; }));
}

void AppInstall::SetActive(bool active) {
  if (integration_) integration_->active = active;
}

void AppInstall::CompleteInstall() {
  if (integration_) integration_->install_completed = true;
}

void AppInstall::Remove() {
  grants_.clear();
  access_tokens_.clear();
  refresh_tokens_.clear();
  integration_.reset();
}

}  // namespace sb::aircall::sandbox
