#pragma once

#include "engine/adapters/postgres/database.h"
#include "engine/ports/run_store.h"

namespace sb::adapters::postgres {

/// Runs and their journal: eng.run, eng.run_done, eng.run_trigger, eng.journal, eng.budget. A batch
/// may hold several steps of one run, each from where the one before ended, and several budgets of
/// one account: the last counts.
class PostgresRunStore : public ports::RunStore {
 public:
  explicit PostgresRunStore(Database& database) : database_(database) {}

  Result<ports::CommitReceipt> Commit(const ports::WriterFence& fence,
                                      const ports::CommitBatch& batch) override;
  /// Also kConflict WRITER_FENCED, when another incarnation took over meanwhile.
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
  Database& database_;
};

}  // namespace sb::adapters::postgres
