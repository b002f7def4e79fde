#include "engine/runtime/commit_writer.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>

#include "engine/base/encoding.h"
#include "engine/base/log.h"
#include "engine/runtime/not_done.h"

namespace sb::runtime {
namespace {

// Beyond this a larger statement saves nothing and makes everybody else wait.
constexpr std::size_t kMostRunsPerCommit = 512;

/// Moves rows into a batch. What is left of them keeps their number, for TakeBack.
template <typename Row>
void Lend(std::vector<Row>& rows, std::vector<Row>& batch) {
  batch.insert(batch.end(), std::make_move_iterator(rows.begin()),
               std::make_move_iterator(rows.end()));
}

template <typename Row>
void TakeBack(std::vector<CommitUnit>& units, std::vector<Row> CommitUnit::*rows,
              std::vector<Row>& batch) {
  auto next = batch.begin();
  for (CommitUnit& unit : units) {
    for (Row& row : unit.*rows) row = std::move(*next++);
  }
}

/// The units' rows as one batch; the units are empty until they take them back.
ports::CommitBatch BatchOf(std::vector<CommitUnit>& units, ports::Random& random) {
  ports::CommitBatch batch;
  batch.commit_id = NewUuid(random);
  for (CommitUnit& unit : units) {
    Lend(unit.new_runs, batch.new_runs);
    Lend(unit.journal, batch.journal);
    Lend(unit.steps, batch.steps);
    Lend(unit.handled, batch.handled);
    Lend(unit.budgets, batch.budgets);
    Lend(unit.schedules, batch.schedules);
    Lend(unit.turns, batch.turns);
    Lend(unit.events, batch.events);
  }
  return batch;
}

void TakeBack(std::vector<CommitUnit>& units, ports::CommitBatch batch) {
  TakeBack(units, &CommitUnit::new_runs, batch.new_runs);
  TakeBack(units, &CommitUnit::journal, batch.journal);
  TakeBack(units, &CommitUnit::steps, batch.steps);
  TakeBack(units, &CommitUnit::handled, batch.handled);
  TakeBack(units, &CommitUnit::budgets, batch.budgets);
  TakeBack(units, &CommitUnit::schedules, batch.schedules);
  TakeBack(units, &CommitUnit::turns, batch.turns);
  TakeBack(units, &CommitUnit::events, batch.events);
}

std::vector<CommitUnit> OneUnit(CommitUnit unit) {
  std::vector<CommitUnit> units;
  units.push_back(std::move(unit));
  return units;
}

}  // namespace

std::string NewUuid(ports::Random& random) {
  std::string bytes = random.Bytes(16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);
  const std::string hex = ToHex(bytes);
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
         hex.substr(16, 4) + "-" + hex.substr(20);
}

CommitWriter::CommitWriter(Dependencies dependencies)
    : deps_(std::move(dependencies)),
      writer_(
          deps_.home, deps_.pool,
          [this](std::vector<CommitUnit> group) { WriteGroup(std::move(group)); },
          kMostRunsPerCommit,
          [](const CommitUnit& unit) { return std::max<std::size_t>(1, unit.new_runs.size()); }) {}

void CommitWriter::SetFence(const ports::WriterFence& fence) {
  fence_ = fence;
}

void CommitWriter::Write(CommitUnit unit) {
  if (stopping_) return Answer(OneUnit(std::move(unit)), Stopping());
  writer_.Add(std::move(unit));
}

void CommitWriter::Stop() {
  stopping_ = true;
}

void CommitWriter::Drain() {
  writer_.Drain();
}

void CommitWriter::WriteGroup(std::vector<CommitUnit> group) {
  ports::CommitBatch batch = BatchOf(group, deps_.random);
  const auto result = CommitUntilKnown(batch);
  deps_.metrics.Count("switchboard_commits_total",
                      {{"result", result.ok() ? "written" : "refused"}});
  const bool conflict = !result.ok() && result.error().code == "RUN_SEQUENCE_CONFLICT";
  if (!conflict || group.size() == 1) return Answer(std::move(group), result);
  TakeBack(group, std::move(batch));
  for (CommitUnit& unit : group) {
    std::vector<CommitUnit> alone = OneUnit(std::move(unit));
    const auto own_result = CommitUntilKnown(BatchOf(alone, deps_.random));
    Answer(std::move(alone), own_result);
  }
}

Result<ports::CommitReceipt> CommitWriter::CommitUntilKnown(const ports::CommitBatch& batch) {
  for (int failures = 0;; ++failures) {
    if (fenced_)
      return Conflict("WRITER_FENCED", "another instance has taken over this one's work");
    if (deps_.may_commit && !deps_.may_commit()) {
      if (!PauseBeforeRetry(failures)) return Stopping();
      continue;
    }
    auto result = deps_.runs.Commit(fence_, batch);
    if (!result.ok() && result.error().kind == ErrorKind::kInDoubt) result = Settle(batch);
    if (result.ok()) return result;
    if (result.error().code == "WRITER_FENCED") OnFenced();
    if (result.error().kind == ErrorKind::kConflict ||
        result.error().kind == ErrorKind::kCancelled) {
      return result;
    }
    Log::Warn("commit.waiting", {{"code", result.error().code}, {"failures", failures + 1}});
    if (!PauseBeforeRetry(failures)) return Stopping();
  }
}

// After this either the batch is known to be stored, or it is known not to be and may be written
// again (kUnavailable). The receipt of a settled commit names the rejected runs too, see
// RunStore::Settlement.
Result<ports::CommitReceipt> CommitWriter::Settle(const ports::CommitBatch& batch) {
  for (int failures = 0;; ++failures) {
    const auto settled = deps_.runs.SettleCommit(fence_, batch);
    if (settled.ok()) {
      fence_.incarnation = settled->incarnation;
      Log::Info("commit.settled", {{"committed", settled->committed}});
      if (settled->committed) return settled->receipt;
      return Unavailable("DATABASE_UNAVAILABLE", "the commit did not happen");
    }
    if (settled.error().kind == ErrorKind::kConflict) return settled.error();
    if (!PauseBeforeRetry(failures)) return Stopping();
  }
}

// In one task: one for each would wake the engine's thread as often, and what they want stored next
// would not meet in one group.
void CommitWriter::Answer(std::vector<CommitUnit> units,
                          const Result<ports::CommitReceipt>& result) {
  auto answered = std::make_shared<std::vector<CommitUnit>>(
      std::move(units));  // shared: tasks must be copyable
  deps_.home.Post([answered, result] {
    for (const CommitUnit& unit : *answered) {
      if (unit.done) unit.done(result);
    }
  });
}

void CommitWriter::OnFenced() {
  if (fenced_.exchange(true)) return;
  Log::Error("engine.fenced", {{"incarnation", fence_.incarnation}});
  if (deps_.fenced) deps_.fenced();
}

// In short pieces: a stop does not wait for the whole of it.
bool CommitWriter::PauseBeforeRetry(int failures) {
  constexpr Millis kPiece(50);
  const int pieces = std::min(40, 1 << std::min(failures, 6));
  for (int i = 0; i < pieces && !stopping_; ++i) deps_.pool.Pause(kPiece);
  return !stopping_;
}

}  // namespace sb::runtime
