#pragma once

#include <map>
#include <mutex>

#include "engine/accounts/account_book.h"
#include "engine/accounts/connection_dependencies.h"
#include "engine/accounts/credential_shelf.h"
#include "engine/accounts/provider.h"
#include "engine/accounts/provider_spec.h"
#include "engine/accounts/subscriptions.h"
#include "engine/accounts/webhook_witness.h"

namespace sb::accounts {

/// Where the provider is to send this account's events.
WebhookTarget TargetOf(const ConnectionDependencies& dependencies, const ports::Account& account);

/// The webhooks of accounts at their providers: registered, kept as they should be, removed.
/// Thread-safe; blocks.
class WebhookCare {
 public:
  WebhookCare(const ConnectionDependencies& dependencies, AccountBook& book,
              CredentialShelf& credentials)
      : deps_(dependencies), book_(book), credentials_(credentials) {}

  /// Registers the webhook, or mends it, with exactly the wanted events. For whoever has the
  /// account's turn. `always_write`: also where it looks as it should.
  Result<ports::WebhookSubscription> Subscribe(const ports::Account& account,
                                               const connector::Connector& connector,
                                               const Provider& provider, const ProviderSpec& spec,
                                               bool always_write = false);
  /// It was just seen to be as it should.
  void NoteVerified(const ports::Account& account);
  /// As Connections::RefreshSubscription.
  Status Refresh(AccountId id);
  /// As Connections::RepairWebhook.
  Status Repair(AccountId id);
  /// As far as the credential still works. For whoever has the account's turn.
  void Remove(const ports::Account& account);

 private:
  /// For whoever has the account's turn.
  Status Mend(const ports::Account& account, const connector::Connector& connector,
              bool always_write);
  bool IsVerified(const ports::Account& account);

  const ConnectionDependencies& deps_;
  AccountBook& book_;
  CredentialShelf& credentials_;
  std::mutex verified_mutex_;
  std::map<AccountId, WallTime>
      verified_;  ///< When the provider's webhook was last seen to be as it should.
};

}  // namespace sb::accounts
