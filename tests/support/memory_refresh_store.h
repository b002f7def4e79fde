#pragma once

#include "engine/ports/clock.h"
#include "engine/ports/refresh_store.h"
#include "tests/support/memory_account_store.h"

namespace sb::testing {

class MemoryRefreshStore : public ports::RefreshStore {
 public:
  /// `clock` is the database's.
  MemoryRefreshStore(MemoryAccountStore& accounts, const ports::Clock& clock)
      : accounts_(accounts), clock_(clock) {}

  Result<ports::RefreshableCredential> Read(AccountId id) override;
  Result<bool> Claim(const ports::RefreshClaim& claim, Millis time) override;
  Status Renew(const ports::RefreshClaim& claim, const ports::StoredCredential& next,
               const std::string& previous, Millis keep_previous) override;
  Status GiveUp(const ports::RefreshClaim& claim, std::optional<WallTime> due_at) override;
  Status Postpone(AccountId id, std::int64_t generation, std::optional<WallTime> due_at) override;
  Result<std::vector<AccountId>> Due(const std::vector<Slot>& slots, WallTime now,
                                     int limit) override;
  Status ForgetPrevious() override;

 private:
  MemoryAccountStore& accounts_;
  const ports::Clock& clock_;
};

}  // namespace sb::testing
