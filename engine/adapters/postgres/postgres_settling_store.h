#pragma once

#include "engine/adapters/postgres/database.h"
#include "engine/ports/settling_store.h"

namespace sb::adapters::postgres {

/// eng.settling.
class PostgresSettlingStore : public ports::SettlingStore {
 public:
  explicit PostgresSettlingStore(Database& database) : database_(database) {}

  Result<bool> Open(const ports::Settling& settling) override;
  Result<std::optional<ports::Settling>> Find(Slot slot, AccountId account,
                                              const std::string& key) override;
  Result<std::vector<ports::Settling>> Due(const std::vector<Slot>& slots, WallTime now,
                                           const std::set<AccountId>& without, int limit) override;
  Result<int> Save(const ports::Settling& settling) override;

 private:
  Database& database_;
};

}  // namespace sb::adapters::postgres
