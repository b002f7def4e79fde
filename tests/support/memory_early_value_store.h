#pragma once

#include <utility>
#include <vector>

#include "engine/ports/early_value_store.h"
#include "tests/support/memory_account_store.h"
#include "tests/support/memory_secret_store.h"

namespace sb::testing {

class MemoryEarlyValueStore : public ports::EarlyValueStore {
 public:
  MemoryEarlyValueStore(MemoryAccountStore& accounts, MemorySecretStore& secrets)
      : accounts_(accounts), secrets_(secrets) {}

  Result<std::vector<ports::EarlyCredential>> Credentials(AccountId after, int most) override {
    std::vector<ports::EarlyCredential> early;
    for (const ports::Account& account : accounts_.All()) {
      const auto stored = accounts_.GetCredential(account.id).value();
      const bool wanted = account.id > after && static_cast<int>(early.size()) < most;
      if (wanted && IsEarly(stored.sealed))
        early.push_back({account.id, account.connector, stored});
    }
    return early;
  }

  Result<bool> Replace(const ports::EarlyCredential& early, const std::string& sealed) override {
    return accounts_.SealAnew(early.account, early.stored, sealed);
  }

  Result<std::vector<ports::StoredSecret>> Secrets(const ports::StoredSecret& after,
                                                   int most) override {
    std::vector<ports::StoredSecret> early;
    for (ports::StoredSecret& secret : secrets_.All()) {
      const bool wanted =
          std::pair(secret.tenant, secret.name) > std::pair(after.tenant, after.name) &&
          static_cast<int>(early.size()) < most;
      if (wanted && IsEarly(secret.sealed)) early.push_back(std::move(secret));
    }
    return early;
  }

  Result<bool> Replace(const ports::StoredSecret& early, const std::string& sealed) override {
    const auto stored = secrets_.Find(early.tenant, early.name).value();
    if (!stored || stored->sealed != early.sealed) return false;
    return secrets_.Put({early.tenant, early.name, sealed, stored->updated_at}).ok();
  }

 private:
  static bool IsEarly(const std::string& sealed) { return sealed.starts_with('\x01'); }

  MemoryAccountStore& accounts_;
  MemorySecretStore& secrets_;
};

}  // namespace sb::testing
