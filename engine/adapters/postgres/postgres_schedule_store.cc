#include "engine/adapters/postgres/postgres_schedule_store.h"

#include <pqxx/result>

#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/queries.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {
namespace {

ports::Schedule ReadSchedule(const pqxx::row& row) {
  ports::Schedule schedule;
  schedule.key = {static_cast<Slot>(NumberOf(row, "slot")), AccountId(NumberOf(row, "account_id")),
                  TextOf(row, "workspace"), TextOf(row, "name")};
  schedule.workflow = WorkflowId(NumberOf(row, "workflow_id"));
  schedule.plan = TextOf(row, "plan");
  schedule.due = OptionalTimeOf(row, "due_at");
  schedule.last = OptionalTimeOf(row, "last_at");
  schedule.awaited = RunId(NumberOf(row, "run_id"));
  schedule.crashes = static_cast<int>(NumberOf(row, "crash_count"));
  return schedule;
}

ports::ScheduledAccount ReadAccount(const pqxx::row& row) {
  return {AccountId(NumberOf(row, "account_id")), static_cast<Slot>(NumberOf(row, "slot")),
          FlagOf(row, "connected"), FlagOf(row, "active"),
          static_cast<int>(NumberOf(row, "revision"))};
}

template <typename Id>
ArrayText NumbersOf(const std::vector<Id>& ids) {
  ArrayText numbers;
  for (const Id& id : ids) numbers.AddNumber(id.number());
  return numbers;
}

}  // namespace

Result<ports::ScheduleStore::Contents> PostgresScheduleStore::Load(const std::vector<Slot>& slots) {
  ArrayText mine;
  for (const Slot slot : slots) mine.AddNumber(slot);
  const auto schedules = database_.Read(kScheduleLoad, Params().Array(mine));
  if (!schedules.ok()) return schedules.error();
  const auto accounts = database_.Read(kScheduleAccounts, Params().Array(mine));
  if (!accounts.ok()) return accounts.error();
  Contents contents;
  for (const pqxx::row& row : *schedules) contents.schedules.push_back(ReadSchedule(row));
  for (const pqxx::row& row : *accounts) contents.accounts.push_back(ReadAccount(row));
  return contents;
}

Status PostgresScheduleStore::CountCrash(Slot slot, WorkflowId workflow) {
  const auto rows =
      database_.Write(kScheduleCountCrash, Params().Number(slot).Number(workflow.number()));
  return rows.ok() ? Status() : Status(rows.error());
}

Result<std::vector<ports::RunEnd>> PostgresScheduleStore::EndsOf(const std::vector<RunId>& runs,
                                                                 WallTime now) {
  const auto rows = database_.Read(kScheduleEnds, Params().Array(NumbersOf(runs)).Time(now));
  if (!rows.ok()) return rows.error();
  std::vector<ports::RunEnd> ends;
  for (const pqxx::row& row : *rows)
    ends.push_back({RunId(NumberOf(row, "run_id")), OptionalTimeOf(row, "ended_at")});
  return ends;
}

Result<std::vector<ports::NextStart>> PostgresScheduleStore::NextStarts(
    const std::vector<WorkflowId>& workflows, const std::string& tenant) {
  const auto rows =
      database_.Read(kScheduleNext, Params().Array(NumbersOf(workflows)).Text(tenant));
  if (!rows.ok()) return rows.error();
  std::vector<ports::NextStart> starts;
  for (const pqxx::row& row : *rows)
    starts.push_back({WorkflowId(NumberOf(row, "workflow_id")), TimeOf(row, "due_at")});
  return starts;
}

}  // namespace sb::adapters::postgres
