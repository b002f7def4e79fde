#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "engine/accounts/credential_term.h"
#include "engine/accounts/oauth_client.h"
#include "engine/base/ids.h"
#include "engine/base/metrics.h"
#include "engine/base/result.h"
#include "engine/connector/connector.h"
#include "engine/ports/account_store.h"
#include "engine/ports/clock.h"
#include "engine/ports/http_client.h"
#include "engine/ports/random.h"
#include "engine/ports/refresh_store.h"
#include "engine/ports/vault.h"

namespace sb::accounts {

enum class RefreshOutcome {
  kRenewed,     ///< The stored credential is newer than the one that was asked about.
  kUnderWay,    ///< Somebody else is renewing it: look again in a moment.
  kUnanswered,  ///< The provider gave no answer that helps, or it could not be stored: try later.
  kGrantDead,   ///< The customer must consent anew.
  kApplicationRefused,  ///< Our application is disabled at the provider, or has a wrong secret.
  kApplicationGone,     ///< We do not have the application any more that it was given to.
  kNotRenewable         ///< There is nothing to renew it with.
};

struct RefreshReport {
  RefreshOutcome outcome = RefreshOutcome::kUnanswered;
  std::string reason;  ///< For people; empty when all is well.
};

/// Renews access tokens: each generation of a credential once, whichever instances and threads ask,
/// wherever one of them dies (docs/adr/0024-token-refresh.md).
///
/// A generation is claimed in the database before anything is sent, no transaction is open while
/// the provider thinks, and what it gives is stored before anybody uses it. An answer that was lost
/// is asked for again at once with the same refresh token: providers that rotate them answer the
/// same again, for a short while. A refusal is believed only after a look at what is stored.
///
/// Thread-safe; blocks for 18 seconds at most.
class TokenRefresher {
 public:
  struct Dependencies {
    ports::RefreshStore& refreshes;
    const ports::Vault& vault;
    ports::HttpClient& http;
    const ports::Clock& clock;
    ports::Random& random;
    Metrics& metrics;
    InstanceId instance;
    /// OAuthApplications::ClientOf.
    std::function<Result<std::optional<OAuthClient>>(const ports::Account&,
                                                     const ports::ApplicationKey&)>
        client_of;
  };

  explicit TokenRefresher(Dependencies dependencies) : deps_(std::move(dependencies)) {}

  /// Sees to it that the account's credential is newer than `generation`. Fails only when our own
  /// side does: as RefreshStore and Vault.
  Result<RefreshReport> Refresh(const ports::Account& account,
                                const connector::Connector& connector, std::int64_t generation);

 private:
  struct Work;

  /// What a provider gave, until the database has taken it.
  struct Renewal {
    ports::RefreshClaim claim;
    std::string connector;
    ports::ApplicationKey application;
    connector::TokenGrant grant;
    CredentialTerm term;
    std::optional<Secret> replaced;  ///< The refresh token that it takes the place of.
  };

  /// Failures in a row, so that a provider in trouble is left alone for a while.
  struct Trouble {
    std::int64_t generation = 0;
    int failures = 0;
    WallTime rests_until;
    RefreshReport last;
  };

  bool Begin(AccountId id);
  void End(AccountId id);
  Result<RefreshReport> RefreshAlone(const ports::Account& account,
                                     const connector::Connector& connector,
                                     std::int64_t generation);
  Result<RefreshReport> Exchange(Work& work);
  Result<connector::TokenGrant> Ask(const Work& work, const Secret& refresh_token);
  Result<connector::TokenGrant> AskOnce(const Work& work, const Secret& refresh_token,
                                        Millis timeout);
  Result<RefreshReport> BelieveRefusal(const Work& work, const Error& refusal);
  RefreshReport Keep(const Work& work, const connector::TokenGrant& grant);
  RefreshReport GiveUp(const Work& work, const Error& error);
  void Count(const Work& work, const RefreshReport& report);
  Status KeepLate(AccountId id);
  RefreshReport Store(const Renewal& renewal);
  Status SealAndStore(const Renewal& renewal);
  std::optional<RefreshReport> RestOf(AccountId id, std::int64_t generation);
  void NoteTrouble(const ports::RefreshClaim& claim, const RefreshReport& report);
  bool HasMoved(AccountId id, std::int64_t generation);

  Dependencies deps_;
  std::mutex mutex_;  ///< Of all below; never held while anything is asked.
  std::set<AccountId> under_way_;
  std::map<AccountId, Renewal> unstored_;
  std::map<AccountId, Trouble> troubles_;
};

}  // namespace sb::accounts
