#include "tests/contract/stores/worlds.h"
#include "tests/support/run_story.h"

namespace sb::testing {
namespace {

using namespace std::chrono_literals;
using ports::CommitBatch;
using ports::Schedule;
using ports::ScheduleKey;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr InstanceId kScheduleKeeper(1);

Schedule Nightly(AccountId account = RunStory::kAccount) {
  Schedule schedule;
  schedule.key = {RunStory::kSlot, account, "acme", "nightly \"report\""};
  schedule.workflow = RunStory::kWorkflow;
  schedule.plan = "cron 0 2 * * * Europe/Paris";
  schedule.due = kStoryTime + 15h;
  schedule.last = kStoryTime - 9h;
  return schedule;
}

template <typename World>
class ScheduleStoreContract : public ::testing::Test {
 protected:
  void SetUp() override {
    fence_ = {kScheduleKeeper, 0,
              world_.ownership.Register(kScheduleKeeper, 1, kStoryTime)->incarnation};
  }

  void AddAccount(std::int64_t number, const std::string& tenant,
                  ports::AccountState state = ports::AccountState::kActive) {
    ports::Account account;
    account.id = AccountId(number);
    account.slot = RunStory::kSlot;
    account.tenant = tenant;
    account.connector = "aircall";
    account.external_id = std::to_string(number);
    account.webhook.hook_id = "hook-" + std::to_string(number);
    account.state = state;
    ASSERT_THAT(world_.accounts.Insert(account), IsOk());
  }

  void Put(const Schedule& schedule, bool removed = false) {
    CommitBatch batch = story_.Batch();
    batch.schedules.push_back({schedule, removed});
    ASSERT_THAT(world_.runs.Commit(fence_, batch), IsOk());
  }

  std::vector<Schedule> Stored(Slot slot = RunStory::kSlot) {
    return world_.schedules.Load({slot})->schedules;
  }

  World world_;
  ports::WriterFence fence_;
  RunStory story_;
};

TYPED_TEST_SUITE(ScheduleStoreContract, Worlds, WorldNames);

TYPED_TEST(ScheduleStoreContract, GivesBackAScheduleAsItWasCommitted) {
  this->Put(Nightly());
  EXPECT_THAT(this->Stored(), ElementsAre(Nightly()));
  EXPECT_THAT(this->Stored(18), IsEmpty());
}

TYPED_TEST(ScheduleStoreContract, MovesAScheduleOnInTheCommitOfTheRunThatItStarts) {
  this->Put(Nightly());
  CommitBatch batch = this->story_.Batch();
  const ports::RunKey run = this->story_.NewKey();
  RunStory::Start(batch, run, "nightly at two");
  Schedule moved = Nightly();
  moved.last = moved.due;
  moved.due = {};
  moved.awaited = run.run;
  batch.schedules.push_back({moved, false});
  ASSERT_THAT(this->world_.runs.Commit(this->fence_, batch), IsOk());
  EXPECT_THAT(this->Stored(), ElementsAre(moved));
  EXPECT_THAT(this->world_.runs.Get(run.run), IsOk());
}

TYPED_TEST(ScheduleStoreContract, CountsCrashesOfTheSchedulesOfAWorkflowInASlot) {
  Schedule once = Nightly();
  once.crashes = 1;
  this->Put(once);
  ASSERT_THAT(this->world_.schedules.CountCrash(RunStory::kSlot, RunStory::kWorkflow), IsOk());
  ASSERT_THAT(this->world_.schedules.CountCrash(18, RunStory::kWorkflow), IsOk());
  ASSERT_THAT(this->world_.schedules.CountCrash(RunStory::kSlot, WorkflowId(7)), IsOk());
  ASSERT_EQ(this->Stored().size(), 1U);
  EXPECT_EQ(this->Stored()[0].crashes, 2);
}

TYPED_TEST(ScheduleStoreContract, KeepsAScheduleWhereItWasWhenItsCommitIsRefused) {
  this->Put(Nightly());
  CommitBatch batch = this->story_.Batch();
  Schedule moved = Nightly();
  moved.due = kStoryTime + 39h;
  batch.schedules.push_back({moved, false});
  ports::WriterFence old = this->fence_;
  --old.incarnation;
  EXPECT_THAT(this->world_.runs.Commit(old, batch),
              FailsWith(ErrorKind::kConflict, "WRITER_FENCED"));
  EXPECT_THAT(this->Stored(), ElementsAre(Nightly()));
}

TYPED_TEST(ScheduleStoreContract, TellsWhichNewRunsHadBeenStartedBeforeAlsoWhereSchedulesMove) {
  CommitBatch first = this->story_.Batch();
  RunStory::Start(first, this->story_.NewKey(), "nightly at two");
  ASSERT_THAT(this->world_.runs.Commit(this->fence_, first), IsOk());
  CommitBatch again = this->story_.Batch();
  const ports::RunKey second = this->story_.NewKey();
  RunStory::Start(again, second, "nightly at two");
  again.schedules.push_back({Nightly(), false});
  const auto receipt = this->world_.runs.Commit(this->fence_, again);
  ASSERT_THAT(receipt, IsOk());
  EXPECT_THAT(receipt->rejected, ElementsAre(second.run));
  EXPECT_THAT(this->Stored(), ElementsAre(Nightly()));
}

TYPED_TEST(ScheduleStoreContract, LetsTheLastOfSeveralChangesStand) {
  CommitBatch batch = this->story_.Batch();
  Schedule later = Nightly();
  later.plan = "every PT60S";
  batch.schedules = {{Nightly(), false}, {Nightly(), true}, {later, false}};
  ASSERT_THAT(this->world_.runs.Commit(this->fence_, batch), IsOk());
  EXPECT_THAT(this->Stored(), ElementsAre(later));
  this->Put(later, true);
  EXPECT_THAT(this->Stored(), IsEmpty());
}

TYPED_TEST(ScheduleStoreContract, KnowsTheAccountsOfItsSlots) {
  this->AddAccount(1001, "acme");
  this->AddAccount(1002, "acme", ports::AccountState::kNeedsReauth);
  this->AddAccount(1003, "acme", ports::AccountState::kDisconnected);
  std::vector<std::tuple<std::int64_t, bool, bool>> found;
  const auto contents = this->world_.schedules.Load({RunStory::kSlot});
  ASSERT_THAT(contents, IsOk());
  for (const auto& account : contents->accounts)
    found.emplace_back(account.id.number(), account.connected, account.active);
  EXPECT_THAT(found,
              UnorderedElementsAre(std::tuple(1001, true, true), std::tuple(1002, true, false),
                                   std::tuple(1003, false, false)));
  EXPECT_THAT(this->world_.schedules.Load({18})->accounts, IsEmpty());
}

TYPED_TEST(ScheduleStoreContract, SaysWhichRunsHaveEndedAndWhen) {
  CommitBatch batch = this->story_.Batch();
  const ports::RunKey live = this->story_.NewKey();
  const ports::RunKey ended = this->story_.NewKey();
  RunStory::Start(batch, live, "live");
  RunStory::Start(batch, ended, "ended");
  RunStory::End(batch, ended, 2, 3);
  ASSERT_THAT(this->world_.runs.Commit(this->fence_, batch), IsOk());
  const WallTime now = kStoryTime + 1h;
  const auto ends = this->world_.schedules.EndsOf({live.run, RunId(5), ended.run}, now);
  ASSERT_THAT(ends, IsOk());
  ASSERT_EQ(ends->size(), 3U);
  EXPECT_EQ((*ends)[0].ended_at, std::nullopt);
  EXPECT_EQ((*ends)[1].ended_at, now) << "a run that is not known any more";
  EXPECT_EQ((*ends)[2].run, ended.run);
  EXPECT_EQ((*ends)[2].ended_at, this->world_.runs.Get(ended.run)->summary.updated_at);
}

TYPED_TEST(ScheduleStoreContract, FindsTheEarliestStartAmongTheAccountsOfATenant) {
  this->AddAccount(1001, "acme");
  this->AddAccount(1002, "globex");
  Schedule acme = Nightly(AccountId(1001));
  Schedule globex = Nightly(AccountId(1002));
  globex.due = *acme.due - 1h;
  this->Put(acme);
  this->Put(globex);
  const auto next = [this](const std::string& tenant) {
    const auto starts =
        this->world_.schedules.NextStarts({WorkflowId(7), RunStory::kWorkflow}, tenant);
    return starts->size() == 1 ? starts->front().due : WallTime();
  };
  EXPECT_EQ(next(""), globex.due);
  EXPECT_EQ(next("acme"), acme.due);
  EXPECT_EQ(next("initech"), WallTime());
}

}  // namespace
}  // namespace sb::testing
