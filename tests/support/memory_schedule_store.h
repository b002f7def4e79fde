#pragma once

#include "engine/ports/account_store.h"
#include "engine/ports/schedule_store.h"
#include "tests/support/memory_database.h"

namespace sb::testing {

/// Schedules in memory; MemoryRunStore commits them.
class MemoryScheduleStore : public ports::ScheduleStore {
 public:
  MemoryScheduleStore(MemoryDatabase& database, ports::AccountStore& accounts)
      : database_(database), accounts_(accounts) {}

  Result<Contents> Load(const std::vector<Slot>& slots) override;
  Status CountCrash(Slot slot, WorkflowId workflow) override;
  Result<std::vector<ports::RunEnd>> EndsOf(const std::vector<RunId>& runs, WallTime now) override;
  Result<std::vector<ports::NextStart>> NextStarts(const std::vector<WorkflowId>& workflows,
                                                   const std::string& tenant) override;

 private:
  MemoryDatabase& database_;
  ports::AccountStore& accounts_;
};

}  // namespace sb::testing
