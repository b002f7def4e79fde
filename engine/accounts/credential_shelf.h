#pragma once

#include <string>

#include "engine/accounts/credential_term.h"
#include "engine/base/result.h"
#include "engine/connector/connector.h"
#include "engine/ports/account_store.h"
#include "engine/ports/vault.h"

namespace sb::accounts {

/// The credentials of accounts: sealed for exactly one account, connector and generation.
/// Thread-safe; blocks.
class CredentialShelf {
 public:
  CredentialShelf(ports::AccountStore& accounts, const ports::Vault& vault)
      : accounts_(accounts), vault_(vault) {}

  /// Replaces what was there, and notes with which application it was given. Fails as AccountStore
  /// does.
  Status Put(const ports::Account& account, const connector::Credential& credential,
             const CredentialTerm& term = {}, const ports::ApplicationKey& application = {});
  /// kUnauthorized ACCOUNT_NEEDS_REAUTH when there is none (any more); fails besides as Vault and
  /// AccountStore do.
  Result<connector::Credential> Get(const ports::Account& account);
  /// Leaves nothing to open; repeating it is no error.
  Status Erase(const ports::Account& account);

 private:
  ports::AccountStore& accounts_;
  const ports::Vault& vault_;
};

}  // namespace sb::accounts
