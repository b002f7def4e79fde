#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/ports/account_history.h"
#include "engine/ports/account_store.h"
#include "engine/ports/refresh_store.h"

namespace sb::testing {

class MemoryAccountStore : public ports::AccountStore {
 public:
  /// A row of eng.credential.
  struct CredentialRow {
    ports::StoredCredential current;
    std::string previous;
    std::optional<WallTime> previous_until;
    std::optional<ports::RefreshClaim> claim;
    WallTime claimed_until;
  };

  Status Insert(const ports::Account& account) override;
  Result<ports::Account> Get(AccountId id) override;
  Result<ports::Page<ports::Account>> List(const ports::AccountFilter& filter,
                                           const ports::PageRequest& page) override;
  Result<int> Update(const ports::Account& account) override;
  Result<ports::Account> FindByHook(const std::string& hook_id) override;
  Result<ports::Account> FindByExternal(const std::string& tenant, const std::string& connector,
                                        const std::string& external_id) override;
  Result<std::vector<Slot>> SlotsOfCompany(const std::string& connector,
                                           const std::string& external_id) override;
  Result<ports::AccountChanges> ChangedAfter(std::int64_t number) override;
  Result<ports::StoredCredential> GetCredential(AccountId id) override;
  Status PutCredential(AccountId id, const ports::StoredCredential& next) override;

  /// For MemoryEarlyValueStore: by id; and what replaces a credential that is still `before`.
  std::vector<ports::Account> All();
  bool SealAnew(AccountId id, const ports::StoredCredential& before, const std::string& sealed);

 private:
  // The other ports to the same rows.
  friend class MemoryRefreshStore;
  friend class MemoryAccountHistory;

  struct HistoryRow {
    ports::AccountChange change;
    bool told = false;
  };

  const ports::Account* LiveCompany(const std::string& tenant, const std::string& connector,
                                    const std::string& external_id) const;
  bool IsTaken(const ports::Account& account) const;
  void Remember(const ports::Account& account, std::optional<ports::AccountState> before);

  std::mutex mutex_;
  std::map<AccountId, ports::Account> accounts_;
  std::map<AccountId, CredentialRow> credentials_;
  std::vector<HistoryRow> history_;
  std::map<AccountId, std::int64_t> changed_in_;
  std::int64_t changes_ = 1;
};

}  // namespace sb::testing
