#pragma once

#include <array>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "engine/accounts/credential_shelf.h"
#include "engine/accounts/provider.h"
#include "engine/accounts/provider_spec.h"
#include "engine/accounts/subscriptions.h"
#include "engine/base/ids.h"
#include "engine/base/metrics.h"
#include "engine/base/secret.h"
#include "engine/connector/connector.h"
#include "engine/core/workflow/expressions.h"
#include "engine/ports/account_store.h"
#include "engine/ports/action_performer.h"
#include "engine/ports/clock.h"
#include "engine/ports/http_client.h"
#include "engine/ports/random.h"
#include "engine/ports/session_store.h"
#include "engine/ports/vault.h"

namespace sb::accounts {

/// Our application at a provider.
struct OAuthClient {
  std::string client_id;
  Secret client_secret;
};

struct SessionRequest {
  std::string tenant;
  std::string connector = "aircall";
  std::string return_url;  ///< Empty: our own last page.
  Millis lifetime = std::chrono::minutes(30);
};

struct SessionLink {
  ports::ConnectSession session;
  std::string url;  ///< To open in a browser; holds the secret part.
};

/// What the provider sends the browser back with.
struct OAuthReturn {
  std::string code;
  std::string state;
  std::string error;           ///< "access_denied", ...
  std::string browser_cookie;  ///< Of the browser that came back.
};

struct AccountCheck {
  bool healthy = false;
  std::string detail;  ///< For people: "answered in 41 ms", or what is wrong and what to do.
};

/// What an account needs to be sent, given the workflows that are on: CloudEvents types. An error
/// means "not known now": no subscription is changed then, since a shorter list would lose events.
using WantedEvents = std::function<Result<std::vector<std::string>>(const ports::Account&)>;

/// Told after an account's credential, state or subscription changed (any thread). Must not call
/// Connections.
using AccountChanged = std::function<void(const ports::Account&)>;

/// Connects, checks and disconnects accounts. All methods block (database, provider) and belong on
/// a worker thread; thread-safe. Nothing here names a provider: what differs comes from
/// connector.yaml.
class Connections {
 public:
  struct Dependencies {
    ports::AccountStore& accounts;
    ports::SessionStore& sessions;
    ports::Vault& vault;
    ports::HttpClient& http;
    ports::ActionPerformer& actions;
    const connector::Library& connectors;
    const core::workflow::Expressions& expressions;
    const ports::Clock& clock;
    ports::Random& random;
    IdGenerator& ids;
    Metrics& metrics;
    std::map<std::string, OAuthClient> oauth_clients;  ///< By connector.
    std::function<std::string()>
        public_url;  ///< "https://switchboard.example", known once the edge listens.
    WantedEvents wanted_events;
    AccountChanged changed;
  };

  explicit Connections(Dependencies dependencies);

  // The link and its page.
  Result<SessionLink> CreateSession(
      const SessionRequest& request);  ///< kInvalid CONNECTOR_UNKNOWN, TENANT_MISSING
  Result<ports::ConnectSession> FindSession(
      const std::string& token);  ///< kNotFound SESSION_NOT_FOUND, kConflict SESSION_EXPIRED

  struct Departure {
    std::string authorize_url;
    std::string state;  ///< As in the URL.
    std::string
        browser_cookie;  ///< To be given back with the state: proves that it is the same browser.
  };

  /// Whether our application is registered at that provider.
  bool OffersOAuth(const std::string& connector) const;
  /// Sends the browser off: a fresh single-use state bound to the session and to this browser.
  /// Fails as FindSession, and with kConflict SESSION_FINISHED, kInvalid OAUTH_NOT_CONFIGURED.
  Result<Departure> BeginOAuth(const std::string& token);

  /// Takes the browser back: spends the state, exchanges the code, stores the credential sealed,
  /// registers the webhook with exactly the wanted events, reads company and users once. Connecting
  /// a company that the tenant has already keeps the account and replaces its credential.
  /// kUnauthorized OAUTH_STATE_UNKNOWN (forged, reused or other browser), OAUTH_REFUSED,
  /// OAUTH_CODE_REFUSED; kConflict SESSION_EXPIRED; kUnavailable OAUTH_UNAVAILABLE; besides,
  /// whatever hinders reading the company or registering the webhook: the account is kept then as
  /// CONNECTING with the reason, and the next try goes on with it.
  Result<ports::Account> FinishOAuth(const OAuthReturn& returned);

  /// Connects with an API key, checked before it is kept. kInvalid CONNECTOR_UNKNOWN,
  /// TENANT_MISSING, CREDENTIAL_METHOD_UNSUPPORTED, CREDENTIAL_FIELD_MISSING; kUnauthorized
  /// CREDENTIAL_REFUSED; besides as FinishOAuth.
  Result<ports::Account> ConnectWithKey(const std::string& tenant, const std::string& connector,
                                        const std::map<std::string, Secret>& fields);

  /// The same from the connect page: for the tenant of the link, which is used up when it succeeds.
  Result<ports::Account> FinishWithKey(const std::string& token,
                                       const std::map<std::string, Secret>& fields);

  /// Asks the provider whether the credential still opens the account, whatever state the account
  /// is in. A refusal turns it to NEEDS_REAUTH, and success after one back to ACTIVE. Fails only
  /// when our own side does.
  Result<AccountCheck> Check(AccountId id);
  /// Removes the webhook at the provider (as far as the credential still works), erases the
  /// credential, and keeps the history. Repeating it is no error; a provider that cannot be reached
  /// does not hinder it.
  Status Disconnect(AccountId id);
  /// Makes the provider's webhook carry exactly the events that are wanted now, at the address that
  /// we have now. The provider is asked when that changed, and anew every half hour, because it may
  /// switch a webhook off by itself; no request is made otherwise, and none for an account that is
  /// not ACTIVE: connecting it will.
  Status RefreshSubscription(AccountId id);

 private:
  struct NewAccount;
  using Amendment = std::function<void(ports::Account&)>;

  Result<const connector::Connector*> FindConnector(const std::string& name) const;
  Result<ports::Account> CompleteOAuth(const ports::ConnectSession& session,
                                       const OAuthReturn& returned);
  Result<connector::Credential> ExchangeCode(const connector::Connector& connector,
                                             const std::string& code);
  Result<connector::Credential> CredentialFrom(const connector::Connector& connector,
                                               const std::map<std::string, Secret>& fields) const;
  void CloseSession(const ports::ConnectSession& session, const Result<ports::Account>& account);

  Result<ports::Account> Adopt(const connector::Connector& connector, const NewAccount& wanted);
  Result<ports::Account> FindOrInsert(const connector::Connector& connector,
                                      const NewAccount& wanted);
  Result<ports::Account> Complete(const ports::Account& account,
                                  const connector::Connector& connector);
  Result<ports::Account> ReadCompany(ports::Account account, const Provider& provider,
                                     const ProviderSpec& spec);
  Result<ports::WebhookSubscription> Subscribe(const ports::Account& account,
                                               const connector::Connector& connector,
                                               const Provider& provider, const ProviderSpec& spec);
  WebhookTarget TargetOf(const ports::Account& account) const;
  bool IsVerified(const ports::Account& account);
  void NoteVerified(const ports::Account& account);
  void RemoveWebhook(const ports::Account& account);
  Result<AccountCheck> Judge(const ports::Account& account, const Result<Json>& answer,
                             Millis took);

  /// Changes an account under its compare-and-set, starting over when somebody else changed it in
  /// between.
  Result<ports::Account> Amend(AccountId id, const Amendment& amendment);
  Result<ports::Account> AmendAndTell(AccountId id, const Amendment& amendment);
  /// One conversation with the provider about an account at a time, so that no webhook is
  /// registered twice.
  std::mutex& TurnOf(AccountId id);

  Dependencies deps_;
  CredentialShelf credentials_;
  std::array<std::mutex, 64> turns_;
  std::mutex verified_mutex_;
  std::map<AccountId, WallTime>
      verified_;  ///< When the provider's webhook was last seen to be as it should.
};

}  // namespace sb::accounts
