#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/base/ids.h"
#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/core/quota/limiter.h"
#include "engine/core/workflow/model.h"
#include "engine/ports/account_store.h"
#include "engine/ports/inbox_store.h"
#include "engine/ports/page.h"
#include "engine/ports/schedule_store.h"

namespace sb::ports {

/// Who may commit for its slots: checked, and locked, by the statement that writes.
struct WriterFence {
  InstanceId instance;
  int writer = 0;
  std::int64_t incarnation = 0;
};

enum class JournalKind : std::int16_t {
  kIntent = 1,
  kOutcome = 2,
  kTimer = 3,
  kSignal = 4,
  kDecision = 5,
  kSnapshot = 6  ///< The whole state: whoever reads the run begins at its newest one.
};

struct RunKey {
  Slot slot = 0;
  AccountId account;
  RunId run;

  auto operator<=>(const RunKey&) const = default;
};

struct JournalRow {
  RunKey key;
  int seq = 0;  ///< 1, 2, 3 ... without gaps within a run.
  JournalKind kind = JournalKind::kDecision;
  std::string task;  ///< The ref of the task that the first fact is about; may be empty.
  int attempt = 0;
  std::string op_key;  ///< Of an intent and of its outcome; else empty.
  Json facts;          ///< Array of facts, as core::workflow::ToJson writes them.
  WallTime at;
};

enum class StoredRunState : std::int16_t {
  kRunnable = 1,
  kTimer = 2,
  kWaitingEvent = 3,
  kParked = 4  ///< It waits for a person, or for its turn.
};

struct NewRun {
  RunKey key;
  WorkflowId workflow;
  std::string trigger_key;  ///< Raw SHA-256: a second run with the same account, workflow and key
                            ///< is not made. Empty: nothing is remembered of what started it.
  EventId event;            ///< What started it; none when a client did.
  core::quota::Lane lane = core::quota::Lane::kLive;
};

/// Where a run stands after this commit.
struct RunStep {
  RunKey key;
  int from_seq = 0;  ///< Highest journal seq before; 0 for a new run.
  int to_seq = 0;
  StoredRunState state = StoredRunState::kRunnable;
  std::optional<WallTime> wake_at;
  std::string status;     ///< "RUNNING", "PARKED", "SUCCEEDED", "FAILED", "CANCELLED"
  bool finished = false;  ///< Moves the run from `run` to `run_done`.
  std::string note;  ///< For people: the error or the reason of parking, shortened to 500 bytes.
};

struct HandledEvent {
  Slot slot = 0;
  EventId event;
};

/// What has been spent of a company's quota by the accounts of a slot.
struct BudgetRow {
  Slot slot = 0;
  CompanyId company;
  core::quota::BudgetRecord record;
};

/// A run's place among those of its workflow and account with the same key.
struct Turn {
  RunKey key;
  std::string line;  ///< Raw SHA-256 of the workflow's name and the key.
  int limit = 1;     ///< So many may be under way at once.
  core::workflow::Concurrency::Policy policy = core::workflow::Concurrency::Policy::kQueue;
  bool taken = false;  ///< It has begun.

  bool operator==(const Turn&) const = default;
};

struct TurnChange {
  Turn turn;
  bool ended = false;  ///< So has the run.
};

/// What is written in one statement, or not at all.
struct CommitBatch {
  std::string commit_id;  ///< A fresh UUID as text; the receipt that settles an in-doubt commit.
  std::vector<NewRun> new_runs;
  std::vector<JournalRow> journal;
  std::vector<RunStep> steps;
  std::vector<HandledEvent> handled;
  std::vector<BudgetRow> budgets;
  std::vector<ScheduleChange> schedules;  ///< Of several for one schedule the last one stands.
  std::vector<TurnChange> turns;          ///< Likewise. Those of rejected runs are not written.
  std::vector<InboxItem> events;          ///< As InboxStore::Append stores them.
};

struct CommitReceipt {
  std::vector<RunId>
      rejected;  ///< New runs whose trigger had fired before: nothing of them was stored.
};

/// A run as listed.
struct RunSummary {
  RunKey key;
  WorkflowId workflow;
  EventId event;
  std::string status;
  std::string note;
  int seq = 0;
  core::quota::Lane lane = core::quota::Lane::kLive;
  WallTime created_at;
  WallTime updated_at;
};

struct StoredRun {
  RunSummary summary;
  std::vector<JournalRow> journal;  ///< By seq; from the newest snapshot on, if there is one.
  int crashes = 0;                  ///< How often a process ended while it was deciding this run.
};

/// Which runs a list is of; as it is made: all.
struct RunFilter {
  Choice<AccountId> accounts;
  Choice<WorkflowId> workflows;
  Choice<std::string> statuses;
  Choice<EventId> events;               ///< None stands for "a client started it".
  TimeRange created;                    ///< To the millisecond.
  std::vector<std::string> note_words;  ///< All of them stand in the note, in any case.
};

/// Runs and their journal. Blocking; thread-safe.
class RunStore {
 public:
  virtual ~RunStore() = default;

  /// Writes the batch under the fence. kConflict WRITER_FENCED: another incarnation took over,
  /// nothing was written. kConflict RUN_SEQUENCE_CONFLICT: a run moved under us, nothing was
  /// written; an invariant is broken. kInDoubt DATABASE_IN_DOUBT: ask SettleCommit. kUnavailable
  /// DATABASE_UNAVAILABLE: nothing was written.
  virtual Result<CommitReceipt> Commit(const WriterFence& fence, const CommitBatch& batch) = 0;

  /// Settles an in-doubt commit: waits for the old backend, takes the fence anew, and says whether
  /// the batch is stored. Call until it succeeds; then use the returned incarnation.
  struct Settlement {
    bool committed = false;
    std::int64_t incarnation = 0;
    CommitReceipt receipt;  ///< Of a committed batch: which of its new runs had been rejected.
  };

  virtual Result<Settlement> SettleCommit(const WriterFence& fence, const CommitBatch& batch) = 0;

  /// Unfinished runs of these slots with their journals, by run id, after `after`.
  virtual Result<std::vector<StoredRun>> LoadLive(const std::vector<Slot>& slots, RunId after,
                                                  int limit) = 0;
  /// Those of them that must be in memory: all that do not merely wait for an instant after
  /// `until`, for a person or for their turn.
  virtual Result<std::vector<StoredRun>> LoadDue(const std::vector<Slot>& slots, WallTime until,
                                                 RunId after, int limit) = 0;
  /// Runs of these slots whose instant comes by `until`, by run id, after `after`.
  virtual Result<std::vector<RunId>> FindDue(const std::vector<Slot>& slots, WallTime until,
                                             RunId after, int limit) = 0;
  /// Those of these runs that are live, by run id.
  virtual Result<std::vector<StoredRun>> LoadThese(const std::vector<RunId>& ids) = 0;
  /// The places of the live runs of these slots, by run id.
  virtual Result<std::vector<Turn>> LoadTurns(const std::vector<Slot>& slots) = 0;
  /// A process ended while it was deciding this run. A run that is not live is left alone.
  virtual Status CountCrash(RunId id) = 0;
  /// Somebody has looked: the count begins anew.
  virtual Status ForgetCrashes(RunId id) = 0;
  /// Live or done. kNotFound RUN_NOT_FOUND.
  virtual Result<StoredRun> Get(RunId id) = 0;
  virtual Result<Page<RunSummary>> List(const RunFilter& filter, const PageRequest& page) = 0;
  /// The run that this trigger started, live or done. kNotFound RUN_NOT_FOUND.
  virtual Result<RunId> FindByTrigger(Slot slot, AccountId account, WorkflowId workflow,
                                      const std::string& trigger_key) = 0;
  /// Nothing when the company has none yet.
  virtual Result<std::optional<core::quota::BudgetRecord>> LoadBudget(Slot slot,
                                                                      CompanyId company) = 0;
};

}  // namespace sb::ports
