#include "engine/accounts/oauth_road.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "engine/base/encoding.h"

namespace sb::accounts {
namespace {

using ports::Account;
using ports::ConnectSession;
using ports::SessionState;

constexpr std::size_t kSecretBytes = 32;
constexpr Millis kTokenTimeout{15'000};

/// The provider's word for a refusal, fit to be shown: it came through a browser, so anybody may
/// have written it.
std::string Printable(const std::string& code) {
  std::string shown = code.substr(0, 60);
  std::erase_if(shown,
                [](unsigned char c) { return std::isalnum(c) == 0 && c != '_' && c != '-'; });
  return shown.empty() ? "no reason given" : shown;
}

Error StateUnknown() {
  return Unauthorized("OAUTH_STATE_UNKNOWN",
                      "this answer does not belong to a connection that was started in this "
                      "browser, or it was used "
                      "before; open your connect link again and start anew");
}

}  // namespace

bool OAuthRoad::Offers(const std::string& connector) const {
  const connector::Connector* found = deps_.connectors.FindConnector(connector);
  return found != nullptr && found->oauth.has_value() && deps_.oauth_clients.contains(connector);
}

Result<Departure> OAuthRoad::Begin(const std::string& token) {
  const auto session = links_.Find(token);
  if (!session.ok()) return session.error();
  if (session->state == SessionState::kSucceeded) {
    return Conflict("SESSION_FINISHED", "this connect link was used; the account is connected");
  }
  if (!Offers(session->connector)) {
    return Invalid("OAUTH_NOT_CONFIGURED",
                   "this server has no OAuth application for " + session->connector +
                       "; start it with a client id and secret, or connect with an API key");
  }
  const connector::OAuthSpec& oauth = *deps_.connectors.FindConnector(session->connector)->oauth;
  Departure departure;
  departure.state = ToBase64Url(deps_.random.Bytes(kSecretBytes));
  departure.browser_cookie = ToBase64Url(deps_.random.Bytes(kSecretBytes));
  const Status begun = deps_.sessions.BeginAuthorization(session->id, Sha256(departure.state),
                                                         Sha256(departure.browser_cookie));
  if (!begun.ok()) return begun.error();
  departure.authorize_url =
      connector::RenderAuthorizeUrl(oauth, deps_.oauth_clients.at(session->connector).client_id,
                                    deps_.public_url() + "/oauth/callback", departure.state);
  return departure;
}

Result<Account> OAuthRoad::Finish(const OAuthReturn& returned) {
  if (returned.state.empty() &&
      !returned.error.empty()) {  // Aircall need not give the state back with a refusal (doc)
    return Unauthorized("OAUTH_REFUSED", "access was not granted (" + Printable(returned.error) +
                                             "); nothing was connected");
  }
  const auto session = deps_.sessions.SpendState(Sha256(returned.state));
  if (!session.ok())
    return session.error().kind == ErrorKind::kNotFound ? StateUnknown() : session.error();
  if (!Secret(session->browser_hash).EqualsConstantTime(Sha256(returned.browser_cookie)))
    return StateUnknown();
  auto account = Complete(*session, returned);
  links_.Close(*session, account);
  return account;
}

Result<Account> OAuthRoad::Complete(const ConnectSession& session, const OAuthReturn& returned) {
  if (session.expires_at <= deps_.clock.Now()) return SessionExpired();
  const auto connector = FindConnector(deps_.connectors, session.connector);
  if (!connector.ok()) return connector.error();
  if (!returned.error.empty() || returned.code.empty()) {
    return Unauthorized("OAUTH_REFUSED", "access to " + (*connector)->title + " was not granted (" +
                                             Printable(returned.error) +
                                             "); nothing was connected");
  }
  const auto grant = ExchangeCode(**connector, returned.code);
  if (!grant.ok()) return grant.error();
  NewAccount wanted{session.tenant, ports::AuthMethod::kOAuth, "", *grant};
  const auto spec = ReadProviderSpec(**connector);
  if (!spec.ok()) return spec.error();
  if (spec->external_id) {
    const Provider provider(
        deps_.expressions,
        WithCredential(deps_.http, **connector, grant->credential, deps_.expressions, deps_.clock));
    const auto external = provider.Use(*spec->external_id);
    if (!external.ok()) return external.error();
    wanted.external_id = AsText(*external);
  }
  return adoption_.Adopt(**connector, wanted);
}

Result<connector::TokenGrant> OAuthRoad::ExchangeCode(const connector::Connector& connector,
                                                      const std::string& code) {
  if (!Offers(connector.name)) {
    return Invalid("OAUTH_NOT_CONFIGURED",
                   "this server has no OAuth application for " + connector.name + " any more");
  }
  const OAuthClient& client = deps_.oauth_clients.at(connector.name);
  const connector::TokenRequest request{code, deps_.public_url() + "/oauth/callback",
                                        client.client_id, client.client_secret};
  const auto response = SendAndWait(
      deps_.http, connector::RenderTokenRequest(*connector.oauth, request), kTokenTimeout);
  // Whether or not the code was spent: a new try brings a new code, so nothing is in doubt for the
  // person who waits.
  if (!response.ok())
    return Unavailable("OAUTH_UNAVAILABLE",
                       connector.title + " did not answer; try again in a minute");
  return connector::ReadTokenResponse(*response);
}

}  // namespace sb::accounts
