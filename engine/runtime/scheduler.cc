#include "engine/runtime/scheduler.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "engine/base/log.h"
#include "engine/core/schedule/timetable.h"

namespace sb::runtime {
namespace {

// So many runs at once, and then whatever else waits for the engine's thread.
constexpr int kMostPerRound = 200;
constexpr std::size_t kMostEndsPerLook = 1000;
constexpr int kMostCrashesOfSchedule = 3;

const core::schedule::Timetable& TimetableOf(const core::workflow::Workflow& workflow) {
  return *workflow.schedule->timetable;
}

bool HasTimetable(const EnabledWorkflow& enabled) {
  return enabled.workflow->schedule && enabled.workflow->schedule->timetable;
}

/// The first of an account's schedules would stand here, or behind it.
ports::ScheduleKey BeforeAllOf(const ports::ScheduledAccount& account) {
  return {account.slot, account.id, "", ""};
}

/// What its timetable makes of a schedule that is new, or had another one.
void Reckon(ports::Schedule& schedule, const core::schedule::Timetable& timetable, WallTime now) {
  const bool waits = std::holds_alternative<core::schedule::After>(timetable);
  if (waits && !schedule.awaited.IsNone()) return;  // it counts from the end of that run
  schedule.awaited = {};
  schedule.due = core::schedule::FirstDue(timetable, schedule.last, now);
}

}  // namespace

// ---- What there is
// ------------------------------------------------------------------------------------------

void Scheduler::Start() {
  started_ = true;
  Round();
}

void Scheduler::SetSlots(const SlotSet& slots) {
  std::vector<Slot> gained;
  std::vector<Slot> lost;
  for (Slot slot = 0; slot < kSlotCount; ++slot) {
    if (slots.Has(slot) && !slots_.Has(slot)) gained.push_back(slot);
    if (!slots.Has(slot) && slots_.Has(slot)) lost.push_back(slot);
  }
  slots_ = slots;
  loaded_.Remove(lost);
  const auto is_lost = [this](Slot slot) { return !slots_.Has(slot); };
  std::erase_if(entries_, [&](const auto& entry) {
    return is_lost(entry.first.slot) &&
           !entry.second.writing;  // the others go once they are stored
  });
  std::erase_if(accounts_, [&](const auto& entry) { return is_lost(entry.second.slot); });
  if (!gained.empty()) Load(gained);
}

void Scheduler::Load(const std::vector<Slot>& slots) {
  const std::int64_t number = ++loads_;
  for (const Slot slot : slots) load_of_[slot] = number;
  deps_.pool.Post([this, slots, number] {
    auto contents = deps_.store.Load(slots);
    if (contents.ok()) {
      deps_.home.Post([this, slots, number, contents = std::move(contents).value()] {
        OnLoaded(slots, number, contents);
      });
      return;
    }
    Log::Warn("schedules.not_loaded", {{"code", contents.error().code}});
    deps_.home.PostAt(deps_.clock.Now() + deps_.look_interval, [this, slots, number] {
      std::vector<Slot> ours;
      for (const Slot slot : slots) {
        if (slots_.Has(slot) && load_of_[slot] == number) ours.push_back(slot);
      }
      if (!ours.empty() && !stopped_) Load(ours);
    });
  });
}

void Scheduler::OnLoaded(const std::vector<Slot>& slots, std::int64_t number,
                         const ports::ScheduleStore::Contents& contents) {
  const auto is_meant = [&](Slot slot) { return slots_.Has(slot) && load_of_[slot] == number; };
  for (const Slot slot : slots) {
    if (is_meant(slot)) loaded_.Add({slot});
  }
  for (const ports::Schedule& schedule : contents.schedules) {
    if (!is_meant(schedule.key.slot)) continue;
    entries_[schedule.key].schedule = schedule;
    if (schedule.crashes >= kMostCrashesOfSchedule) {
      Log::Error("schedule.poisoned",
                 {{"workflow", schedule.key.workspace + "/" + schedule.key.name},
                  {"account", ToText(schedule.key.account)}});
    }
  }
  for (const ports::ScheduledAccount& account : contents.accounts) {
    if (!is_meant(account.slot)) continue;
    const auto known = accounts_.find(account.id);
    if (known == accounts_.end() || known->second.revision < account.revision)
      accounts_[account.id] = account;
  }
  for (const auto& [id, account] : accounts_) {
    if (is_meant(account.slot)) Arrange(account);
  }
  RoundAt(deps_.clock.Now());
}

void Scheduler::SetWorkflows(const std::vector<EnabledWorkflow>& workflows) {
  knows_workflows_ = true;
  workflows_.clear();
  std::ranges::copy_if(workflows, std::back_inserter(workflows_), HasTimetable);
  for (const auto& [id, account] : accounts_) Arrange(account);
  RoundAt(deps_.clock.Now());
}

void Scheduler::AccountChanged(AccountId id) {
  deps_.pool.Post([this, id] { ReadAccount(id); });
}

void Scheduler::ReadAccount(AccountId id) {
  const auto account = deps_.accounts.Get(id);
  if (!account.ok()) {
    if (account.error().kind == ErrorKind::kNotFound) return;
    return deps_.home.PostAt(deps_.clock.Now() + deps_.look_interval, [this, id] {
      if (!stopped_) AccountChanged(id);
    });
  }
  const ports::ScheduledAccount scheduled{account->id, account->slot,
                                          account->state != ports::AccountState::kDisconnected,
                                          ports::Works(account->state), account->revision};
  deps_.home.Post([this, scheduled] { OnAccount(scheduled); });
}

void Scheduler::OnAccount(const ports::ScheduledAccount& account) {
  if (!slots_.Has(account.slot)) return;
  const auto known = accounts_.find(account.id);
  if (known != accounts_.end() && known->second.revision > account.revision) return;
  accounts_[account.id] = account;
  Arrange(account);
  RoundAt(deps_.clock.Now());
}

// ---- What there should be
// -----------------------------------------------------------------------------------

// A version for chosen accounts goes before the one for all.
void Scheduler::Arrange(const ports::ScheduledAccount& account) {
  if (!knows_workflows_ || !loaded_.Has(account.slot)) return;
  std::map<ports::ScheduleKey, const EnabledWorkflow*> wanted;
  for (const EnabledWorkflow& each : workflows_) {
    if (!account.connected || !each.IsOnFor(account.id)) continue;
    const ports::ScheduleKey key{account.slot, account.id, each.enablement.workspace,
                                 each.enablement.name};
    const EnabledWorkflow*& chosen = wanted[key];
    if (chosen == nullptr || chosen->enablement.all_accounts) chosen = &each;
  }
  for (auto entry = entries_.lower_bound(BeforeAllOf(account));
       entry != entries_.end() && entry->first.account == account.id; ++entry) {
    if (wanted.contains(entry->first)) continue;
    entry->second.rearrange = entry->second.writing;
    if (!entry->second.writing) Store({entry->second.schedule, true});
  }
  for (const auto& [key, enabled] : wanted) Arrange(key, *enabled);
}

void Scheduler::Arrange(const ports::ScheduleKey& key, const EnabledWorkflow& wanted) {
  Entry& entry = entries_[key];
  if (entry.writing) {
    entry.rearrange = true;
    return;
  }
  const core::schedule::Timetable& timetable = TimetableOf(*wanted.workflow);
  entry.workflow = wanted.workflow;
  ports::Schedule schedule = entry.schedule;
  schedule.key = key;
  schedule.workflow = wanted.enablement.workflow;
  if (schedule.workflow != entry.schedule.workflow) schedule.crashes = 0;
  schedule.plan = core::schedule::PlanOf(timetable);
  if (schedule.plan != entry.schedule.plan) Reckon(schedule, timetable, deps_.clock.Now());
  if (schedule != entry.schedule) Store({schedule, false});
}

void Scheduler::Store(const ports::ScheduleChange& change) {
  entries_[change.schedule.key].writing = true;
  CommitUnit unit;
  unit.schedules.push_back(change);
  unit.done = [this, change](const Result<ports::CommitReceipt>& result) {
    OnStored(change, result.ok() ? Status() : Status(result.error()));
  };
  deps_.commits.Write(std::move(unit));
}

void Scheduler::OnStored(const ports::ScheduleChange& change, const Status& stored) {
  const auto found = entries_.find(change.schedule.key);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  entry.writing = false;
  if (!slots_.Has(change.schedule.key.slot)) {
    entries_.erase(found);
    return;
  }
  if (!stored.ok()) {
    if (stored.error().kind != ErrorKind::kConflict) return;  // stopping
    return RoundAt(deps_.clock.Now() + deps_.look_interval);
  }
  const bool rearrange = std::exchange(entry.rearrange, false);
  entry.schedule = change.schedule;
  if (change.removed) entries_.erase(found);
  const auto account = accounts_.find(change.schedule.key.account);
  if (account != accounts_.end() && (rearrange || change.removed)) Arrange(account->second);
  if (change.schedule.due) RoundAt(*change.schedule.due);
}

// ---- What is due
// ------------------------------------------------------------------------------------------------

void Scheduler::RoundAt(WallTime when) {
  if (armed_ && *armed_ <= when) return;
  armed_ = when;
  deps_.home.PostAt(when, [this, when] {
    if (armed_ != when) return;  // an earlier one has come in between
    armed_.reset();
    Round();
  });
}

void Scheduler::Round() {
  if (!started_ || stopped_) return;
  const WallTime now = deps_.clock.Now();
  WallTime next = now + deps_.look_interval;
  int fired = 0;
  for (auto& [key, entry] : entries_) {
    if (entry.writing || !entry.workflow || !entry.schedule.due) continue;
    if (entry.schedule.crashes >= kMostCrashesOfSchedule) continue;
    if (*entry.schedule.due > now) {
      next = std::min(next, *entry.schedule.due);
      continue;
    }
    const auto account = accounts_.find(key.account);
    if (account == accounts_.end() || !account->second.active) continue;
    if (++fired > kMostPerRound) {
      next = now;
      break;
    }
    Fire(entry, now);
  }
  LookForEnds();
  RoundAt(next);
}

void Scheduler::Fire(Entry& entry, WallTime now) {
  const ports::Schedule& schedule = entry.schedule;
  const ports::ScheduleKey& key = schedule.key;
  const core::schedule::Timetable& timetable = TimetableOf(*entry.workflow);
  const auto firing = core::schedule::Fire(timetable, *schedule.due, now);
  Creation creation;
  creation.run.key = {key.slot, key.account, deps_.ids.Next<RunTag>(now)};
  creation.run.workflow = schedule.workflow;
  creation.run.trigger_key = Sha256("schedule/" + key.workspace + "/" + key.name + "/" +
                                    std::to_string(schedule.due->time_since_epoch().count()));
  creation.run.lane = LaneOf(*entry.workflow);
  creation.workflow = entry.workflow;
  creation.input = {{"due", ToRfc3339(firing.planned)}};
  ports::ScheduleChange change{schedule, false};
  change.schedule.due = firing.next;
  change.schedule.crashes = 0;
  if (std::holds_alternative<core::schedule::After>(timetable)) {
    change.schedule.awaited = creation.run.key.run;
  } else {
    change.schedule.last = firing.planned;
  }
  creation.schedule = change;
  entry.writing = true;
  deps_.metrics.Count("switchboard_schedules_fired_total");
  Create(std::move(creation), change);
}

// Noted where a crash does not reach it: the next process would do the same again at once.
void Scheduler::Create(Creation creation, const ports::ScheduleChange& change) {
  if (deps_.black_box != nullptr) {
    deps_.black_box->Begin({ports::BlackBox::Subject::kSchedule, change.schedule.key.slot,
                            change.schedule.workflow.number()});
  }
  std::vector<Creation> creations;
  creations.push_back(std::move(creation));
  deps_.runs.Create(std::move(creations), {},
                    [this, change](const Result<ports::CommitReceipt>& receipt) {
                      OnStored(change, receipt.ok() ? Status() : Status(receipt.error()));
                    });
  if (deps_.black_box != nullptr) deps_.black_box->End();
}

// ---- The ends that `after` waits for
// ----------------------------------------------------------------------------

void Scheduler::LookForEnds() {
  const WallTime now = deps_.clock.Now();
  if (looking_ || (looked_at_ && now < *looked_at_ + deps_.look_interval)) return;
  std::vector<std::pair<ports::ScheduleKey, RunId>> awaited;
  for (const auto& [key, entry] : entries_) {
    if (entry.writing || !entry.workflow || entry.schedule.awaited.IsNone()) continue;
    awaited.emplace_back(key, entry.schedule.awaited);
  }
  if (awaited.empty()) return;
  looked_at_ = now;
  looking_ = true;
  deps_.pool.Post([this, awaited = std::move(awaited), now] {
    std::vector<std::pair<ports::ScheduleKey, ports::RunEnd>> ends;
    for (std::size_t first = 0; first < awaited.size(); first += kMostEndsPerLook) {
      const std::size_t last = std::min(awaited.size(), first + kMostEndsPerLook);
      std::vector<RunId> runs;
      for (std::size_t i = first; i < last; ++i) runs.push_back(awaited[i].second);
      const auto found = deps_.store.EndsOf(runs, now);
      if (!found.ok()) break;
      for (std::size_t i = 0; i < found->size(); ++i)
        ends.emplace_back(awaited[first + i].first, (*found)[i]);
    }
    deps_.home.Post([this, ends = std::move(ends)] {
      looking_ = false;
      for (const auto& [key, end] : ends) OnEnded(key, end);
    });
  });
}

void Scheduler::OnEnded(const ports::ScheduleKey& key, const ports::RunEnd& end) {
  const auto found = entries_.find(key);
  if (found == entries_.end() || !end.ended_at) return;
  Entry& entry = found->second;
  if (entry.writing || !entry.workflow || entry.schedule.awaited != end.run) return;
  ports::Schedule schedule = entry.schedule;
  schedule.awaited = {};
  schedule.last = end.ended_at;
  Reckon(schedule, TimetableOf(*entry.workflow), deps_.clock.Now());
  Store({schedule, false});
}

bool Scheduler::IsWriting(const SlotSet& slots) const {
  return std::ranges::any_of(entries_, [&](const auto& entry) {
    return entry.second.writing && slots.Has(entry.first.slot);
  });
}

}  // namespace sb::runtime
