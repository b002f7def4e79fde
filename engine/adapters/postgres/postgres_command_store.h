#pragma once

#include "engine/adapters/postgres/database.h"
#include "engine/ports/command_store.h"

namespace sb::adapters::postgres {

/// Commands between instances: eng.command.
class PostgresCommandStore : public ports::CommandStore {
 public:
  explicit PostgresCommandStore(Database& database) : database_(database) {}

  Status Ask(const std::vector<ports::Command>& commands) override;
  Result<std::vector<ports::Command>> Take(InstanceId taker, std::int64_t incarnation,
                                           const std::vector<Slot>& slots, WallTime now,
                                           int limit) override;
  Status PutBack(InstanceId taker, std::int64_t incarnation, Slot slot,
                 ports::CommandId id) override;
  Status Answer(const ports::CommandAnswer& answer) override;
  Result<std::vector<ports::CommandAnswer>> Answers(InstanceId asker) override;
  Status Discard(const std::vector<ports::CommandAnswer>& answered) override;
  Result<bool> Withdraw(Slot slot, ports::CommandId id) override;
  Result<int> RemoveExpired(WallTime when) override;

 private:
  Database& database_;
};

}  // namespace sb::adapters::postgres
