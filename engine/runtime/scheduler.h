#pragma once

#include <map>
#include <optional>
#include <vector>

#include "engine/base/metrics.h"
#include "engine/ports/account_store.h"
#include "engine/ports/black_box.h"
#include "engine/ports/clock.h"
#include "engine/ports/executor.h"
#include "engine/ports/schedule_store.h"
#include "engine/runtime/commit_writer.h"
#include "engine/runtime/run_table.h"
#include "engine/runtime/slot_set.h"
#include "engine/runtime/workflow_book.h"

namespace sb::runtime {

/// Starts the runs of workflows that run by themselves: `schedule.every`, `cron` and `after`.
///
/// For every account of our slots and every workflow that is on for it and has a timetable there is
/// a schedule: in memory here, and stored. It moves on in the commit of the run that it starts, so
/// whoever owns the slot next goes on from there: a time is neither lost nor used twice. What was
/// missed is made up for by one run, and waits while the account is not active. A schedule whose
/// start has ended the process three times starts nothing more, until another version of its
/// workflow is switched on.
///
/// `AccountChanged` is thread-safe; the rest belongs to the engine's thread.
class Scheduler {
 public:
  struct Dependencies {
    ports::ScheduleStore& store;
    ports::AccountStore& accounts;
    RunTable& runs;
    CommitWriter& commits;
    const ports::Clock& clock;
    ports::Executor& home;
    ports::Executor& pool;
    IdGenerator& ids;
    Metrics& metrics;
    ports::BlackBox* black_box = nullptr;  ///< Null: nobody wants to know what a crash was about.
    /// How often it looks whether runs that `after` waits for have ended, and after a failure.
    Millis look_interval = std::chrono::seconds(1);
  };

  explicit Scheduler(const Dependencies& dependencies) : deps_(dependencies) {}

  void Start();

  void Stop() { stopped_ = true; }

  /// The slots whose schedules are ours from now on. Those of others are let go of.
  void SetSlots(const SlotSet& slots);
  /// What is on from now on: schedules come, change and go accordingly. Nothing is done before the
  /// first call.
  void SetWorkflows(const std::vector<EnabledWorkflow>& workflows);
  /// An account came, went, or can or cannot work any more.
  void AccountChanged(AccountId id);
  /// Whether something of these slots' schedules is being stored.
  bool IsWriting(const SlotSet& slots) const;

 private:
  struct Entry {
    ports::Schedule schedule;  ///< As stored.
    SharedWorkflow workflow;   ///< Null until it is arranged.
    bool writing = false;
    bool rearrange = false;  ///< What it should be has changed while it was being stored.
  };

  using Entries = std::map<ports::ScheduleKey, Entry>;

  void Load(const std::vector<Slot>& slots);
  void OnLoaded(const std::vector<Slot>& slots, std::int64_t number,
                const ports::ScheduleStore::Contents& contents);
  void OnAccount(const ports::ScheduledAccount& account);
  void ReadAccount(AccountId id);

  void Arrange(const ports::ScheduledAccount& account);
  void Arrange(const ports::ScheduleKey& key, const EnabledWorkflow& wanted);
  void Store(const ports::ScheduleChange& change);
  void OnStored(const ports::ScheduleChange& change, const Status& stored);

  void RoundAt(WallTime when);
  void Round();
  void Fire(Entry& entry, WallTime now);
  void Create(Creation creation, const ports::ScheduleChange& change);
  void LookForEnds();
  void OnEnded(const ports::ScheduleKey& key, const ports::RunEnd& end);

  Dependencies deps_;
  bool started_ = false;
  bool stopped_ = false;
  bool looking_ = false;
  std::optional<WallTime> armed_;      ///< When the next round comes.
  std::optional<WallTime> looked_at_;  ///< When it last asked for ends of runs.
  SlotSet slots_;
  SlotSet loaded_;  ///< Those of them whose schedules are all here.
  std::int64_t loads_ = 0;
  std::map<Slot, std::int64_t>
      load_of_;  ///< The load that a slot waits for: an older one is stale.
  bool knows_workflows_ = false;
  std::vector<EnabledWorkflow> workflows_;  ///< Those with a timetable.
  std::map<AccountId, ports::ScheduledAccount> accounts_;
  Entries entries_;
};

}  // namespace sb::runtime
