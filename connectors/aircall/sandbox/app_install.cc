#include "connectors/aircall/sandbox/app_install.h"

#include <algorithm>

#include "connectors/aircall/sandbox/text.h"

namespace sb::aircall::sandbox {
namespace {

constexpr std::int64_t kIntegrationId = 330017;

Status CheckForm(const TokenRequest& request, const OauthClient& client) {
  if (request.grant_type.empty() || request.code.empty() || request.redirect_uri.empty()) {
    return Invalid("SANDBOX_OAUTH_REQUEST", "grant_type, code and redirect_uri are all required");
  }
  if (request.client_id != client.id || request.client_secret != client.secret) {
    return Invalid("SANDBOX_OAUTH_CLIENT", "client_id or client_secret is wrong");
  }
  if (request.grant_type != "authorization_code") {
    return Invalid("SANDBOX_OAUTH_GRANT_TYPE", "grant_type must be authorization_code");
  }
  return {};
}

}  // namespace

bool AppInstall::AcceptsRedirect(const std::string& uri) const {
  const auto& registered = client_.redirect_uris;
  if (registered.empty()) return IsLoopbackUrl(uri);
  return std::find(registered.begin(), registered.end(), uri) != registered.end();
}

std::string AppInstall::Consent(const std::string& redirect_uri, std::int64_t user_id,
                                std::vector<std::int64_t> number_ids, WallTime now) {
  std::string code = ids_.Hex(64);
  grants_[code] = {redirect_uri, user_id, std::move(number_ids), now + kCodeLife};
  return code;
}

Result<std::string> AppInstall::Redeem(const TokenRequest& request, WallTime now) {
  if (Status status = CheckForm(request, client_); !status.ok()) return status.error();
  const auto found = grants_.find(request.code);
  const bool good = found != grants_.end() && now < found->second.expires_at &&
                    found->second.redirect_uri == request.redirect_uri;
  if (!good) {
    return Invalid("SANDBOX_OAUTH_GRANT",
                   "the code is unknown, used, expired, or was given to another redirect_uri");
  }
  integration_ = Integration{kIntegrationId, true, found->second.number_ids, found->second.user_id};
  grants_.erase(found);
  return *tokens_.insert(ids_.Hex(40)).first;
}

void AppInstall::SetActive(bool active) {
  if (integration_) integration_->active = active;
}

void AppInstall::Remove() {
  grants_.clear();
  tokens_.clear();
  integration_.reset();
}

}  // namespace sb::aircall::sandbox
