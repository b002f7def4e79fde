#pragma once

#include <optional>

#include "engine/accounts/account_book.h"
#include "engine/accounts/credential_shelf.h"
#include "engine/accounts/token_refresher.h"
#include "engine/connector/connector.h"
#include "engine/core/workflow/expressions.h"
#include "engine/ports/credential_verdict.h"
#include "engine/ports/refresh_store.h"

namespace sb::accounts {

/// Keeps credentials alive, and decides what it means when one is refused. A refusal alone kills
/// nothing: the check action must be refused, too, and a renewal impossible. What is decided is
/// noted in the AccountBook. Thread-safe; blocks (database, provider).
class CredentialCare {
 public:
  struct Dependencies {
    AccountBook& book;
    TokenRefresher& refresher;
    ports::AccountStore& accounts;
    ports::RefreshStore& refreshes;
    const ports::Vault& vault;
    ports::HttpClient& http;
    const connector::Library& connectors;
    const core::workflow::Expressions& expressions;
    const ports::Clock& clock;
  };

  explicit CredentialCare(Dependencies dependencies)
      : deps_(dependencies), shelf_(deps_.accounts, deps_.vault) {}

  /// The provider refused a request that was made with this generation.
  ports::CredentialVerdict OnRefused(AccountId id, std::int64_t generation);
  /// The same of the check action itself: `refusal` is what the provider said to it.
  ports::CredentialVerdict OnCheckRefused(const ports::Account& account, std::int64_t generation,
                                          const Error& refusal);
  /// The provider says that the customer removed us. Not believed where the credential still works:
  /// such words come late, and the customer may have connected us again. Fails as AccountStore.
  Status OnGrantTakenBack(AccountId id);
  /// The credential's time has come (RefreshStore::Due): it is renewed, or its end noted.
  void OnDue(AccountId id);

 private:
  const connector::Connector* ConnectorOf(const ports::Account& account) const;
  Result<Json> Ask(const ports::Account& account, const connector::Connector& connector);
  void Renew(const ports::Account& account, const connector::Connector& connector,
             const ports::StoredCredential& stored);
  void OnDeadGrant(const ports::Account& account, const connector::Connector& connector,
                   const ports::StoredCredential& stored, const RefreshReport& report);
  void Note(AccountId id, Cause cause, const std::string& reason = "");
  void SeeAgain(const ports::Account& account, const ports::StoredCredential& stored,
                std::optional<WallTime> when);

  Dependencies deps_;
  CredentialShelf shelf_;
};

}  // namespace sb::accounts
