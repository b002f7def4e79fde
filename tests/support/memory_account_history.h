#pragma once

#include "engine/ports/account_history.h"
#include "tests/support/memory_account_store.h"

namespace sb::testing {

class MemoryAccountHistory : public ports::AccountHistory {
 public:
  explicit MemoryAccountHistory(MemoryAccountStore& accounts) : accounts_(accounts) {}

  Result<ports::Page<ports::AccountChange>> List(AccountId account,
                                                 const ports::PageRequest& page) override;
  Result<std::vector<ports::AccountChange>> Untold(const std::vector<Slot>& slots,
                                                   int limit) override;
  Status MarkTold(AccountId account, int revision) override;

 private:
  MemoryAccountStore& accounts_;
};

}  // namespace sb::testing
