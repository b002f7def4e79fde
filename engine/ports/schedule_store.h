#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/base/time.h"

namespace sb::ports {

/// A workflow of an account that runs by itself, whatever its version.
struct ScheduleKey {
  Slot slot = 0;
  AccountId account;
  std::string workspace;
  std::string name;

  auto operator<=>(const ScheduleKey&) const = default;
};

/// Where its timetable stands.
struct Schedule {
  ScheduleKey key;
  WorkflowId workflow;  ///< The version whose runs it starts.
  std::string plan;     ///< The timetable, as core::schedule::PlanOf tells it.
  std::optional<WallTime>
      due;  ///< None: it waits for the end of `awaited`, or will never be due again.
  std::optional<WallTime> last;  ///< When it was last due or, of `after`, its last run ended.
  RunId awaited;                 ///< The run with whose end `after` begins to count.
  int crashes = 0;               ///< How often a process ended while it started its run.

  bool operator==(const Schedule&) const = default;
};

/// A schedule as it is to stand; it is written by the owner of its slot, in the commit of the run
/// that it starts (CommitBatch).
struct ScheduleChange {
  Schedule schedule;
  bool removed = false;
};

/// What a schedule needs to know of an account.
struct ScheduledAccount {
  AccountId id;
  Slot slot = 0;
  bool connected = false;
  bool active = false;  ///< Its runs can do their work.
  int revision = 0;     ///< Of the account; the higher one is newer.
};

/// A run, and when it ended; nothing while it is live. What is not known any more ended now.
struct RunEnd {
  RunId run;
  std::optional<WallTime> ended_at;
};

/// When a workflow starts its next run by itself.
struct NextStart {
  WorkflowId workflow;
  WallTime due;
};

/// Schedules as they are stored. Blocking; thread-safe; fails with kUnavailable
/// DATABASE_UNAVAILABLE.
class ScheduleStore {
 public:
  virtual ~ScheduleStore() = default;

  struct Contents {
    std::vector<Schedule> schedules;
    std::vector<ScheduledAccount> accounts;
  };

  /// What there is in these slots.
  virtual Result<Contents> Load(const std::vector<Slot>& slots) = 0;
  /// A process ended while it made a run of this workflow version by the clock, in this slot.
  virtual Status CountCrash(Slot slot, WorkflowId workflow) = 0;
  /// In the same order.
  virtual Result<std::vector<RunEnd>> EndsOf(const std::vector<RunId>& runs, WallTime now) = 0;
  /// The earliest start of each of these workflow versions that has one, over the accounts of this
  /// tenant; empty: of all.
  virtual Result<std::vector<NextStart>> NextStarts(const std::vector<WorkflowId>& workflows,
                                                    const std::string& tenant) = 0;
};

}  // namespace sb::ports
