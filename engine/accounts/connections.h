#pragma once

#include <map>
#include <string>

#include "engine/accounts/account_book.h"
#include "engine/accounts/adoption.h"
#include "engine/accounts/connect_links.h"
#include "engine/accounts/connection_dependencies.h"
#include "engine/accounts/credential_shelf.h"
#include "engine/accounts/key_road.h"
#include "engine/accounts/oauth_applications.h"
#include "engine/accounts/oauth_road.h"
#include "engine/accounts/webhook_care.h"

namespace sb::accounts {

struct AccountCheck {
  bool healthy = false;
  std::string detail;  ///< For people: "answered in 41 ms", or what is wrong and what to do.
  int requests = 0;    ///< Made at the provider.
};

/// Connects, checks and disconnects accounts. All methods block (database, provider) and belong on
/// a worker thread; thread-safe. Nothing here names a provider: what differs comes from
/// connector.yaml.
class Connections {
 public:
  using Dependencies = ConnectionDependencies;
  using Departure = accounts::Departure;

  explicit Connections(Dependencies dependencies);

  /// The OAuth applications of the server and of its tenants.
  OAuthApplications& applications() { return applications_; }

  // The link and its page.
  /// kInvalid CONNECTOR_UNKNOWN, TENANT_MISSING, ADDRESS_NOT_ALLOWED (return or opener address
  /// outside the operator's list), BRANDING_INVALID, CREDENTIAL_METHOD_UNSUPPORTED,
  /// OAUTH_NOT_CONFIGURED; kNotFound ACCOUNT_NOT_FOUND, kConflict ACCOUNT_DISCONNECTED.
  Result<SessionLink> CreateSession(const SessionRequest& request) {
    return links_.Create(request);
  }

  /// kNotFound SESSION_NOT_FOUND, kConflict SESSION_EXPIRED.
  Result<ports::ConnectSession> FindSession(const std::string& token) { return links_.Find(token); }

  /// The same, also when it has expired: to say so as its platform looks.
  Result<ports::ConnectSession> FindSessionAnyway(const std::string& token) {
    return links_.FindAnyway(token);
  }

  /// Whether the session offers OAuth, and there is an application for it.
  Result<bool> OffersOAuth(const ports::ConnectSession& session) const {
    return oauth_.Offers(session);
  }

  /// Where a browser goes that the provider sends to install an application: to the platform's page
  /// that claims it for a tenant, or to a fresh link of the application's own tenant. kNotFound
  /// INSTALL_UNKNOWN, kConflict INSTALL_UNCLAIMED.
  Result<std::string> BeginInstall(const std::string& connector, const std::string& install_key);

  /// Sends the browser off: a fresh single-use state bound to the session and to this browser.
  /// Fails as FindSession, and with kConflict SESSION_FINISHED, kForbidden
  /// SESSION_METHOD_FORBIDDEN, kInvalid OAUTH_NOT_CONFIGURED.
  Result<Departure> BeginOAuth(const std::string& token) { return oauth_.Begin(token); }

  /// Takes the browser back: spends the state, exchanges the code, stores the credential sealed,
  /// registers the webhook with exactly the wanted events, reads company and users once. Connecting
  /// a company that the tenant has already keeps the account and replaces its credential.
  /// kUnauthorized OAUTH_STATE_UNKNOWN (forged, reused or other browser), OAUTH_REFUSED,
  /// OAUTH_CODE_REFUSED; kConflict SESSION_EXPIRED; kUnavailable OAUTH_UNAVAILABLE; besides,
  /// whatever hinders reading the company or registering the webhook: the account is kept then as
  /// CONNECTING with the reason, and the next try goes on with it.
  Result<ports::Account> FinishOAuth(const OAuthReturn& returned) {
    return oauth_.Finish(returned);
  }

  /// Connects with an API key, checked before it is kept. kInvalid CONNECTOR_UNKNOWN,
  /// TENANT_MISSING, CREDENTIAL_METHOD_UNSUPPORTED, CREDENTIAL_FIELD_MISSING; kUnauthorized
  /// CREDENTIAL_REFUSED, CREDENTIAL_NOT_ADMINISTRATOR; besides as FinishOAuth, and as Adoption for
  /// an account to connect again.
  Result<ports::Account> ConnectWithKey(const KeyRequest& request) {
    return keys_.Connect(request);
  }

  /// Binds the link to this browser before it is used with a key, as BeginOAuth does; returns its
  /// cookie.
  Result<std::string> BindToBrowser(const ports::ConnectSession& session) {
    return links_.BindToBrowser(session);
  }

  /// The same from the connect page: for the tenant of the link, which is used up when it succeeds.
  /// kForbidden SESSION_METHOD_FORBIDDEN besides.
  Result<ports::Account> FinishWithKey(const std::string& token,
                                       const std::map<std::string, Secret>& fields) {
    return keys_.Finish(token, fields);
  }

  /// Asks the provider whether the credential still opens the account, whatever state the account
  /// is in. A refusal turns it to NEEDS_REAUTH, and success after one back to ACTIVE. Fails only
  /// when our own side does.
  Result<AccountCheck> Check(AccountId id);
  /// Removes the webhook at the provider and tells it that we go, where it has a way to be told (as
  /// far as the credential still works); destroys the credential, and keeps the history. Repeating
  /// it is no error; a provider that cannot be reached does not hinder it.
  Status Disconnect(AccountId id, const std::string& by = "");

  /// Makes the provider's webhook carry exactly the events that are wanted now, at the address that
  /// we have now. The provider is asked when that changed, and anew every half hour, because it may
  /// switch a webhook off by itself; no request is made otherwise, and none for an account that is
  /// not ACTIVE: connecting it will.
  Status RefreshSubscription(AccountId id) { return webhooks_.Refresh(id); }

  /// The same whatever was seen before, and written also where it looks as it should: for a webhook
  /// from which nothing comes.
  Status RepairWebhook(AccountId id) { return webhooks_.Repair(id); }

 private:
  void SayFarewell(const ports::Account& account);
  Result<AccountCheck> Judge(const ports::Account& account, std::int64_t generation,
                             const Result<Json>& answer, Millis took);

  Dependencies deps_;
  CredentialShelf credentials_;
  AccountBook& book_;
  WebhookCare webhooks_;
  Adoption adoption_;
  OAuthApplications applications_;
  ConnectLinks links_;
  OAuthRoad oauth_;
  KeyRoad keys_;
};

}  // namespace sb::accounts
