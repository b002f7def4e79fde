#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "engine/base/metrics.h"
#include "engine/ports/clock.h"
#include "engine/ports/executor.h"
#include "engine/ports/random.h"
#include "engine/ports/run_store.h"
#include "engine/runtime/group_writer.h"

namespace sb::runtime {

/// What one decision wants stored. All of a unit is written, or nothing.
struct CommitUnit {
  std::vector<ports::NewRun> new_runs;
  std::vector<ports::JournalRow> journal;
  std::vector<ports::RunStep> steps;
  std::vector<ports::HandledEvent> handled;
  std::vector<ports::BudgetRow> budgets;
  std::vector<ports::ScheduleChange> schedules;
  std::vector<ports::TurnChange> turns;
  std::vector<ports::InboxItem> events;
  /// Told on the engine's thread, in the order in which units were given. Fails with kConflict
  /// WRITER_FENCED, kConflict RUN_SEQUENCE_CONFLICT or kCancelled ENGINE_STOPPING; everything else
  /// is dealt with here.
  std::function<void(Result<ports::CommitReceipt>)> done;
};

/// The one road into the journal: writes the units of all runs of this instance in fenced groups.
///
/// A database that is away is waited for; a commit whose answer was lost is settled before anything
/// else is written; a group that hits a sequence conflict is written again unit by unit, so that
/// only the run at fault suffers. `Write` is thread-safe.
class CommitWriter {
 public:
  struct Dependencies {
    ports::RunStore& runs;
    ports::Executor& pool;  ///< Blocking work.
    ports::Executor& home;  ///< The engine's thread.
    const ports::Clock& clock;
    ports::Random& random;
    Metrics& metrics;
    std::function<void()>
        fenced;  ///< Told once, on the pool, when another incarnation has taken over.
    /// Whether this instance may still begin a commit; while it may not, what is to be written
    /// waits. Empty: always.
    std::function<bool()> may_commit = {};
  };

  explicit CommitWriter(Dependencies dependencies);

  /// The fence to write under; before the first Write.
  void SetFence(const ports::WriterFence& fence);
  void Write(CommitUnit unit);
  /// Gives up on a database that is away: what waits is answered with ENGINE_STOPPING. What was
  /// written stays.
  void Stop();
  /// Returns once nothing waits.
  void Drain();

 private:
  void WriteGroup(std::vector<CommitUnit> group);
  Result<ports::CommitReceipt> CommitUntilKnown(const ports::CommitBatch& batch);
  Result<ports::CommitReceipt> Settle(const ports::CommitBatch& batch);
  void Answer(std::vector<CommitUnit> units, const Result<ports::CommitReceipt>& result);
  void OnFenced();
  bool PauseBeforeRetry(int failures);

  Dependencies deps_;
  ports::WriterFence fence_;  // used on the pool, one group at a time
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> fenced_ = false;
  GroupWriter<CommitUnit> writer_;  // last: its destructor drains through the members above
};

/// A random (version 4) UUID as text.
std::string NewUuid(ports::Random& random);

}  // namespace sb::runtime
