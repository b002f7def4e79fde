#pragma once

#include "engine/adapters/postgres/database.h"
#include "engine/ports/account_history.h"

namespace sb::adapters::postgres {

/// eng.account_change, which the statements of PostgresAccountStore write.
class PostgresAccountHistory : public ports::AccountHistory {
 public:
  explicit PostgresAccountHistory(Database& database) : database_(database) {}

  Result<ports::Page<ports::AccountChange>> List(AccountId account,
                                                 const ports::PageRequest& page) override;
  Result<std::vector<ports::AccountChange>> Untold(const std::vector<Slot>& slots,
                                                   int limit) override;
  Status MarkTold(AccountId account, int revision) override;

 private:
  Database& database_;
};

}  // namespace sb::adapters::postgres
