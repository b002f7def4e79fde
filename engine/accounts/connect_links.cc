#include "engine/accounts/connect_links.h"

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

Result<SessionLink> ConnectLinks::Create(const SessionRequest& request) {
  const auto connector = FindConnector(deps_.connectors, request.connector);
  if (!connector.ok()) return connector.error();
  if (request.tenant.empty())
    return Invalid("TENANT_MISSING", "say for which tenant the account is to be connected");
  const bool web =
      request.return_url.starts_with("https://") || request.return_url.starts_with("http://");
  if (!request.return_url.empty() && !web) {
    return Invalid("RETURN_URL_INVALID", "the return address must begin with https:// or http://");
  }
  const std::string token = ToBase64Url(deps_.random.Bytes(kSecretBytes));
  SessionLink link;
  link.session.created_at = deps_.clock.Now();
  link.session.id = deps_.ids.Next<SessionTag>(link.session.created_at);
  link.session.token_hash = Sha256(token);
  link.session.tenant = request.tenant;
  link.session.connector = request.connector;
  link.session.return_url = request.return_url;
  link.session.expires_at = link.session.created_at + request.lifetime;
  if (Status stored = deps_.sessions.Insert(link.session); !stored.ok()) return stored.error();
  link.url = deps_.public_url() + "/connect/" + token;
  return link;
}

Result<ConnectSession> ConnectLinks::Find(const std::string& token) {
  auto session = deps_.sessions.FindByToken(Sha256(token));
  if (!session.ok()) return session;
  if (session->state != SessionState::kSucceeded && session->expires_at <= deps_.clock.Now())
    return SessionExpired();
  return session;
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
