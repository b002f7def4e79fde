#include "engine/accounts/oauth_road.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "engine/base/encoding.h"
#include "engine/connector/words.h"

namespace sb::accounts {
namespace {

using ports::Account;
using ports::ConnectSession;
using ports::SessionState;

constexpr std::size_t kOAuthSecretBytes = 32;
constexpr Millis kTokenTimeout{15'000};

/// The provider's word for a refusal, fit to be shown: it came through a browser, so anybody may
/// have written it.
std::string Printable(const std::string& code) {
  std::string shown = code.substr(0, 60);
  std::erase_if(shown,
                [](unsigned char c) { return std::isalnum(c) == 0 && c != '_' && c != '-'; });
  return shown.empty() ? "no reason given" : shown;
}

/// The PKCE verifier is kept by the browser alone, in the cookie that it brings back.
std::string VerifierOf(const std::string& browser_cookie) {
  return ToBase64Url(HmacSha256(browser_cookie, "code_verifier"));
}

/// The provider's own words: only behind a state that was found good, as anybody could write them
/// else.
std::string WordsOf(const OAuthReturn& returned) {
  const std::string description = connector::ForPeople(returned.error_description);
  return Printable(returned.error) + (description.empty() ? "" : ": " + description);
}

Error StateUnknown() {
  return Unauthorized("OAUTH_STATE_UNKNOWN",
                      "this answer does not belong to a connection that was started in this "
                      "browser, or it was used "
                      "before; open your connect link again and start anew");
}

}  // namespace

Result<bool> OAuthRoad::Offers(const ConnectSession& session) const {
  if (!session.offers_oauth) return false;
  const auto application = applications_.For(session.tenant, session.connector);
  if (!application.ok()) return application.error();
  return application->has_value();
}

Result<Departure> OAuthRoad::Begin(const std::string& token) {
  const auto session = links_.Find(token);
  if (!session.ok()) return session.error();
  if (session->state == SessionState::kSucceeded) return SessionFinished();
  if (!session->offers_oauth) return MethodNotOffered();
  const auto application = applications_.For(session->tenant, session->connector);
  if (!application.ok()) return application.error();
  if (!*application) return NoApplication(session->connector);
  Departure departure;
  departure.state = ToBase64Url(deps_.random.Bytes(kOAuthSecretBytes));
  departure.browser_cookie = ToBase64Url(deps_.random.Bytes(kOAuthSecretBytes));
  const Status begun = deps_.sessions.BeginAuthorization(session->id, Sha256(departure.state),
                                                         Sha256(departure.browser_cookie));
  if (!begun.ok()) return begun.error();
  departure.redirect_url = (*application)->redirect_url;
  departure.authorize_url =
      connector::RenderAuthorizeUrl(*deps_.connectors.FindConnector(session->connector)->oauth,
                                    {(*application)->client_id, departure.redirect_url,
                                     departure.state, VerifierOf(departure.browser_cookie)});
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
                                             WordsOf(returned) + "); nothing was connected");
  }
  const auto application = applications_.For(session.tenant, session.connector);
  if (!application.ok()) return application.error();
  if (!*application) return NoApplication(session.connector);
  const auto grant = ExchangeCode(**connector, **application, returned);
  if (!grant.ok()) return grant.error();
  NewAccount wanted{session.tenant, ports::AuthMethod::kOAuth, "", *grant};
  wanted.reconnects = session.reconnects;
  wanted.application = {(*application)->tenant, (*application)->client_id};
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
                                                      const ChosenApplication& application,
                                                      const OAuthReturn& returned) {
  const connector::TokenRequest request{returned.code, application.redirect_url,
                                        application.client_id, application.client_secret,
                                        VerifierOf(returned.browser_cookie)};
  const auto response = SendAndWait(
      deps_.http, connector::RenderTokenRequest(*connector.oauth, request), kTokenTimeout);
  // Whether or not the code was spent: a new try brings a new code, so nothing is in doubt for the
  // person who waits.
  if (!response.ok()) {
    return Unavailable("OAUTH_UNAVAILABLE", connector.title + " did not answer within " +
                                                ToHumanText(kTokenTimeout) +
                                                "; try again in a minute");
  }
  return connector::ReadTokenResponse(*response);
}

}  // namespace sb::accounts
