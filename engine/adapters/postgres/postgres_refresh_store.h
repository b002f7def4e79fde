#pragma once

#include "engine/adapters/postgres/database.h"
#include "engine/ports/refresh_store.h"

namespace sb::adapters::postgres {

/// Who renews the credentials in eng.credential.
class PostgresRefreshStore : public ports::RefreshStore {
 public:
  explicit PostgresRefreshStore(Database& database) : database_(database) {}

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
  Database& database_;
};

}  // namespace sb::adapters::postgres
