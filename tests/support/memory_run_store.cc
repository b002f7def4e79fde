#include "tests/support/memory_run_store.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/base/text.h"
#include "tests/support/memory_inbox_store.h"
#include "tests/support/memory_pages.h"

namespace sb::testing {
namespace {

Error Fenced() {
  return Conflict("WRITER_FENCED", "another incarnation of this instance took over");
}

Error SequenceConflict() {
  return Conflict("RUN_SEQUENCE_CONFLICT", "a run is not where this commit believed it to be");
}

MemoryDatabase::TriggerKey TriggerOf(const ports::NewRun& run) {
  return {run.key.slot, run.key.account, run.workflow, run.trigger_key};
}

/// As it is read: from the newest snapshot on.
ports::StoredRun FromSnapshot(ports::StoredRun run) {
  const auto newest = std::ranges::find_if(
      run.journal.rbegin(), run.journal.rend(),
      [](const auto& row) { return row.kind == ports::JournalKind::kSnapshot; });
  if (newest != run.journal.rend())
    run.journal.erase(run.journal.begin(), std::prev(newest.base()));
  return run;
}

/// A commit on copies of the runs it touches: whoever fails leaves nothing behind.
class Transaction {
 public:
  explicit Transaction(const MemoryDatabase& database) : database_(database) {}

  Status AddRuns(const std::vector<ports::NewRun>& new_runs) {
    for (const ports::NewRun& run : new_runs) {
      if (Find(run.key.run) != nullptr) return SequenceConflict();
      const RunId first = run.trigger_key.empty() ? RunId() : FirstOf(TriggerOf(run));
      if (!first.IsNone()) {
        receipt_.rejected.push_back(run.key.run);
        continue;
      }
      if (!run.trigger_key.empty()) triggers_[TriggerOf(run)] = run.key.run;
      runs_[run.key.run] = {{Summarise(run), {}}, false};
    }
    return {};
  }

  Status AddJournal(const std::vector<ports::JournalRow>& journal) {
    for (const ports::JournalRow& row : journal) {
      if (IsRejected(row.key.run)) continue;
      MemoryDatabase::Run* run = Find(row.key.run);
      if (run == nullptr) return SequenceConflict();
      std::vector<ports::JournalRow>& rows = run->stored.journal;
      const auto place = std::lower_bound(rows.begin(), rows.end(), row.seq,
                                          [](const auto& a, int seq) { return a.seq < seq; });
      if (place != rows.end() && place->seq == row.seq) return SequenceConflict();
      rows.insert(place, row);
      ports::RunSummary& summary = run->stored.summary;
      summary.updated_at = std::max(summary.updated_at, row.at);
    }
    return {};
  }

  Status TakeSteps(const std::vector<ports::RunStep>& steps) {
    for (const ports::RunStep& step : steps) {
      if (IsRejected(step.key.run)) continue;
      MemoryDatabase::Run* run = Find(step.key.run);
      if (run == nullptr || run->finished) return SequenceConflict();
      ports::RunSummary& summary = run->stored.summary;
      if (summary.seq != step.from_seq) return SequenceConflict();
      summary.seq = step.to_seq;
      summary.status = step.status;
      summary.note = step.note;
      run->state = step.state;
      run->wake_at = step.wake_at;
      run->finished = step.finished;
    }
    return {};
  }

  void Publish(MemoryDatabase& database) {
    for (auto& [id, run] : runs_) database.runs[id] = std::move(run);
    database.triggers.merge(triggers_);
  }

  const ports::CommitReceipt& receipt() const { return receipt_; }

 private:
  static ports::RunSummary Summarise(const ports::NewRun& run) {
    ports::RunSummary summary;
    summary.key = run.key;
    summary.workflow = run.workflow;
    summary.event = run.event;
    summary.status = "RUNNING";
    summary.lane = run.lane;
    summary.created_at = TimeOfIdNumber(run.key.run.number());
    summary.updated_at = summary.created_at;
    return summary;
  }

  RunId FirstOf(const MemoryDatabase::TriggerKey& key) const {
    const auto ours = triggers_.find(key);
    if (ours != triggers_.end()) return ours->second;
    const auto stored = database_.triggers.find(key);
    return stored == database_.triggers.end() ? RunId() : stored->second;
  }

  /// Our copy of a run; null when there is no such run.
  MemoryDatabase::Run* Find(RunId id) {
    const auto ours = runs_.find(id);
    if (ours != runs_.end()) return &ours->second;
    const auto stored = database_.runs.find(id);
    return stored == database_.runs.end() ? nullptr : &runs_.emplace(*stored).first->second;
  }

  bool IsRejected(RunId run) const {
    return std::find(receipt_.rejected.begin(), receipt_.rejected.end(), run) !=
           receipt_.rejected.end();
  }

  const MemoryDatabase& database_;
  std::map<RunId, MemoryDatabase::Run> runs_;
  std::map<MemoryDatabase::TriggerKey, RunId> triggers_;
  ports::CommitReceipt receipt_;
};

}  // namespace

void MemoryRunStore::FailNext(Error error) {
  const std::lock_guard lock(database_.mutex);
  failures_.push_back({std::move(error), false});
}

void MemoryRunStore::LoseNextAnswer(bool stored) {
  const std::lock_guard lock(database_.mutex);
  failures_.push_back(
      {InDoubt("DATABASE_IN_DOUBT", "the connection to the database was lost during run.commit"),
       stored});
}

void MemoryRunStore::FailNextSettle(Error error) {
  const std::lock_guard lock(database_.mutex);
  settle_failures_.push_back(std::move(error));
}

int MemoryRunStore::commit_count() const {
  const std::lock_guard lock(database_.mutex);
  return commit_count_;
}

Result<ports::CommitReceipt> MemoryRunStore::Commit(const ports::WriterFence& fence,
                                                    const ports::CommitBatch& batch) {
  const std::lock_guard lock(database_.mutex);
  if (failures_.empty()) return Store(fence, batch);
  const Failure failure = std::move(failures_.front());
  failures_.pop_front();
  if (failure.stored) {
    const auto receipt = Store(fence, batch);
    if (!receipt.ok()) return receipt.error();  // what would have been refused leaves no doubt
  }
  return failure.error;
}

Result<ports::CommitReceipt> MemoryRunStore::Store(const ports::WriterFence& fence,
                                                   const ports::CommitBatch& batch) {
  const auto writer = database_.writers.find({fence.instance, fence.writer});
  if (writer == database_.writers.end() || writer->second.incarnation != fence.incarnation)
    return Fenced();
  Transaction transaction(database_);
  for (const Status& done :
       {transaction.AddRuns(batch.new_runs), transaction.AddJournal(batch.journal),
        transaction.TakeSteps(batch.steps)}) {
    if (!done.ok()) return done.error();
  }
  transaction.Publish(database_);
  ++database_.commits;
  for (const ports::JournalRow& row : batch.journal) {
    if (std::ranges::count(transaction.receipt().rejected, row.key.run) == 0)
      database_.journal_feed[{database_.commits, row.key.run.number(), row.seq}] = row;
  }
  for (const ports::HandledEvent& event : batch.handled)
    database_.pending.erase({event.slot, event.event});
  for (const ports::BudgetRow& row : batch.budgets)
    database_.budgets[{row.slot, row.company}] = row.record;
  for (const ports::ScheduleChange& change : batch.schedules) {
    database_.schedules.erase(change.schedule.key);
    if (!change.removed) database_.schedules[change.schedule.key] = change.schedule;
  }
  for (const ports::TurnChange& change : batch.turns) {
    database_.turns.erase(change.turn.key);
    if (!change.ended && database_.runs.contains(change.turn.key.run))
      database_.turns[change.turn.key] = change.turn;
  }
  AppendEvents(batch.events, database_);
  writer->second.last_commit = batch.commit_id;
  ++commit_count_;
  return transaction.receipt();
}

Result<ports::RunStore::Settlement> MemoryRunStore::SettleCommit(const ports::WriterFence& fence,
                                                                 const ports::CommitBatch& batch) {
  const std::lock_guard lock(database_.mutex);
  if (!settle_failures_.empty()) {
    Error error = std::move(settle_failures_.front());
    settle_failures_.pop_front();
    return error;
  }
  const auto instance = database_.instances.find(fence.instance);
  const auto writer = database_.writers.find({fence.instance, fence.writer});
  const bool holds_pen = instance != database_.instances.end() && instance->second.live &&
                         instance->second.incarnation <= fence.incarnation &&
                         writer != database_.writers.end() &&
                         writer->second.incarnation >= fence.incarnation;
  if (!holds_pen) return Fenced();
  Settlement settlement;
  settlement.incarnation = ++writer->second.incarnation;
  settlement.committed = writer->second.last_commit == batch.commit_id;
  for (const ports::NewRun& run : batch.new_runs) {
    const auto fired = database_.triggers.find(TriggerOf(run));
    if (settlement.committed && fired != database_.triggers.end() && fired->second != run.key.run) {
      settlement.receipt.rejected.push_back(run.key.run);
    }
  }
  return settlement;
}

Result<std::vector<ports::StoredRun>> MemoryRunStore::LoadLive(const std::vector<Slot>& slots,
                                                               RunId after, int limit) {
  const std::lock_guard lock(database_.mutex);
  std::vector<ports::StoredRun> live;
  for (auto run = database_.runs.upper_bound(after); run != database_.runs.end(); ++run) {
    if (live.size() == static_cast<std::size_t>(limit)) break;
    const bool mine =
        std::find(slots.begin(), slots.end(), run->second.stored.summary.key.slot) != slots.end();
    if (mine && !run->second.finished) live.push_back(FromSnapshot(run->second.stored));
  }
  return live;
}

Result<std::vector<ports::StoredRun>> MemoryRunStore::LoadDue(const std::vector<Slot>& slots,
                                                              WallTime until, RunId after,
                                                              int limit) {
  const auto must_be_in_memory = [until](const MemoryDatabase::Run& run) {
    return run.state == ports::StoredRunState::kWaitingEvent ||
           (run.state != ports::StoredRunState::kParked && (!run.wake_at || *run.wake_at <= until));
  };
  const std::lock_guard lock(database_.mutex);
  std::vector<ports::StoredRun> due;
  for (const auto& [id, run] : database_.runs) {
    if (due.size() == static_cast<std::size_t>(limit)) break;
    const bool mine = std::ranges::count(slots, run.stored.summary.key.slot) > 0;
    if (id > after && mine && !run.finished && must_be_in_memory(run))
      due.push_back(FromSnapshot(run.stored));
  }
  return due;
}

Result<std::vector<RunId>> MemoryRunStore::FindDue(const std::vector<Slot>& slots, WallTime until,
                                                   RunId after, int limit) {
  const std::lock_guard lock(database_.mutex);
  std::vector<RunId> due;
  for (const auto& [id, run] : database_.runs) {
    if (due.size() == static_cast<std::size_t>(limit)) break;
    const bool mine = std::ranges::count(slots, run.stored.summary.key.slot) > 0;
    const bool waits =
        run.state == ports::StoredRunState::kRunnable || run.state == ports::StoredRunState::kTimer;
    const bool comes = run.wake_at && *run.wake_at <= until;
    if (id > after && mine && !run.finished && waits && comes) due.push_back(id);
  }
  return due;
}

Result<std::vector<ports::StoredRun>> MemoryRunStore::LoadThese(const std::vector<RunId>& ids) {
  const std::lock_guard lock(database_.mutex);
  std::vector<ports::StoredRun> live;
  for (const auto& [id, run] : database_.runs) {
    if (!run.finished && std::ranges::count(ids, id) > 0) live.push_back(FromSnapshot(run.stored));
  }
  return live;
}

Result<std::vector<ports::Turn>> MemoryRunStore::LoadTurns(const std::vector<Slot>& slots) {
  const std::lock_guard lock(database_.mutex);
  std::vector<ports::Turn> turns;
  for (const auto& [key, turn] : database_.turns) {
    if (std::ranges::count(slots, key.slot) > 0) turns.push_back(turn);
  }
  std::ranges::sort(turns, {}, [](const ports::Turn& turn) { return turn.key.run; });
  return turns;
}

Status MemoryRunStore::CountCrash(RunId id) {
  const std::lock_guard lock(database_.mutex);
  const auto found = database_.runs.find(id);
  if (found != database_.runs.end() && !found->second.finished) ++found->second.stored.crashes;
  return {};
}

Status MemoryRunStore::ForgetCrashes(RunId id) {
  const std::lock_guard lock(database_.mutex);
  const auto found = database_.runs.find(id);
  if (found != database_.runs.end()) found->second.stored.crashes = 0;
  return {};
}

Result<ports::StoredRun> MemoryRunStore::Get(RunId id) {
  const std::lock_guard lock(database_.mutex);
  const auto found = database_.runs.find(id);
  if (found == database_.runs.end()) return NotFound("RUN_NOT_FOUND", "there is no such run");
  return FromSnapshot(found->second.stored);
}

Result<ports::Page<ports::RunSummary>> MemoryRunStore::List(const ports::RunFilter& filter,
                                                            const ports::PageRequest& page) {
  const std::lock_guard lock(database_.mutex);
  const auto matches = [&](const MemoryDatabase::Run& run) {
    const ports::RunSummary& summary = run.stored.summary;
    return filter.accounts.Includes(summary.key.account) &&
           filter.workflows.Includes(summary.workflow) &&
           filter.statuses.Includes(summary.status) && filter.events.Includes(summary.event) &&
           filter.created.Includes(summary.created_at) &&
           std::ranges::all_of(filter.note_words, [&](const std::string& word) {
             return Lower(summary.note).find(Lower(word)) != std::string::npos;
           });
  };
  return PageOf<ports::RunSummary>(
      database_.runs, page, matches,
      [](const MemoryDatabase::Run& run) { return run.stored.summary; });
}

Result<RunId> MemoryRunStore::FindByTrigger(Slot slot, AccountId account, WorkflowId workflow,
                                            const std::string& trigger_key) {
  const std::lock_guard lock(database_.mutex);
  const auto found = database_.triggers.find({slot, account, workflow, trigger_key});
  if (found == database_.triggers.end()) {
    return NotFound("RUN_NOT_FOUND", "no run was started by this trigger");
  }
  return found->second;
}

Result<std::optional<core::quota::BudgetRecord>> MemoryRunStore::LoadBudget(
    Slot slot, ports::CompanyId company) {
  const std::lock_guard lock(database_.mutex);
  const auto found = database_.budgets.find({slot, company});
  return found == database_.budgets.end() ? std::optional<core::quota::BudgetRecord>()
                                          : std::optional(found->second);
}

}  // namespace sb::testing
