#include <future>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/adapters/postgres/database.h"
#include "engine/adapters/postgres/postgres_ownership_store.h"
#include "engine/adapters/postgres/postgres_run_store.h"
#include "tests/integration/postgres/sessions.h"
#include "tests/support/matchers.h"
#include "tests/support/postgres_cluster.h"
#include "tests/support/run_story.h"

namespace sb::testing {
namespace {

using ports::CommitBatch;
using ports::RunKey;
using ports::WriterFence;

constexpr InstanceId kInstance(1);
constexpr InstanceId kOther(2);

/// An owner with a run under way, and whoever takes over from it.
class Fence : public ::testing::Test {
 protected:
  void SetUp() override {
    fence_ = {kInstance, 0, ownership_.Register(kInstance, 1, kStoryTime).value().incarnation};
    CommitBatch batch = story_.Batch();
    RunStory::Start(batch, key_, "call 1");
    ASSERT_THAT(runs_.Commit(fence_, batch), IsOk());
  }

  auto CommitInBackground(const CommitBatch& batch) {
    return std::async(std::launch::async, [this, batch] { return runs_.Commit(fence_, batch); });
  }

  int StoredSeq() { return runs_.Get(key_.run)->summary.seq; }

  /// Invariant I3: the journal has no gap and the run stands at its end.
  void ExpectWholeJournal() {
    EXPECT_EQ(
        test_database_.Ask(
            "select count(*) from eng.run r where r.seq <> (select max(j.seq) from eng.journal j "
            "where j.run_id = r.run_id) or r.seq <> (select count(*) from eng.journal j where "
            "j.run_id = r.run_id)"),
        "0");
  }

  TestDatabase test_database_;
  adapters::postgres::Database database_{test_database_.settings()};
  adapters::postgres::PostgresOwnershipStore ownership_{database_};
  adapters::postgres::PostgresRunStore runs_{database_};
  RunStory story_;
  const RunKey key_ = story_.NewKey();
  WriterFence fence_;
};

TEST_F(Fence, LetsACommitThatWasFirstFinishBeforeTheTakeOverReads) {
  CommitBatch batch = story_.Batch();
  RunStory::Go(batch, key_, 2, 3);
  OpenTransaction holding(test_database_.url());
  holding.Run("lock table eng.journal in access exclusive mode");
  auto committed = CommitInBackground(batch);
  ASSERT_TRUE(test_database_.AskUntil(kWaiting, "1"))
      << "the commit holds the pen and waits for the journal";

  auto taken_over =
      std::async(std::launch::async, [&] { return ownership_.Register(kInstance, 1, kStoryTime); });
  ASSERT_TRUE(test_database_.AskUntil(kWaiting, "2")) << "the take-over waits for the commit";
  holding.Rollback();

  EXPECT_THAT(committed.get(), IsOk());
  ASSERT_THAT(taken_over.get(), IsOk());
  EXPECT_EQ(StoredSeq(), 3) << "what the successor reads";
}

TEST_F(Fence, RefusesACommitThatArrivesDuringTheTakeOver) {
  CommitBatch batch = story_.Batch();
  RunStory::Go(batch, key_, 2, 3);
  RunStory::Start(batch, story_.NewKey(), "call 2");
  OpenTransaction taking_over(test_database_.url());
  taking_over.Run("select eng.fence_instance(1, 3::smallint)");
  auto zombie = CommitInBackground(batch);
  ASSERT_TRUE(test_database_.AskUntil(kWaiting, "1"));
  taking_over.Commit();

  EXPECT_THAT(zombie.get(), FailsWith(ErrorKind::kConflict, "WRITER_FENCED"));

  EXPECT_EQ(StoredSeq(), 2);
  EXPECT_EQ(test_database_.Ask("select count(*) from eng.run_trigger"), "1")
      << "nothing of the batch was written";
  ExpectWholeJournal();
}

TEST_F(Fence, LetsNoLateCommitLandInARace) {
  int seq = 2;
  for (int round = 0; round < 10; ++round) {
    const int first_seq = seq;
    auto zombie = std::async(std::launch::async, [this, first_seq] {
      RunStory story;
      int at = first_seq;
      for (;; ++at) {
        CommitBatch batch = story.Batch();
        RunStory::Go(batch, key_, at, at + 1);
        const auto done = runs_.Commit(fence_, batch);
        if (!done.ok()) return done.error().code + " at " + std::to_string(at);
      }
    });
    while (StoredSeq() < first_seq + 3) {
    }
    const auto next = ownership_.Register(kInstance, 1, kStoryTime);
    ASSERT_THAT(next, IsOk());
    seq = StoredSeq();

    EXPECT_EQ(zombie.get(), "WRITER_FENCED at " + std::to_string(seq));
    EXPECT_EQ(StoredSeq(), seq) << "what the successor read is what stays";
    fence_.incarnation = next->incarnation;
  }
  ExpectWholeJournal();
}

TEST_F(Fence, RaisesTheEpochOfEachSlotThatChangesHands) {
  ASSERT_THAT(ownership_.ClaimSlots(kInstance, fence_.incarnation), IsOk());
  EXPECT_EQ(test_database_.Ask("select epoch from eng.slot where slot = 17"), "1");
  const auto other = ownership_.Register(kOther, 1, kStoryTime);
  test_database_.Ask(
      "update eng.instance set heartbeat_at = heartbeat_at - interval '1 minute' where instance_id "
      "= 1");
  ASSERT_EQ(*ownership_.FenceDead(kOther, std::chrono::seconds(12)), 1);
  ASSERT_EQ(ownership_.ClaimSlots(kOther, other->incarnation)->size(),
            static_cast<std::size_t>(kSlotCount));
  EXPECT_EQ(test_database_.Ask("select epoch || ' ' || instance_id from eng.slot where slot = 17"),
            "3 2");
}

TEST_F(Fence, DividesTheSlotsBetweenTwoThatClaimAtOnce) {
  const auto other = ownership_.Register(kOther, 1, kStoryTime);
  auto ours = std::async(std::launch::async,
                         [&] { return ownership_.ClaimSlots(kInstance, fence_.incarnation); });
  auto theirs = std::async(std::launch::async,
                           [&] { return ownership_.ClaimSlots(kOther, other->incarnation); });
  const auto first = ours.get();
  const auto second = theirs.get();
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  std::set<Slot> all(first->begin(), first->end());
  all.insert(second->begin(), second->end());
  EXPECT_EQ(all.size(), first->size() + second->size()) << "no slot has two owners";
}

}  // namespace
}  // namespace sb::testing
