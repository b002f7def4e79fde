#include "tests/support/memory_schedule_store.h"

#include <algorithm>
#include <map>

namespace sb::testing {

Result<ports::ScheduleStore::Contents> MemoryScheduleStore::Load(const std::vector<Slot>& slots) {
  Contents contents;
  ports::PageRequest request;
  request.size = 1000;
  ports::AccountFilter filter;
  filter.with_disconnected = true;
  const auto accounts = accounts_.List(filter, request);
  if (!accounts.ok()) return accounts.error();
  for (const ports::Account& account : accounts->items) {
    if (std::ranges::count(slots, account.slot) == 0) continue;
    contents.accounts.push_back({account.id, account.slot,
                                 account.state != ports::AccountState::kDisconnected,
                                 ports::Works(account.state), account.revision});
  }
  const std::lock_guard lock(database_.mutex);
  for (const auto& [key, schedule] : database_.schedules) {
    if (std::ranges::count(slots, key.slot) > 0) contents.schedules.push_back(schedule);
  }
  return contents;
}

Status MemoryScheduleStore::CountCrash(Slot slot, WorkflowId workflow) {
  const std::lock_guard lock(database_.mutex);
  for (auto& [key, schedule] : database_.schedules) {
    if (key.slot == slot && schedule.workflow == workflow) ++schedule.crashes;
  }
  return {};
}

Result<std::vector<ports::RunEnd>> MemoryScheduleStore::EndsOf(const std::vector<RunId>& runs,
                                                               WallTime now) {
  const std::lock_guard lock(database_.mutex);
  std::vector<ports::RunEnd> ends;
  for (const RunId id : runs) {
    const auto run = database_.runs.find(id);
    if (run == database_.runs.end()) {
      ends.push_back({id, now});
    } else if (run->second.finished) {
      ends.push_back({id, run->second.stored.summary.updated_at});
    } else {
      ends.push_back({id, {}});
    }
  }
  return ends;
}

Result<std::vector<ports::NextStart>> MemoryScheduleStore::NextStarts(
    const std::vector<WorkflowId>& workflows, const std::string& tenant) {
  const auto reaches = [&](AccountId id) {
    const auto account = accounts_.Get(id);
    return tenant.empty() || (account.ok() && account->tenant == tenant);
  };
  const std::lock_guard lock(database_.mutex);
  std::map<WorkflowId, WallTime> earliest;
  for (const auto& [key, schedule] : database_.schedules) {
    const bool wanted = std::ranges::count(workflows, schedule.workflow) > 0;
    if (!wanted || !schedule.due || !reaches(key.account)) continue;
    const auto [at, first] = earliest.try_emplace(schedule.workflow, *schedule.due);
    if (!first) at->second = std::min(at->second, *schedule.due);
  }
  std::vector<ports::NextStart> starts;
  for (const auto& [workflow, due] : earliest) starts.push_back({workflow, due});
  return starts;
}

}  // namespace sb::testing
