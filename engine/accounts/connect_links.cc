#include "engine/accounts/connect_links.h"

#include <algorithm>

#include "engine/accounts/branding.h"
#include "engine/accounts/reconnection.h"
#include "engine/base/encoding.h"
#include "engine/base/log.h"

namespace sb::accounts {
namespace {

using ports::Account;
using ports::ConnectSession;
using ports::SessionState;

constexpr std::size_t kSecretBytes = 32;

}  // namespace

Error SessionExpired() {
  return Conflict("SESSION_EXPIRED",
                  "this connect link has expired; ask whoever gave it to you for a new one");
}

Error SessionFinished() {
  return Conflict("SESSION_FINISHED", "this connect link was used; the account is connected");
}

Error MethodNotOffered() {
  return Forbidden("SESSION_METHOD_FORBIDDEN",
                   "this link does not offer this way of connecting; use one that its page shows");
}

Error NoApplication(const std::string& connector) {
  return Invalid("OAUTH_NOT_CONFIGURED",
                 "there is no OAuth application for " + connector +
                     "; set one with `switchboard application set`, or connect with an API key");
}

Status ConnectLinks::CheckMethods(const SessionRequest& request,
                                  const connector::Connector& connector) const {
  for (const ports::AuthMethod method : request.methods) {
    const bool oauth = method == ports::AuthMethod::kOAuth;
    const bool possible = oauth ? connector.oauth.has_value() : !connector.key_fields.empty();
    if (!possible) {
      return Invalid(
          "CREDENTIAL_METHOD_UNSUPPORTED",
          connector.title + " cannot be connected with " + (oauth ? "OAuth" : "an API key"));
    }
    if (!oauth) continue;
    const auto application = applications_.For(request.tenant, request.connector);
    if (!application.ok()) return application.error();
    if (!*application) return NoApplication(request.connector);
  }
  return {};
}

/// An account of another tenant is as good as none: nobody learns that it is there.
Status ConnectLinks::MayReconnect(AccountId id, const std::string& tenant,
                                  const std::string& connector) const {
  if (id.IsNone()) return {};
  const auto account = deps_.accounts.Get(id);
  if (!account.ok() && account.error().kind != ErrorKind::kNotFound) return account.error();
  return CheckReconnect(account.ok() ? &*account : nullptr, tenant, connector);
}

Status ConnectLinks::Check(const SessionRequest& request) const {
  const auto connector = FindConnector(deps_.connectors, request.connector);
  if (!connector.ok()) return connector.error();
  if (request.tenant.empty())
    return Invalid("TENANT_MISSING", "say for which tenant the account is to be connected");
  const AllowedAddresses& allowed = deps_.allowed_addresses;
  if (!request.return_url.empty() && !allowed.Allows(request.return_url))
    return NotAllowed("return_url", request.return_url);
  if (!request.opener_origin.empty() && !allowed.AllowsOrigin(request.opener_origin))
    return NotAllowed("opener_origin", request.opener_origin);
  if (Status fits = CheckBranding(request.branding); !fits.ok()) return fits;
  const Status may = MayReconnect(request.reconnects, request.tenant, request.connector);
  if (!may.ok()) return may;
  return CheckMethods(request, **connector);
}

Result<SessionLink> ConnectLinks::Create(const SessionRequest& request) {
  if (Status fits = Check(request); !fits.ok()) return fits.error();
  const auto host = applications_.HostFor(request.tenant, request.connector);
  if (!host.ok()) return host.error();
  const auto offers = [&](ports::AuthMethod method) {
    const auto& methods = request.methods;
    return methods.empty() || std::find(methods.begin(), methods.end(), method) != methods.end();
  };
  const std::string token = ToBase64Url(deps_.random.Bytes(kSecretBytes));
  SessionLink link;
  link.session.created_at = deps_.clock.Now();
  link.session.id = deps_.ids.Next<SessionTag>(link.session.created_at);
  link.session.token_hash = Sha256(token);
  link.session.tenant = request.tenant;
  link.session.connector = request.connector;
  link.session.return_url = request.return_url;
  link.session.offers_oauth = offers(ports::AuthMethod::kOAuth);
  link.session.offers_key = offers(ports::AuthMethod::kApiKey);
  link.session.reconnects = request.reconnects;
  link.session.opener_origin = request.opener_origin;
  link.session.from_provider = request.from_provider;
  link.session.branding = request.branding;
  link.session.expires_at = link.session.created_at + request.lifetime;
  if (Status stored = deps_.sessions.Insert(link.session); !stored.ok()) return stored.error();
  link.url = *host + "/connect/" + token;
  return link;
}

Result<ConnectSession> ConnectLinks::FindAnyway(const std::string& token) {
  return deps_.sessions.FindByToken(Sha256(token));
}

Result<ConnectSession> ConnectLinks::Find(const std::string& token) {
  auto session = FindAnyway(token);
  if (!session.ok()) return session;
  if (session->state != SessionState::kSucceeded && session->expires_at <= deps_.clock.Now())
    return SessionExpired();
  return session;
}

Result<std::string> ConnectLinks::BindToBrowser(const ConnectSession& session) {
  const std::string cookie = ToBase64Url(deps_.random.Bytes(kSecretBytes));
  // A state that nobody knows: whoever was at the provider with this link comes back in vain.
  const Status bound = deps_.sessions.BeginAuthorization(
      session.id, Sha256(deps_.random.Bytes(kSecretBytes)), Sha256(cookie));
  if (!bound.ok()) return bound.error();
  return cookie;
}

void ConnectLinks::Close(const ConnectSession& session, const Result<Account>& account) {
  std::string reason;  // shown on the link's page, so nothing of our own insides
  if (!account.ok())
    reason = account.error().kind == ErrorKind::kInternal ? "something went wrong on our side"
                                                          : account.error().message;
  const Status closed =
      deps_.sessions.Finish(session.id, account.ok() ? account->id : AccountId(), reason);
  if (!closed.ok())
    Log::Warn("session.not_closed",
              {{"session", ToText(session.id)}, {"code", closed.error().code}});
}

}  // namespace sb::accounts
