#include <nlohmann/json.hpp>

#include "tests/contract/stores/worlds.h"
#include "tests/support/run_story.h"

namespace sb::testing {
namespace {

using ports::CommitBatch;
using ports::RunKey;
using ports::WriterFence;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr InstanceId kRunKeeper(1);

template <typename World>
class RunStoreContract : public ::testing::Test {
 protected:
  void SetUp() override { fence_ = {kRunKeeper, 0, Register(kRunKeeper)}; }

  std::int64_t Register(InstanceId instance) {
    return world_.ownership.Register(instance, 1, kStoryTime).value().incarnation;
  }

  void Commit(const CommitBatch& batch) { ASSERT_THAT(runs_.Commit(fence_, batch), IsOk()); }

  /// A run that has started, with seq 2.
  RunKey StartedRun(const std::string& trigger_key) {
    CommitBatch batch = story_.Batch();
    const RunKey key = story_.NewKey();
    story_.Start(batch, key, trigger_key);
    Commit(batch);
    return key;
  }

  std::vector<int> Seqs(RunId id) {
    std::vector<int> seqs;
    const auto run = runs_.Get(id);
    for (const ports::JournalRow& row : run->journal) seqs.push_back(row.seq);
    return seqs;
  }

  std::vector<RunId> LiveIds(RunId after = RunId(), int limit = 100) {
    std::vector<RunId> ids;
    const auto live = runs_.LoadLive({RunStory::kSlot}, after, limit);
    for (const ports::StoredRun& run : *live) ids.push_back(run.summary.key.run);
    return ids;
  }

  World world_;
  ports::RunStore& runs_ = world_.runs;
  WriterFence fence_;
  RunStory story_;
};

TYPED_TEST_SUITE(RunStoreContract, Worlds, WorldNames);

TYPED_TEST(RunStoreContract, GivesBackARunAndItsJournalAsTheyWereCommitted) {
  CommitBatch batch = this->story_.Batch();
  const RunKey key = this->story_.NewKey();
  this->story_.Start(batch, key, "call 1");
  batch.journal[0].facts = Json::array({{{"text", std::string("a\0\"\\ü\n", 7)}, {"number", 1.5}}});
  batch.journal[1].kind = ports::JournalKind::kIntent;
  batch.journal[1].task = "/do/0/caller";
  batch.journal[1].attempt = 2;
  batch.journal[1].op_key = "run/caller";
  batch.steps[0].state = ports::StoredRunState::kTimer;
  batch.steps[0].wake_at = kStoryTime + std::chrono::minutes(1);
  batch.steps[0].note = "waits \"a bit\"";
  this->Commit(batch);

  const auto run = this->runs_.Get(key.run);

  ASSERT_THAT(run, IsOk());
  EXPECT_EQ(run->summary.key, key);
  EXPECT_EQ(run->summary.workflow, RunStory::kWorkflow);
  EXPECT_EQ(run->summary.event, EventId(9001));
  EXPECT_EQ(run->summary.status, "RUNNING");
  EXPECT_EQ(run->summary.note, "waits \"a bit\"");
  EXPECT_EQ(run->summary.seq, 2);
  EXPECT_EQ(run->summary.lane, core::quota::Lane::kLive);
  EXPECT_EQ(run->summary.created_at, TimeOfIdNumber(key.run.number()));
  EXPECT_EQ(run->summary.updated_at, batch.journal[1].at);
  ASSERT_EQ(run->journal.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(run->journal[i].key, key);
    EXPECT_EQ(run->journal[i].seq, batch.journal[i].seq);
    EXPECT_EQ(run->journal[i].kind, batch.journal[i].kind);
    EXPECT_EQ(run->journal[i].task, batch.journal[i].task);
    EXPECT_EQ(run->journal[i].attempt, batch.journal[i].attempt);
    EXPECT_EQ(run->journal[i].op_key, batch.journal[i].op_key);
    EXPECT_EQ(run->journal[i].facts, batch.journal[i].facts);
    EXPECT_EQ(run->journal[i].at, batch.journal[i].at);
  }
}

TYPED_TEST(RunStoreContract, MovesARunOnFromWhereItStands) {
  const RunKey key = this->StartedRun("call 1");
  CommitBatch batch = this->story_.Batch();
  RunStory::Go(batch, key, 2, 5);
  this->Commit(batch);
  EXPECT_THAT(this->Seqs(key.run), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_EQ(this->runs_.Get(key.run)->summary.updated_at, kStoryTime + std::chrono::seconds(5));
}

TYPED_TEST(RunStoreContract, JoinsSeveralStepsOfOneRunInOneBatch) {
  CommitBatch batch = this->story_.Batch();
  const RunKey key = this->story_.NewKey();
  RunStory::Start(batch, key, "call 1");
  RunStory::Go(batch, key, 2, 3);
  RunStory::End(batch, key, 3, 4);
  this->Commit(batch);
  EXPECT_EQ(this->runs_.Get(key.run)->summary.status, "SUCCEEDED");
  EXPECT_THAT(this->Seqs(key.run), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(this->LiveIds(), IsEmpty());
}

TYPED_TEST(RunStoreContract, KeepsAFinishedRunForReadersButNotAmongTheLive) {
  const RunKey done = this->StartedRun("call 1");
  const RunKey live = this->StartedRun("call 2");
  CommitBatch batch = this->story_.Batch();
  RunStory::End(batch, done, 2, 3, "FAILED");
  batch.steps.back().note = "the tag does not exist";
  RunStory::Go(batch, live, 2, 3);
  this->Commit(batch);

  EXPECT_THAT(this->LiveIds(), ElementsAre(live.run));
  const auto run = this->runs_.Get(done.run);
  ASSERT_THAT(run, IsOk());
  EXPECT_EQ(run->summary.status, "FAILED");
  EXPECT_EQ(run->summary.note, "the tag does not exist");
  EXPECT_EQ(run->summary.seq, 3);
  EXPECT_EQ(run->summary.workflow, RunStory::kWorkflow);
  EXPECT_EQ(run->journal.size(), 3U);
}

TYPED_TEST(RunStoreContract, StartsNothingForATriggerThatHasFired) {
  const RunKey first = this->StartedRun("call 1");
  CommitBatch batch = this->story_.Batch();
  const RunKey repeated = this->story_.NewKey();
  const RunKey fresh = this->story_.NewKey();
  RunStory::Start(batch, repeated, "call 1");
  RunStory::Start(batch, fresh, "call 2");

  const auto receipt = this->runs_.Commit(this->fence_, batch);

  ASSERT_THAT(receipt, IsOk());
  EXPECT_THAT(receipt->rejected, ElementsAre(repeated.run));
  EXPECT_THAT(this->runs_.Get(repeated.run), FailsWith(ErrorKind::kNotFound, "RUN_NOT_FOUND"));
  EXPECT_THAT(this->LiveIds(), ElementsAre(first.run, fresh.run));
  EXPECT_EQ(*this->runs_.FindByTrigger(RunStory::kSlot, RunStory::kAccount, RunStory::kWorkflow,
                                       "call 1"),
            first.run);
}

TYPED_TEST(RunStoreContract, StartsNothingForARepeatedTriggerEvenAfterItsRunHasEnded) {
  const RunKey first = this->StartedRun("call 1");
  CommitBatch end = this->story_.Batch();
  RunStory::End(end, first, 2, 3);
  this->Commit(end);

  CommitBatch again = this->story_.Batch();
  const RunKey repeated = this->story_.NewKey();
  RunStory::Start(again, repeated, "call 1");
  again.steps.back().finished = true;
  again.steps.back().status = "SUCCEEDED";

  EXPECT_THAT(this->runs_.Commit(this->fence_, again)->rejected, ElementsAre(repeated.run));
  EXPECT_THAT(this->runs_.Get(repeated.run), FailsWith(ErrorKind::kNotFound, "RUN_NOT_FOUND"));
  EXPECT_EQ(*this->runs_.FindByTrigger(RunStory::kSlot, RunStory::kAccount, RunStory::kWorkflow,
                                       "call 1"),
            first.run);
}

TYPED_TEST(RunStoreContract, StartsOneRunForTwinTriggersOfOneBatch) {
  CommitBatch batch = this->story_.Batch();
  const RunKey first = this->story_.NewKey();
  const RunKey twin = this->story_.NewKey();
  RunStory::Start(batch, first, "call 1");
  RunStory::Start(batch, twin, "call 1");
  EXPECT_THAT(this->runs_.Commit(this->fence_, batch)->rejected, ElementsAre(twin.run));
  EXPECT_THAT(this->LiveIds(), ElementsAre(first.run));
}

TYPED_TEST(RunStoreContract, StartsEveryRunThatHasNoTrigger) {
  CommitBatch batch = this->story_.Batch();
  const RunKey first = this->story_.NewKey();
  const RunKey second = this->story_.NewKey();
  const RunKey triggered = this->story_.NewKey();
  RunStory::Start(batch, first, "");
  RunStory::Start(batch, second, "");
  RunStory::Start(batch, triggered, "call 1");
  EXPECT_THAT(this->runs_.Commit(this->fence_, batch)->rejected, IsEmpty());
  EXPECT_THAT(this->LiveIds(), ElementsAre(first.run, second.run, triggered.run));
  EXPECT_THAT(
      this->runs_.FindByTrigger(RunStory::kSlot, RunStory::kAccount, RunStory::kWorkflow, ""),
      FailsWith(ErrorKind::kNotFound, "RUN_NOT_FOUND"));
}

TYPED_TEST(RunStoreContract, RefusesARunWithoutATriggerTheSecondTime) {
  CommitBatch batch = this->story_.Batch();
  const RunKey ended = this->story_.NewKey();
  RunStory::Start(batch, ended, "");
  batch.steps.back().finished = true;
  batch.steps.back().status = "SUCCEEDED";
  this->Commit(batch);
  EXPECT_THAT(this->runs_.Commit(this->fence_, batch),
              FailsWith(ErrorKind::kConflict, "RUN_SEQUENCE_CONFLICT"));
  EXPECT_THAT(this->LiveIds(), IsEmpty());
}

TYPED_TEST(RunStoreContract, SettlesACommitOfRunsWithoutTriggers) {
  CommitBatch batch = this->story_.Batch();
  RunStory::Start(batch, this->story_.NewKey(), "");
  this->Commit(batch);
  const auto settled = this->runs_.SettleCommit(this->fence_, batch);
  ASSERT_THAT(settled, IsOk());
  EXPECT_TRUE(settled->committed);
  EXPECT_THAT(settled->receipt.rejected, IsEmpty());
}

TYPED_TEST(RunStoreContract, StartsARunOfEachWorkflowForOneTrigger) {
  CommitBatch batch = this->story_.Batch();
  RunStory::Start(batch, this->story_.NewKey(), "call 1");
  RunStory::Start(batch, this->story_.NewKey(), "call 1");
  batch.new_runs.back().workflow = WorkflowId(502);
  EXPECT_THAT(this->runs_.Commit(this->fence_, batch)->rejected, IsEmpty());
  EXPECT_EQ(this->LiveIds().size(), 2U);
}

TYPED_TEST(RunStoreContract, SaysWhenNoRunIsKnown) {
  EXPECT_THAT(this->runs_.Get(RunId(404)), FailsWith(ErrorKind::kNotFound, "RUN_NOT_FOUND"));
  EXPECT_THAT(
      this->runs_.FindByTrigger(RunStory::kSlot, RunStory::kAccount, RunStory::kWorkflow, "never"),
      FailsWith(ErrorKind::kNotFound, "RUN_NOT_FOUND"));
}

TYPED_TEST(RunStoreContract, RefusesAStepFromWhereTheRunIsNotAndWritesNothingOfItsBatch) {
  const RunKey key = this->StartedRun("call 1");
  CommitBatch batch = this->story_.Batch();
  const RunKey innocent = this->story_.NewKey();
  RunStory::Start(batch, innocent, "call 2");
  RunStory::Go(batch, key, 3, 4);

  EXPECT_THAT(this->runs_.Commit(this->fence_, batch),
              FailsWith(ErrorKind::kConflict, "RUN_SEQUENCE_CONFLICT"));

  EXPECT_THAT(this->Seqs(key.run), ElementsAre(1, 2));
  EXPECT_THAT(this->LiveIds(), ElementsAre(key.run));
  RunStory::Go(batch = this->story_.Batch(), key, 2, 3);
  RunStory::Start(batch, innocent, "call 2");
  EXPECT_THAT(this->runs_.Commit(this->fence_, batch)->rejected, IsEmpty())
      << "the trigger had not fired";
}

TYPED_TEST(RunStoreContract, RefusesStepsThatDoNotFollowEachOther) {
  const RunKey key = this->StartedRun("call 1");
  const auto conflict = FailsWith(ErrorKind::kConflict, "RUN_SEQUENCE_CONFLICT");
  CommitBatch gap = this->story_.Batch();
  RunStory::Go(gap, key, 2, 3);
  RunStory::Go(gap, key, 4, 5);
  EXPECT_THAT(this->runs_.Commit(this->fence_, gap), conflict);
  CommitBatch beyond_the_end = this->story_.Batch();
  RunStory::End(beyond_the_end, key, 2, 3);
  RunStory::Go(beyond_the_end, key, 3, 4);
  EXPECT_THAT(this->runs_.Commit(this->fence_, beyond_the_end), conflict);
  CommitBatch late_start = this->story_.Batch();
  RunStory::Start(late_start, this->story_.NewKey(), "call 2");
  late_start.steps.back().from_seq = 1;
  EXPECT_THAT(this->runs_.Commit(this->fence_, late_start), conflict);
}

TYPED_TEST(RunStoreContract, RefusesAJournalRowThatIsThere) {
  const RunKey key = this->StartedRun("call 1");
  CommitBatch batch = this->story_.Batch();
  batch.journal.push_back(RunStory::Row(key, 2));
  EXPECT_THAT(this->runs_.Commit(this->fence_, batch),
              FailsWith(ErrorKind::kConflict, "RUN_SEQUENCE_CONFLICT"));
}

TYPED_TEST(RunStoreContract, RefusesToMoveARunThatHasEnded) {
  const RunKey key = this->StartedRun("call 1");
  CommitBatch end = this->story_.Batch();
  RunStory::End(end, key, 2, 3, "CANCELLED");
  this->Commit(end);
  CommitBatch late = this->story_.Batch();
  RunStory::Go(late, key, 3, 4);
  EXPECT_THAT(this->runs_.Commit(this->fence_, late),
              FailsWith(ErrorKind::kConflict, "RUN_SEQUENCE_CONFLICT"));
}

TYPED_TEST(RunStoreContract, RefusesTheSameBatchTwice) {
  CommitBatch batch = this->story_.Batch();
  const RunKey key = this->story_.NewKey();
  RunStory::Start(batch, key, "call 1");
  this->Commit(batch);
  EXPECT_THAT(this->runs_.Commit(this->fence_, batch),
              FailsWith(ErrorKind::kConflict, "RUN_SEQUENCE_CONFLICT"))
      << "its own trigger is no repeated one: whoever commits twice has lost track";
}

TYPED_TEST(RunStoreContract, RefusesAFormerIncarnation) {
  CommitBatch batch = this->story_.Batch();
  const RunKey key = this->story_.NewKey();
  RunStory::Start(batch, key, "call 1");
  const WriterFence former = this->fence_;
  this->fence_.incarnation = this->Register(kRunKeeper);

  EXPECT_THAT(this->runs_.Commit(former, batch), FailsWith(ErrorKind::kConflict, "WRITER_FENCED"));

  EXPECT_THAT(this->LiveIds(), IsEmpty());
  this->Commit(batch);
  EXPECT_THAT(this->LiveIds(), ElementsAre(key.run));
}

TYPED_TEST(RunStoreContract, RefusesAnInstanceThatWasTakenForDeadAndOneThatReleased) {
  const std::int64_t other = this->Register(InstanceId(2));
  this->world_.PassTime(std::chrono::minutes(1));
  ASSERT_TRUE(*this->world_.ownership.Heartbeat(InstanceId(2), other));
  ASSERT_EQ(*this->world_.ownership.FenceDead(InstanceId(2), std::chrono::seconds(12)), 1);
  EXPECT_THAT(this->runs_.Commit(this->fence_, this->story_.Batch()),
              FailsWith(ErrorKind::kConflict, "WRITER_FENCED"));

  ASSERT_THAT(this->world_.ownership.Release(InstanceId(2), other), IsOk());
  EXPECT_THAT(this->runs_.Commit({InstanceId(2), 0, other}, this->story_.Batch()),
              FailsWith(ErrorKind::kConflict, "WRITER_FENCED"));
}

TYPED_TEST(RunStoreContract, RefusesAWriterThatWasNeverRegistered) {
  EXPECT_THAT(this->runs_.Commit({InstanceId(404), 0, 1}, this->story_.Batch()),
              FailsWith(ErrorKind::kConflict, "WRITER_FENCED"));
  EXPECT_THAT(this->runs_.SettleCommit({InstanceId(404), 0, 1}, this->story_.Batch()),
              FailsWith(ErrorKind::kConflict, "WRITER_FENCED"));
}

TYPED_TEST(RunStoreContract, ClearsHandledEventsInTheSameCommit) {
  ports::InboxItem item;
  item.slot = RunStory::kSlot;
  item.account = RunStory::kAccount;
  item.id = EventId(this->story_.NewKey().run.number());
  item.dedupe = "a";
  item.received_at = kStoryTime;
  ASSERT_THAT(this->world_.inbox.Append({item}), IsOk());
  CommitBatch batch = this->story_.Batch();
  RunStory::Start(batch, this->story_.NewKey(), "call 1");
  batch.handled.push_back({RunStory::kSlot, item.id});
  this->Commit(batch);
  EXPECT_THAT(this->world_.inbox.Pending({RunStory::kSlot}, kStoryTime, 10).value(), IsEmpty());
}

TYPED_TEST(RunStoreContract, RemembersTheNewestBudgetOfACompany) {
  EXPECT_FALSE(this->runs_.LoadBudget(RunStory::kSlot, ports::CompanyId(-7))->has_value());
  core::quota::BudgetRecord record;
  record.limit = 60;
  CommitBatch batch = this->story_.Batch();
  batch.budgets.push_back({RunStory::kSlot, ports::CompanyId(-7), record});
  record.limit = 100;
  record.foreign = 12;
  record.cool_until = kStoryTime + std::chrono::microseconds(30'000'001);
  record.first_second = 1'780'000'000;
  record.used = {3, 0, 7};
  record.used[63] = 9;
  record.reserved = 5;
  batch.budgets.push_back({RunStory::kSlot, ports::CompanyId(-7), record});
  this->Commit(batch);

  const auto stored = this->runs_.LoadBudget(RunStory::kSlot, ports::CompanyId(-7));

  ASSERT_THAT(stored, IsOk());
  ASSERT_TRUE(stored->has_value());
  EXPECT_EQ((*stored)->limit, 100);
  EXPECT_EQ((*stored)->foreign, 12);
  EXPECT_EQ((*stored)->cool_until, record.cool_until);
  EXPECT_EQ((*stored)->first_second, record.first_second);
  EXPECT_EQ((*stored)->used, record.used);
  EXPECT_EQ((*stored)->reserved, 5);
}

TYPED_TEST(RunStoreContract, CommitsAnEmptyBatch) {
  this->Commit(this->story_.Batch());
}

TYPED_TEST(RunStoreContract, LoadsLiveRunsOfTheSlotsAskedForPieceByPiece) {
  const RunKey first = this->StartedRun("call 1");
  const RunKey second = this->StartedRun("call 2");
  const RunKey third = this->StartedRun("call 3");
  EXPECT_THAT(this->LiveIds(RunId(), 2), ElementsAre(first.run, second.run));
  EXPECT_THAT(this->LiveIds(second.run, 2), ElementsAre(third.run));
  EXPECT_THAT(this->runs_.LoadLive({18, 19}, RunId(), 10).value(), IsEmpty());
  EXPECT_EQ(this->runs_.LoadLive({RunStory::kSlot}, RunId(), 1)->front().journal.size(), 2U);
}

TYPED_TEST(RunStoreContract, ListsLiveAndFinishedRunsTogetherNewestFirst) {
  const RunKey oldest = this->StartedRun("call 1");
  const RunKey done = this->StartedRun("call 2");
  const RunKey newest = this->StartedRun("call 3");
  CommitBatch batch = this->story_.Batch();
  RunStory::End(batch, done, 2, 3);
  this->Commit(batch);

  const auto ids = [this](const ports::RunFilter& filter, const ports::PageRequest& page) {
    std::vector<RunId> found;
    const auto listed = this->runs_.List(filter, page);
    for (const ports::RunSummary& run : listed->items) found.push_back(run.key.run);
    return found;
  };
  EXPECT_THAT(ids({}, {}), ElementsAre(newest.run, done.run, oldest.run));
  ports::RunFilter running;
  running.accounts.Only({RunStory::kAccount});
  running.workflows.Only({RunStory::kWorkflow});
  running.statuses.Only({"RUNNING"});
  EXPECT_THAT(ids(running, {}), ElementsAre(newest.run, oldest.run));
  ports::RunFilter ended;
  ended.statuses.Except({"RUNNING", "PARKED"});
  EXPECT_THAT(ids(ended, {}), ElementsAre(done.run));
  ports::RunFilter of_others;
  of_others.accounts.Except({RunStory::kAccount});
  EXPECT_THAT(ids(of_others, {}), IsEmpty());
  ports::RunFilter of_another;
  of_another.workflows.Only({WorkflowId(502)});
  EXPECT_THAT(ids(of_another, {}), IsEmpty());
  const auto page = this->runs_.List({}, {0, 2});
  EXPECT_EQ(page->next_before, done.run.number());
  EXPECT_THAT(ids({}, {page->next_before, 2}), ElementsAre(oldest.run));
}

TYPED_TEST(RunStoreContract, ListsRunsByEventTimeAndNote) {
  const RunKey failed = this->StartedRun("call 1");
  CommitBatch batch = this->story_.Batch();
  RunStory::End(batch, failed, 2, 3, "FAILED");
  batch.steps.back().note = "Not found: 100% gone_away";
  const RunKey by_hand = this->story_.NewKey();
  RunStory::Start(batch, by_hand, "call 2");
  batch.new_runs.back().event = EventId();
  this->Commit(batch);
  const auto ids = [this](const ports::RunFilter& filter) {
    std::vector<RunId> found;
    const auto listed = this->runs_.List(filter, {});
    for (const ports::RunSummary& run : listed->items) found.push_back(run.key.run);
    return found;
  };

  ports::RunFilter filter;
  filter.events.Only({EventId()});
  EXPECT_THAT(ids(filter), ElementsAre(by_hand.run));
  filter = {};
  filter.events.Except({EventId()});
  EXPECT_THAT(ids(filter), ElementsAre(failed.run));
  filter = {};
  filter.note_words = {"not FOUND", "100% gone_"};
  EXPECT_THAT(ids(filter), ElementsAre(failed.run));
  filter.note_words = {"gone.away"};
  EXPECT_THAT(ids(filter), IsEmpty());
  filter = {};
  filter.created.from = TimeOfIdNumber(failed.run.number());
  EXPECT_THAT(ids(filter), ElementsAre(by_hand.run, failed.run));
  filter.created.before = filter.created.from;
  EXPECT_THAT(ids(filter), IsEmpty());
}

TYPED_TEST(RunStoreContract, SettlesACommitThatIsStored) {
  this->StartedRun("call 1");
  CommitBatch batch = this->story_.Batch();
  const RunKey repeated = this->story_.NewKey();
  RunStory::Start(batch, this->story_.NewKey(), "call 2");
  RunStory::Start(batch, repeated, "call 1");
  this->Commit(batch);

  const auto settled = this->runs_.SettleCommit(this->fence_, batch);

  ASSERT_THAT(settled, IsOk());
  EXPECT_TRUE(settled->committed);
  EXPECT_THAT(settled->receipt.rejected, ElementsAre(repeated.run)) << "as the lost receipt said";
}

TYPED_TEST(RunStoreContract, SettlesACommitThatNeverArrivedAndShutsItOut) {
  const RunKey key = this->StartedRun("call 1");
  CommitBatch lost = this->story_.Batch();
  RunStory::Go(lost, key, 2, 3);
  const WriterFence before = this->fence_;

  const auto settled = this->runs_.SettleCommit(before, lost);

  ASSERT_THAT(settled, IsOk());
  EXPECT_FALSE(settled->committed);
  EXPECT_THAT(this->runs_.Commit(before, lost), FailsWith(ErrorKind::kConflict, "WRITER_FENCED"))
      << "should it arrive after all";
  this->fence_.incarnation = settled->incarnation;
  this->Commit(lost);
  EXPECT_THAT(this->Seqs(key.run), ElementsAre(1, 2, 3));
}

TYPED_TEST(RunStoreContract, SettlesAgainWhenTheAnswerToSettlingWasLost) {
  CommitBatch batch = this->story_.Batch();
  RunStory::Start(batch, this->story_.NewKey(), "call 1");
  this->Commit(batch);
  ASSERT_THAT(this->runs_.SettleCommit(this->fence_, batch), IsOk());

  const auto again = this->runs_.SettleCommit(this->fence_, batch);

  ASSERT_THAT(again, IsOk());
  EXPECT_TRUE(again->committed);
  this->fence_.incarnation = again->incarnation;
  this->Commit(this->story_.Batch());
}

TYPED_TEST(RunStoreContract, DoesNotSettleForAnInstanceThatWasTakenOver) {
  const CommitBatch batch = this->story_.Batch();
  this->Commit(batch);
  this->Register(kRunKeeper);
  EXPECT_THAT(this->runs_.SettleCommit(this->fence_, batch),
              FailsWith(ErrorKind::kConflict, "WRITER_FENCED"));
}

TYPED_TEST(RunStoreContract, NeverGivesAnIncarnationOutTwice) {
  const auto settled = this->runs_.SettleCommit(this->fence_, this->story_.Batch());
  ASSERT_THAT(settled, IsOk());
  EXPECT_GT(settled->incarnation, this->fence_.incarnation);
  EXPECT_GT(this->Register(kRunKeeper), settled->incarnation);
}

TEST(MemoryRunStore, FailsOnOrder) {
  MemoryWorld world;
  RunStory story;
  const WriterFence fence{kRunKeeper, 0,
                          world.ownership.Register(kRunKeeper, 1, kStoryTime)->incarnation};
  const auto commit = [&](const std::string& trigger_key) {
    CommitBatch batch = story.Batch();
    RunStory::Start(batch, story.NewKey(), trigger_key);
    return std::pair(world.runs.Commit(fence, batch), batch);
  };
  world.runs.FailNext(Unavailable("DATABASE_UNAVAILABLE", "down"));
  world.runs.LoseNextAnswer(/*stored=*/true);
  world.runs.LoseNextAnswer(/*stored=*/false);

  EXPECT_THAT(commit("call 1").first, FailsWith(ErrorKind::kUnavailable, "DATABASE_UNAVAILABLE"));
  const auto [lost, stored_batch] = commit("call 2");
  EXPECT_THAT(lost, FailsWith(ErrorKind::kInDoubt, "DATABASE_IN_DOUBT"));
  EXPECT_EQ(world.runs.commit_count(), 1);
  EXPECT_TRUE(world.runs.SettleCommit(fence, stored_batch)->committed);

  world.runs.FailNextSettle(Unavailable("DATABASE_UNAVAILABLE", "down"));
  EXPECT_THAT(world.runs.SettleCommit(fence, stored_batch),
              FailsWith(ErrorKind::kUnavailable, "DATABASE_UNAVAILABLE"));
  const auto again = world.runs.SettleCommit(fence, stored_batch);
  const auto [lost_again, unstored_batch] = commit("call 3");
  EXPECT_THAT(lost_again, FailsWith(ErrorKind::kInDoubt, "DATABASE_IN_DOUBT"));
  EXPECT_FALSE(
      world.runs.SettleCommit({kRunKeeper, 0, again->incarnation}, unstored_batch)->committed);
}

TYPED_TEST(RunStoreContract, CountsHowOftenTheEngineDiedOfARun) {
  const RunKey key = this->StartedRun("call 1");
  EXPECT_EQ(this->runs_.Get(key.run)->crashes, 0);
  ASSERT_THAT(this->runs_.CountCrash(key.run), IsOk());
  ASSERT_THAT(this->runs_.CountCrash(key.run), IsOk());
  EXPECT_EQ(this->runs_.Get(key.run)->crashes, 2);
  EXPECT_EQ(this->runs_.LoadLive({RunStory::kSlot}, RunId(), 10)->at(0).crashes, 2);
  ASSERT_THAT(this->runs_.ForgetCrashes(key.run), IsOk());
  EXPECT_EQ(this->runs_.Get(key.run)->crashes, 0);
  EXPECT_THAT(this->runs_.CountCrash(RunId(404)), IsOk()) << "it has ended";
}

TYPED_TEST(RunStoreContract, FindsWhatComesDueAndLeavesWhatWaitsLonger) {
  const auto until = kStoryTime + std::chrono::minutes(1);
  const auto started = [this](const char* trigger, ports::StoredRunState state,
                              std::optional<WallTime> wake_at) {
    CommitBatch batch = this->story_.Batch();
    const RunKey key = this->story_.NewKey();
    this->story_.Start(batch, key, trigger);
    batch.steps[0].state = state;
    batch.steps[0].wake_at = wake_at;
    this->Commit(batch);
    return key.run;
  };
  const RunId now = started("now", ports::StoredRunState::kRunnable, {});
  const RunId soon = started("soon", ports::StoredRunState::kTimer, until);
  const RunId retry = started("retry", ports::StoredRunState::kRunnable, kStoryTime);
  const RunId event = started("event", ports::StoredRunState::kWaitingEvent, {});
  started("late", ports::StoredRunState::kTimer, until + std::chrono::seconds(1));
  started("parked", ports::StoredRunState::kParked, {});

  std::vector<RunId> loaded;
  const auto due = this->runs_.LoadDue({RunStory::kSlot}, until, RunId(), 10);
  for (const ports::StoredRun& run : *due) loaded.push_back(run.summary.key.run);
  EXPECT_THAT(loaded, ElementsAre(now, soon, retry, event));
  EXPECT_EQ(due->at(0).journal.size(), 2U);
  EXPECT_THAT(*this->runs_.FindDue({RunStory::kSlot}, until, RunId(), 10),
              ElementsAre(soon, retry));
  EXPECT_THAT(*this->runs_.FindDue({RunStory::kSlot}, until, soon, 10), ElementsAre(retry));
  EXPECT_THAT(*this->runs_.FindDue({RunStory::kSlot}, until, RunId(), 1), ElementsAre(soon));
  EXPECT_THAT(*this->runs_.FindDue({3}, until, RunId(), 10), IsEmpty());
  const auto these = this->runs_.LoadThese({event, soon, RunId(404)});
  ASSERT_EQ(these->size(), 2U);
  EXPECT_EQ(these->at(0).summary.key.run, soon);
  EXPECT_EQ(these->at(1).journal.size(), 2U);
}

TYPED_TEST(RunStoreContract, KeepsThePlacesOfRunsThatTakeTurns) {
  const auto turn_of = [](const RunKey& key) {
    return ports::Turn{key, std::string("line\0\xff", 6), 3,
                       core::workflow::Concurrency::Policy::kReplace, false};
  };
  CommitBatch batch = this->story_.Batch();
  const RunKey first = this->story_.NewKey();
  const RunKey second = this->story_.NewKey();
  for (const RunKey& key : {first, second}) {
    RunStory::Start(batch, key, ToText(key.run));
    batch.turns.push_back({turn_of(key), false});
  }
  this->Commit(batch);
  EXPECT_THAT(this->runs_.LoadTurns({RunStory::kSlot}).value(),
              ElementsAre(turn_of(first), turn_of(second)));
  EXPECT_THAT(this->runs_.LoadTurns({18}).value(), IsEmpty());

  CommitBatch next = this->story_.Batch();
  ports::Turn taken = turn_of(second);
  taken.taken = true;
  RunStory::End(next, first, 2, 3);
  next.turns = {{turn_of(first), true}, {taken, false}};
  this->Commit(next);
  EXPECT_THAT(this->runs_.LoadTurns({RunStory::kSlot}).value(), ElementsAre(taken));
}

TYPED_TEST(RunStoreContract, GivesARejectedRunNoPlace) {
  this->StartedRun("call 1");
  CommitBatch batch = this->story_.Batch();
  const RunKey again = this->story_.NewKey();
  RunStory::Start(batch, again, "call 1");
  batch.turns.push_back({{again, "line", 1, {}, false}, false});
  this->Commit(batch);
  EXPECT_THAT(this->runs_.LoadTurns({RunStory::kSlot}).value(), IsEmpty());
}

TYPED_TEST(RunStoreContract, StoresEventsWithTheRunThatTheyTellOf) {
  ports::InboxItem item;
  item.slot = RunStory::kSlot;
  item.account = RunStory::kAccount;
  item.id = EventId(this->story_.NewKey().run.number());
  item.dedupe = std::string("told\0\xff", 6);
  item.source = ports::InboxSource::kApi;
  item.event = "io.serverlessworkflow.workflow.started.v1";
  item.received_at = kStoryTime;
  item.body = "{}";
  CommitBatch batch = this->story_.Batch();
  RunStory::Start(batch, this->story_.NewKey(), "call 1");
  batch.events.push_back(item);
  this->Commit(batch);
  CommitBatch again = this->story_.Batch();
  again.events.push_back(item);
  again.events.back().id = EventId(this->story_.NewKey().run.number());
  this->Commit(again);
  const auto pending = this->world_.inbox.Pending({RunStory::kSlot}, kStoryTime, 10).value();
  ASSERT_EQ(pending.size(), 1U) << "what has the same key is stored once";
  EXPECT_EQ(pending[0].item.id, item.id);
  EXPECT_EQ(pending[0].item.body, item.body);
}

TYPED_TEST(RunStoreContract, GivesTheJournalFromItsNewestSnapshotOn) {
  CommitBatch batch = this->story_.Batch();
  const RunKey key = this->story_.NewKey();
  RunStory::Start(batch, key, "call 1");
  RunStory::Go(batch, key, 2, 6);
  for (const std::size_t place : {2U, 4U})
    batch.journal[place].kind = ports::JournalKind::kSnapshot;
  this->Commit(batch);
  EXPECT_THAT(this->Seqs(key.run), ElementsAre(5, 6));
  EXPECT_EQ(this->runs_.Get(key.run)->journal[0].kind, ports::JournalKind::kSnapshot);
  const auto live = this->runs_.LoadLive({RunStory::kSlot}, RunId(), 10);
  EXPECT_EQ(live->front().journal.size(), 2U);
  EXPECT_EQ(this->runs_.LoadThese({key.run})->front().journal.size(), 2U);
  CommitBatch end = this->story_.Batch();
  RunStory::End(end, key, 6, 7);
  this->Commit(end);
  EXPECT_THAT(this->Seqs(key.run), ElementsAre(5, 6, 7)) << "also when it has ended";
}

}  // namespace
}  // namespace sb::testing
