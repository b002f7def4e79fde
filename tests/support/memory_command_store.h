#pragma once

#include "engine/ports/command_store.h"
#include "tests/support/memory_database.h"

namespace sb::testing {

class MemoryCommandStore : public ports::CommandStore {
 public:
  explicit MemoryCommandStore(MemoryDatabase& database) : database_(database) {}

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
  MemoryDatabase& database_;
};

}  // namespace sb::testing
