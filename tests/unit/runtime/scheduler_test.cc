#include "engine/runtime/scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/adapters/jq/jq_expressions.h"
#include "engine/adapters/system/system_time_zones.h"
#include "engine/core/workflow/parser.h"
#include "engine/runtime/journal_codec.h"
#include "tests/support/fake_action_catalog.h"
#include "tests/support/manual_executor.h"
#include "tests/support/matchers.h"
#include "tests/support/memory_account_store.h"
#include "tests/support/memory_ownership_store.h"
#include "tests/support/memory_run_store.h"
#include "tests/support/memory_schedule_store.h"
#include "tests/support/no_surroundings.h"
#include "tests/support/seeded_random.h"

namespace sb::runtime {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Slot kSlot = 17;
constexpr AccountId kAccount{1001};

class NoCalls : public ports::ActionPerformer {
 public:
  void Perform(ports::ActionCall, Done) override {}

  void ReadBack(ports::ActionCall, WallTime, ReadBackDone) override {}
};

/// What was noted while something was being made.
class Notes : public ports::BlackBox {
 public:
  void Begin(const Note& note) override { begun.push_back(note); }

  void End() override { ++ended; }

  Note Last() const override { return {}; }

  std::vector<Note> begun;
  int ended = 0;
};

/// What all instances share.
struct Shared {
  testing::FakeClock clock;
  testing::ManualExecutor executor{clock};
  testing::MemoryDatabase database;
  testing::MemoryRunStore runs{database};
  testing::MemoryAccountStore accounts;
  testing::MemoryScheduleStore schedules{database, accounts};
  testing::MemoryOwnershipStore ownership{database, clock};
  testing::SeededRandom random;
  Metrics metrics;
  adapters::jq::JqExpressions expressions;
  adapters::system::SystemTimeZones zones;
  support::FakeActionCatalog actions = support::FakeActionCatalog::Aircall();
  testing::NoSurroundings surroundings;
  NoCalls performer;
};

/// The scheduler of one instance, with its runs.
struct Instance {
  Instance(Shared& all, int number)
      : shared(all),
        ids(number),
        commits({all.runs, all.executor, all.executor, all.clock, all.random, all.metrics, [] {}}) {
    const InstanceId id(number);
    commits.SetFence({id, 0, all.ownership.Register(id, 1, all.clock.Now())->incarnation});
  }

  Shared& shared;
  IdGenerator ids;
  CommitWriter commits;
  Watchers watchers;
  Notes notes;
  RunTable table{{shared.expressions, shared.actions, shared.performer, commits, watchers,
                  shared.clock, shared.executor, shared.metrics, 14s, [](const ports::RunKey&) {},
                  shared.performer, shared.surroundings}};
  Scheduler scheduler{{shared.schedules, shared.accounts, table, commits, shared.clock,
                       shared.executor, shared.executor, ids, shared.metrics, &notes}};
};

class SchedulerStory : public ::testing::Test {
 protected:
  SchedulerStory() { AddAccount(kAccount); }

  void AddAccount(AccountId id) {
    ports::Account account;
    account.id = id;
    account.slot = kSlot;
    account.tenant = "acme";
    account.connector = "aircall";
    account.external_id = ToText(id);
    account.webhook.hook_id = ToText(id);
    account.state = ports::AccountState::kActive;
    ASSERT_THAT(shared_.accounts.Insert(account), testing::IsOk());
  }

  void SetState(ports::AccountState state) {
    ports::Account account = *shared_.accounts.Get(kAccount);
    account.state = state;
    ASSERT_THAT(shared_.accounts.Update(account), testing::IsOk());
    instance_->scheduler.AccountChanged(kAccount);
    shared_.executor.RunReady();
  }

  EnabledWorkflow Enabled(const std::string& schedule, WorkflowId id = WorkflowId(501),
                          const std::string& task = "set: { n: 1 }") {
    auto outcome = core::workflow::ParseWorkflow(
        "document: { dsl: '1.0.3', namespace: acme, name: report, version: '1.0.0',\n"
        "            metadata: { switchboard: { timezone: Europe/Paris } } }\n"
        "schedule: { " +
            schedule + " }\ndo: [ { step: { " + task + " } } ]\n",
        shared_.actions, shared_.expressions, shared_.zones);
    EnabledWorkflow enabled;
    enabled.enablement = {id, "acme", "report", true, {}};
    enabled.workflow =
        std::make_shared<const core::workflow::Workflow>(std::move(*outcome.workflow));
    return enabled;
  }

  /// The instance has the slot and these workflows from now on.
  void Begin(const std::vector<EnabledWorkflow>& workflows) {
    instance_->scheduler.SetWorkflows(workflows);
    instance_->scheduler.SetSlots(SlotSet({kSlot}));
    instance_->scheduler.Start();
    shared_.executor.RunReady();
  }

  void Switch(const std::vector<EnabledWorkflow>& workflows) {
    instance_->scheduler.SetWorkflows(workflows);
    shared_.executor.RunReady();
  }

  /// The process dies and another one takes over.
  void DieAndComeBack(const std::vector<EnabledWorkflow>& workflows) {
    instance_->scheduler.Stop();
    dead_.push_back(std::move(instance_));
    instance_ = std::make_unique<Instance>(shared_, 2 + static_cast<int>(dead_.size()));
    Begin(workflows);
  }

  void Pass(std::chrono::microseconds time) { shared_.executor.AdvanceBy(time); }

  /// What runs were told to be due at, in the order of their making.
  std::vector<std::string> Due() {
    std::vector<std::string> due;
    const std::lock_guard lock(shared_.database.mutex);
    for (const auto& [id, run] : shared_.database.runs)
      due.push_back(TextMember(FromJournal(run.stored.journal)->input, "due").substr(5, 14));
    return due;
  }

  std::vector<ports::Schedule> Stored() { return shared_.schedules.Load({kSlot})->schedules; }

  Shared shared_;
  std::vector<std::unique_ptr<Instance>> dead_;
  std::unique_ptr<Instance> instance_ = std::make_unique<Instance>(shared_, 1);
};

TEST_F(SchedulerStory, EveryStartsARunInItsSteps) {
  Begin({Enabled("every: PT15M")});
  EXPECT_THAT(Due(), IsEmpty());
  Pass(46min);
  EXPECT_THAT(Due(), ElementsAre("06-01T09:15:00", "06-01T09:30:00", "06-01T09:45:00"));
}

TEST_F(SchedulerStory, CronGoesByTheClocksOfItsZone) {
  Begin({Enabled("cron: '0 12 * * *'")});
  Pass(26h);
  EXPECT_THAT(Due(), ElementsAre("06-01T10:00:00", "06-02T10:00:00"));
}

TEST_F(SchedulerStory, EveryAccountForWhichTheWorkflowIsOnHasARunOfItsOwn) {
  AddAccount(AccountId(1002));
  EnabledWorkflow chosen = Enabled("every: PT1H");
  chosen.enablement.all_accounts = false;
  chosen.enablement.accounts = {AccountId(1002)};
  Begin({chosen});
  EXPECT_THAT(Stored(), SizeIs(1));
  chosen.enablement.all_accounts = true;
  Switch({chosen});
  Pass(1h);
  EXPECT_THAT(Due(), SizeIs(2));
}

TEST_F(SchedulerStory, AfterWaitsForTheEndOfItsRun) {
  Begin({Enabled("after: PT5M", WorkflowId(501), "wait: PT50S")});
  Pass(1s);
  EXPECT_THAT(Due(), SizeIs(1)) << "the first one begins at once";
  ASSERT_THAT(Stored(), SizeIs(1));
  EXPECT_EQ(Stored()[0].due, std::nullopt) << "nobody knows when it will end";
  Pass(51s);
  EXPECT_EQ(Stored()[0].due, testing::kStoryTime + 50s + 5min);
  Pass(5min);
  EXPECT_THAT(Due(), SizeIs(2));
}

TEST_F(SchedulerStory, ManyMissedTimesAreMadeUpForByOneRun) {
  Begin({Enabled("every: PT15M")});
  Pass(16min);
  instance_->scheduler.Stop();
  Pass(3h);
  DieAndComeBack({Enabled("every: PT15M")});
  Pass(1s);
  EXPECT_THAT(Due(), ElementsAre("06-01T09:15:00", "06-01T12:15:00"));
  Pass(14min);
  EXPECT_THAT(Due(), SizeIs(3));
}

TEST_F(SchedulerStory, AnotherOwnerGoesOnWithoutLossOrRepetition) {
  Begin({Enabled("every: PT1H")});
  Pass(50min);
  DieAndComeBack({Enabled("every: PT1H")});
  Pass(11min);
  EXPECT_THAT(Due(), ElementsAre("06-01T10:00:00"));
  DieAndComeBack({Enabled("every: PT1H")});
  EXPECT_THAT(Due(), SizeIs(1));
}

TEST_F(SchedulerStory, AfterIsFoundToHaveEndedByTheNextOwner) {
  const auto workflow = Enabled("after: PT5M", WorkflowId(501), "set: { n: 1 }");
  Begin({workflow});
  shared_.executor.RunReady();
  EXPECT_THAT(Due(), SizeIs(1));
  DieAndComeBack({workflow});
  Pass(5min + 2s);
  EXPECT_THAT(Due(), SizeIs(2));
}

TEST_F(SchedulerStory, ATimeWhoseCommitWasLostIsUsedOnce) {
  Begin({Enabled("every: PT15M")});
  Pass(14min);
  for (const bool stored : {true, false}) {
    shared_.runs.LoseNextAnswer(stored);
    Pass(15min);
  }
  EXPECT_THAT(Due(), ElementsAre("06-01T09:15:00", "06-01T09:30:00"));
}

TEST_F(SchedulerStory, ATriggerThatHadFiredMovesTheScheduleOnWithoutARun) {
  Begin({Enabled("every: PT15M")});
  const ports::Schedule before = Stored()[0];
  Pass(15min);
  {
    const std::lock_guard lock(shared_.database.mutex);
    shared_.database.schedules[before.key] = before;  // as if the move had been forgotten
  }
  DieAndComeBack({Enabled("every: PT15M")});
  Pass(1min);
  EXPECT_THAT(Due(), ElementsAre("06-01T09:15:00"));
  EXPECT_EQ(Stored()[0].due, testing::kStoryTime + 30min);
}

TEST_F(SchedulerStory, ADisabledWorkflowStartsNothingMore) {
  Begin({Enabled("every: PT15M")});
  Pass(15min - 1s);
  instance_->scheduler.SetWorkflows({});
  Pass(1h);
  EXPECT_THAT(Due(), IsEmpty());
  EXPECT_THAT(Stored(), IsEmpty());
}

TEST_F(SchedulerStory, ANewVersionWithTheSameTimetableKeepsItsPlace) {
  Begin({Enabled("every: PT15M")});
  Pass(10min);
  Switch({Enabled("every: PT15M", WorkflowId(502))});
  Pass(5min);
  EXPECT_THAT(Due(), ElementsAre("06-01T09:15:00"));
  EXPECT_EQ(Stored()[0].workflow, WorkflowId(502));
}

TEST_F(SchedulerStory, AChangedTimetableCountsAtOnce) {
  Begin({Enabled("cron: '0 12 * * *'")});
  Switch({Enabled("every: PT1M", WorkflowId(502))});
  Pass(1min);
  EXPECT_THAT(Due(), ElementsAre("06-01T09:01:00"));
  Switch({Enabled("cron: '0 12 * * *'", WorkflowId(503))});
  Pass(58min);
  EXPECT_THAT(Due(), SizeIs(1));
}

TEST_F(SchedulerStory, AnAccountThatCannotWorkIsWaitedFor) {
  Begin({Enabled("every: PT15M")});
  SetState(ports::AccountState::kNeedsReauth);
  Pass(2h);
  EXPECT_THAT(Due(), IsEmpty());
  SetState(ports::AccountState::kActive);
  Pass(1s);
  EXPECT_THAT(Due(), ElementsAre("06-01T11:00:00"));
}

TEST_F(SchedulerStory, AnAccountComesAndGoes) {
  Begin({Enabled("every: PT15M")});
  SetState(ports::AccountState::kDisconnected);
  EXPECT_THAT(Stored(), IsEmpty());
  AddAccount(AccountId(1002));
  instance_->scheduler.AccountChanged(AccountId(1002));
  Pass(1h);
  EXPECT_THAT(Due(), SizeIs(4));
}

TEST_F(SchedulerStory, SlotsThatAreGivenAwayStartNothing) {
  Begin({Enabled("every: PT15M")});
  instance_->scheduler.SetSlots({});
  Pass(1h);
  EXPECT_THAT(Due(), IsEmpty());
  EXPECT_THAT(Stored(), SizeIs(1)) << "the next owner needs it";
}

TEST_F(SchedulerStory, ASchedulesStartIsNotedAndOneOfWhichTheEngineDiesThreeTimesStops) {
  Begin({Enabled("every: PT15M")});
  Pass(15min);
  ASSERT_THAT(instance_->notes.begun, SizeIs(1));
  EXPECT_EQ(instance_->notes.begun[0].subject, ports::BlackBox::Subject::kSchedule);
  EXPECT_EQ(instance_->notes.begun[0].slot, kSlot);
  EXPECT_EQ(instance_->notes.begun[0].id, 501);
  EXPECT_EQ(instance_->notes.ended, 1);
  for (int crash = 0; crash < 3; ++crash)
    ASSERT_THAT(shared_.schedules.CountCrash(kSlot, WorkflowId(501)), testing::IsOk());
  DieAndComeBack({Enabled("every: PT15M")});
  Pass(1h);
  EXPECT_THAT(Due(), SizeIs(1));
  Switch({Enabled("every: PT15M", WorkflowId(502))});
  Pass(1s);
  EXPECT_THAT(Due(), SizeIs(2)) << "another version has another chance";
}

TEST_F(SchedulerStory, AStartThatWentWellForgetsTheCrashesBefore) {
  Begin({Enabled("every: PT15M")});
  for (int crash = 0; crash < 2; ++crash)
    ASSERT_THAT(shared_.schedules.CountCrash(kSlot, WorkflowId(501)), testing::IsOk());
  DieAndComeBack({Enabled("every: PT15M")});
  EXPECT_EQ(Stored()[0].crashes, 2);
  Pass(16min);
  EXPECT_EQ(Stored()[0].crashes, 0);
}

TEST_F(SchedulerStory, ManyAccountsAreAllServedAtTheSameMoment) {
  for (int i = 2; i <= 500; ++i) AddAccount(AccountId(1000 + i));
  Begin({Enabled("cron: '0 12 * * *'")});
  Pass(1h);
  EXPECT_THAT(Due(), SizeIs(500));
}

}  // namespace
}  // namespace sb::runtime
