#include "engine/runtime/commit_writer.h"

#include <algorithm>
#include <chrono>

#include "engine/base/encoding.h"
#include "engine/base/log.h"

namespace sb::runtime {
namespace {

// Beyond this a larger statement saves nothing and makes everybody else wait.
constexpr std::size_t kMostRunsPerCommit = 512;

template <typename Row>
void Append(std::vector<Row>& into, const std::vector<Row>& rows) {
  into.insert(into.end(), rows.begin(), rows.end());
}

ports::CommitBatch BatchOf(const std::vector<CommitUnit*>& units, ports::Random& random) {
  ports::CommitBatch batch;
  batch.commit_id = NewUuid(random);
  for (const CommitUnit* unit : units) {
    Append(batch.new_runs, unit->new_runs);
    Append(batch.journal, unit->journal);
    Append(batch.steps, unit->steps);
    Append(batch.handled, unit->handled);
    Append(batch.budgets, unit->budgets);
  }
  return batch;
}

std::vector<CommitUnit> OneUnit(CommitUnit unit) {
  std::vector<CommitUnit> units;
  units.push_back(std::move(unit));
  return units;
}

Error Stopping() {
  return Cancelled("ENGINE_STOPPING",
                   "the engine is stopping; the work goes on after its next start");
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
  {
    const std::lock_guard lock(pause_mutex_);
    stopping_ = true;
  }
  pause_.notify_all();
}

void CommitWriter::Drain() {
  writer_.Drain();
}

void CommitWriter::WriteGroup(std::vector<CommitUnit> group) {
  std::vector<CommitUnit*> units;
  units.reserve(group.size());
  for (CommitUnit& unit : group) units.push_back(&unit);
  const auto result = CommitUntilKnown(BatchOf(units, deps_.random));
  deps_.metrics.Count("switchboard_commits_total",
                      {{"result", result.ok() ? "written" : "refused"}});
  const bool conflict = !result.ok() && result.error().code == "RUN_SEQUENCE_CONFLICT";
  if (!conflict || group.size() == 1) return Answer(std::move(group), result);
  for (CommitUnit& unit : group) {
    const auto alone = CommitUntilKnown(BatchOf({&unit}, deps_.random));
    Answer(OneUnit(std::move(unit)), alone);
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

bool CommitWriter::PauseBeforeRetry(int failures) {
  const Millis pause(std::min(2000, 50 << std::min(failures, 6)));
  std::unique_lock lock(pause_mutex_);
  return !pause_.wait_for(lock, pause, [this] { return stopping_.load(); });
}

}  // namespace sb::runtime
