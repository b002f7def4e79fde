#pragma once

#include <deque>
#include <optional>

#include "engine/ports/run_store.h"
#include "tests/support/memory_database.h"

namespace sb::testing {

/// Runs in memory, with failures on order.
class MemoryRunStore : public ports::RunStore {
 public:
  explicit MemoryRunStore(MemoryDatabase& database) : database_(database) {}

  /// The next commit fails with `error` and writes nothing. Orders queue up.
  void FailNext(Error error);
  /// The next commit answers kInDoubt DATABASE_IN_DOUBT; `stored` says what became of it.
  void LoseNextAnswer(bool stored);
  /// The next SettleCommit fails with `error` and changes nothing.
  void FailNextSettle(Error error);

  int commit_count() const;  ///< Commits that were stored.

  Result<ports::CommitReceipt> Commit(const ports::WriterFence& fence,
                                      const ports::CommitBatch& batch) override;
  Result<Settlement> SettleCommit(const ports::WriterFence& fence,
                                  const ports::CommitBatch& batch) override;
  Result<std::vector<ports::StoredRun>> LoadLive(const std::vector<Slot>& slots, RunId after,
                                                 int limit) override;
  Result<std::vector<ports::StoredRun>> LoadDue(const std::vector<Slot>& slots, WallTime until,
                                                RunId after, int limit) override;
  Result<std::vector<RunId>> FindDue(const std::vector<Slot>& slots, WallTime until, RunId after,
                                     int limit) override;
  Result<std::vector<ports::StoredRun>> LoadThese(const std::vector<RunId>& ids) override;
  Result<std::vector<ports::Turn>> LoadTurns(const std::vector<Slot>& slots) override;
  Status CountCrash(RunId id) override;
  Status ForgetCrashes(RunId id) override;
  Result<ports::StoredRun> Get(RunId id) override;
  Result<ports::Page<ports::RunSummary>> List(const ports::RunFilter& filter,
                                              const ports::PageRequest& page) override;
  Result<RunId> FindByTrigger(Slot slot, AccountId account, WorkflowId workflow,
                              const std::string& trigger_key) override;
  Result<std::optional<core::quota::BudgetRecord>> LoadBudget(Slot slot,
                                                              ports::CompanyId company) override;

 private:
  struct Failure {
    Error error;
    bool stored = false;
  };

  Result<ports::CommitReceipt> Store(const ports::WriterFence& fence,
                                     const ports::CommitBatch& batch);

  MemoryDatabase& database_;
  std::deque<Failure> failures_;
  std::deque<Error> settle_failures_;
  int commit_count_ = 0;
};

}  // namespace sb::testing
