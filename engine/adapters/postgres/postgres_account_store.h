#pragma once

#include "engine/adapters/postgres/database.h"
#include "engine/ports/account_store.h"

namespace sb::adapters::postgres {

/// Accounts in eng.account, credentials in eng.credential. Update leaves the slot and created_at as
/// they are: the account's hot rows carry its slot.
class PostgresAccountStore : public ports::AccountStore {
 public:
  explicit PostgresAccountStore(Database& database) : database_(database) {}

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

 private:
  Result<ports::Account> One(const Statement& statement, const Params& params);

  Database& database_;
};

}  // namespace sb::adapters::postgres
