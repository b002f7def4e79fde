#pragma once

#include "engine/adapters/postgres/database.h"
#include "engine/ports/schedule_store.h"

namespace sb::adapters::postgres {

class PostgresScheduleStore : public ports::ScheduleStore {
 public:
  explicit PostgresScheduleStore(Database& database) : database_(database) {}

  Result<Contents> Load(const std::vector<Slot>& slots) override;
  Status CountCrash(Slot slot, WorkflowId workflow) override;
  Result<std::vector<ports::RunEnd>> EndsOf(const std::vector<RunId>& runs, WallTime now) override;
  Result<std::vector<ports::NextStart>> NextStarts(const std::vector<WorkflowId>& workflows,
                                                   const std::string& tenant) override;

 private:
  Database& database_;
};

}  // namespace sb::adapters::postgres
