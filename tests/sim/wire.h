#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/sim/process.h"
#include "tests/sim/timeline.h"
#include "tests/support/memory_account_store.h"
#include "tests/support/memory_command_store.h"
#include "tests/support/memory_database.h"
#include "tests/support/memory_inbox_store.h"
#include "tests/support/memory_ownership_store.h"
#include "tests/support/memory_run_store.h"
#include "tests/support/memory_schedule_store.h"
#include "tests/support/memory_secret_store.h"
#include "tests/support/memory_workflow_store.h"

namespace sb::sim {

/// A mistake that engines like this one are known to have made. A history with one of them must
/// break an invariant: that is how we know that the invariants see anything.
enum class Flaw {
  kNone,
  kCommitsUnfenced,         ///< A commit does not look whether its writer was fenced.
  kFenceCheckedBeforehand,  ///< It looks, and writes a while later.
  kEventsByCursor,          ///< Pending events are read past the newest seen, not by state.
  kAnswersBeforeStoring,    ///< A webhook is answered with 200 before its event is stored.
  kDuplicatesTaken,         ///< Equal deliveries are not recognised.
  kRequestIdsIgnored,       ///< A start that is repeated starts another run.
  kDoubtTakenForSuccess,    ///< A commit without an answer counts as stored.
  kWritesRepeatedBlindly,   ///< A request without an answer counts as never sent.
  kQuotaCountedPerProcess,  ///< What was spent is forgotten with the process.
  kSlotsGivenBackEarly,     ///< Slots are given to others before their work has ended.
  kTurnsNotKept,            ///< Who has a turn is forgotten with the process.
  kQuotaCountedPerAccount,  ///< Two accounts of one company are not known to be that.
};

/// The database that all processes of a history share, and what is wrong with it just now.
struct SharedDatabase {
  explicit SharedDatabase(Timeline& timeline)
      : ownership(tables, timeline.clock()),
        inbox(tables),
        runs(tables),
        commands(tables),
        schedules(tables, accounts) {}

  testing::MemoryDatabase tables;
  testing::MemoryOwnershipStore ownership;
  testing::MemoryAccountStore accounts;
  testing::MemorySecretStore secrets;
  testing::MemoryWorkflowStore workflows;
  testing::MemoryInboxStore inbox;
  testing::MemoryRunStore runs;
  testing::MemoryCommandStore commands;
  testing::MemoryScheduleStore schedules;

  WallTime away_until;
  int slow_percent = 0;   ///< Statements that take up to two seconds before they happen.
  int doubt_percent = 0;  ///< Writes whose answer is lost, whether they happened or not.
  bool catches_a_writer =
      false;  ///< The next process that commits freezes with its commit under way.
  Flaw flaw = Flaw::kNone;
  std::vector<std::string> violations;  ///< Seen at the moment of a commit.
};

/// One process's connections to the database: late, broken, or cut off with the process.
class Wire {
 public:
  Wire(Timeline& timeline, Life& life, SharedDatabase& database)
      : timeline_(timeline), life_(life), database_(database) {}

  SharedDatabase& database() { return database_; }

  Timeline& timeline() { return timeline_; }

  const Life& life() const { return life_; }

  template <typename Statement>
  auto Read(Statement statement) -> decltype(statement()) {
    if (const Status reached = Reach(); !reached.ok()) return reached.error();
    auto answer = statement();
    WaitUntilAwake(timeline_, life_);
    if (life_.dead) return Gone();
    return answer;
  }

  template <typename Statement>
  auto Write(Statement statement) -> decltype(statement()) {
    if (const Status reached = Reach(); !reached.ok()) return reached.error();
    const bool in_doubt = timeline_.Chance(database_.doubt_percent);
    if (in_doubt && timeline_.Chance(50)) return Doubt();
    auto answer = statement();
    WaitUntilAwake(timeline_, life_);
    if (in_doubt) return Doubt();
    if (life_.dead) return Gone();
    return answer;
  }

  /// On the way of a commit: where a freeze does the most harm.
  void MayFreeze();

  static Error Gone() { return Cancelled("PROCESS_DEAD", "nobody is there any more"); }

 private:
  static Error Doubt() { return InDoubt("DATABASE_IN_DOUBT", "the connection broke"); }

  /// What has left arrives, even if the process dies meanwhile.
  Status Reach();

  Timeline& timeline_;
  Life& life_;
  SharedDatabase& database_;
};

// The stores of one process, each statement over its wire.

class WiredOwnership : public ports::OwnershipStore {
 public:
  explicit WiredOwnership(Wire& wire) : wire_(wire), store_(wire.database().ownership) {}

  Result<ports::Registration> Register(InstanceId instance, int writers, WallTime now) override;
  Result<bool> Heartbeat(InstanceId instance, std::int64_t incarnation) override;
  Result<std::vector<Slot>> ClaimSlots(InstanceId instance, std::int64_t incarnation) override;
  Result<int> FairShare() override;
  Status ReleaseSlots(InstanceId instance, std::int64_t incarnation,
                      const std::vector<Slot>& slots) override;
  Result<int> FenceDead(InstanceId self, Millis time_to_live) override;
  Status Release(InstanceId instance, std::int64_t incarnation) override;

 private:
  /// Of kSlotsGivenBackEarly: those that the engine is about to stop working for.
  void GiveBackBeyond(int share);

  Wire& wire_;
  ports::OwnershipStore& store_;
  InstanceId instance_;
  std::int64_t incarnation_ = 0;
  std::vector<Slot> owned_;
};

class WiredInbox : public ports::InboxStore {
 public:
  explicit WiredInbox(Wire& wire) : wire_(wire), store_(wire.database().inbox) {}

  Result<std::vector<bool>> Append(const std::vector<ports::InboxItem>& items) override;
  Result<std::vector<ports::PendingItem>> Pending(const std::vector<Slot>& slots, WallTime now,
                                                  int limit) override;
  Status Postpone(Slot slot, EventId id, int tries, WallTime not_before) override;
  Status CountCrash(Slot slot, EventId id, int tries) override;
  Status Bury(Slot slot, EventId id, const std::string& reason) override;
  Result<ports::InboxItem> Get(EventId id) override;
  Result<EventId> Find(Slot slot, AccountId account, const std::string& dedupe) override;
  Result<ports::Page<ports::InboxItem>> List(const ports::EventFilter& filter,
                                             const ports::PageRequest& page) override;

 private:
  Wire& wire_;
  ports::InboxStore& store_;
  EventId newest_seen_;  ///< Of kEventsByCursor.
  int unlike_ = 0;       ///< Of kDuplicatesTaken.
};

class WiredRuns : public ports::RunStore {
 public:
  WiredRuns(Wire& wire, InstanceId instance)
      : wire_(wire), instance_(instance), store_(wire.database().runs) {}

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
  Result<ports::CommitReceipt> CommitNow(ports::WriterFence fence, ports::CommitBatch batch);
  bool IsFenced(const ports::WriterFence& fence) const;
  /// I5 and I6: who writes is not fenced, and owns what it writes to.
  void Audit(const ports::CommitBatch& batch);

  Wire& wire_;
  const InstanceId instance_;
  ports::RunStore& store_;
};

class WiredCommands : public ports::CommandStore {
 public:
  explicit WiredCommands(Wire& wire) : wire_(wire), store_(wire.database().commands) {}

  Status Ask(const std::vector<ports::Command>& commands) override;
  Result<std::vector<ports::Command>> Take(InstanceId taker, std::int64_t incarnation,
                                           const std::vector<Slot>& slots, WallTime now,
                                           int limit) override;
  Status PutBack(InstanceId taker, std::int64_t incarnation, Slot slot,
                 ports::CommandId id) override;
  Status Answer(const ports::CommandAnswer& answer) override;
  Result<std::vector<ports::CommandAnswer>> Answers(InstanceId asker) override;
  Status Discard(const std::vector<ports::CommandAnswer>& answered) override;
  Result<bool> Withdraw(Slot slot, ports::CommandId id) override;
  Result<int> RemoveExpired(WallTime when) override;

 private:
  Wire& wire_;
  ports::CommandStore& store_;
};

}  // namespace sb::sim
