#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/adapters/postgres/database.h"
#include "engine/adapters/postgres/postgres_inbox_store.h"
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

constexpr const char* kStuckInCommit =
    "select count(*) from pg_stat_activity where datname = current_database() and wait_event = "
    "'SyncRep'";
constexpr const char* kCutStuckInCommit =
    "select count(pg_terminate_backend(pid)) from pg_stat_activity "
    "where datname = current_database() and wait_event = 'SyncRep'";

/// As long as it lives, commits that ask for it are done and on disk, but their answer waits for a
/// standby that does not exist: the one instant at which a lost connection leaves a stored commit
/// without an answer.
class AnswersHeldBack {
 public:
  explicit AnswersHeldBack(TestDatabase& database) : database_(database) { Name("nobody"); }

  ~AnswersHeldBack() { Name(""); }

  AnswersHeldBack(const AnswersHeldBack&) = delete;
  AnswersHeldBack& operator=(const AnswersHeldBack&) = delete;

 private:
  void Name(const std::string& standby) {
    PostgresCluster::Shared().Administer("alter system set synchronous_standby_names = '" +
                                         standby + "'");
    PostgresCluster::Shared().Administer("select pg_reload_conf()");
    EXPECT_TRUE(database_.AskUntil("show synchronous_standby_names", standby));
  }

  TestDatabase& database_;
};

class InDoubt : public ::testing::Test {
 protected:
  void SetUp() override {
    fence_ = {InstanceId(1), 0,
              ownership_.Register(InstanceId(1), 1, kStoryTime).value().incarnation};
    RunStory::Start(batch_, key_, "call 1");
  }

  adapters::postgres::DatabaseSettings WaitingForStandbys() {
    auto settings = test_database_.settings();
    settings.url += "&options=-csynchronous_commit%3Don";
    return settings;
  }

  bool IsStored() { return runs_.Get(key_.run).ok(); }

  TestDatabase test_database_;
  adapters::postgres::Database database_{test_database_.settings()};
  adapters::postgres::PostgresOwnershipStore ownership_{database_};
  adapters::postgres::PostgresRunStore runs_{database_};
  adapters::postgres::Database slow_database_{WaitingForStandbys()};
  adapters::postgres::PostgresRunStore slow_runs_{slow_database_};
  RunStory story_;
  const RunKey key_ = story_.NewKey();
  CommitBatch batch_ = story_.Batch();
  WriterFence fence_;
};

TEST_F(InDoubt, SettlesACommitThatWasCutBeforeItWasStored) {
  OpenTransaction holding(test_database_.url());
  holding.Run("lock table eng.journal in access exclusive mode");
  auto lost = std::async(std::launch::async, [&] { return runs_.Commit(fence_, batch_); });
  ASSERT_TRUE(test_database_.AskUntil(kWaiting, "1"));
  test_database_.Ask(kCutWaiting);
  EXPECT_THAT(lost.get(), FailsWith(ErrorKind::kInDoubt, "DATABASE_IN_DOUBT"));
  holding.Rollback();

  const auto settled = runs_.SettleCommit(fence_, batch_);

  ASSERT_THAT(settled, IsOk());
  EXPECT_FALSE(settled->committed);
  EXPECT_FALSE(IsStored());
  fence_.incarnation = settled->incarnation;
  EXPECT_THAT(runs_.Commit(fence_, batch_), IsOk());
  EXPECT_TRUE(IsStored());
}

TEST_F(InDoubt, SettlesACommitThatWasCutAfterItWasStored) {
  {
    const AnswersHeldBack held_back(test_database_);
    auto lost = std::async(std::launch::async, [&] { return slow_runs_.Commit(fence_, batch_); });
    ASSERT_TRUE(test_database_.AskUntil(kStuckInCommit, "1"));
    test_database_.Ask(kCutStuckInCommit);
    EXPECT_THAT(lost.get(), FailsWith(ErrorKind::kInDoubt, "DATABASE_IN_DOUBT"));
  }

  const auto settled = runs_.SettleCommit(fence_, batch_);

  ASSERT_THAT(settled, IsOk());
  EXPECT_TRUE(settled->committed);
  EXPECT_TRUE(IsStored());
  EXPECT_THAT(runs_.Commit(fence_, story_.Batch()),
              FailsWith(ErrorKind::kConflict, "WRITER_FENCED"));
  EXPECT_THAT(runs_.Commit({InstanceId(1), 0, settled->incarnation}, story_.Batch()), IsOk());
}

TEST_F(InDoubt, WaitsForTheOldBackendBeforeItSettles) {
  const AnswersHeldBack held_back(test_database_);
  auto stuck = std::async(std::launch::async, [&] { return slow_runs_.Commit(fence_, batch_); });
  ASSERT_TRUE(test_database_.AskUntil(kStuckInCommit, "1"));
  auto settling =
      std::async(std::launch::async, [&] { return runs_.SettleCommit(fence_, batch_); });
  ASSERT_TRUE(test_database_.AskUntil(kWaiting, "1")) << "it may not judge what is still going on";
  EXPECT_EQ(settling.wait_for(Millis(0)), std::future_status::timeout);

  test_database_.Ask(kCutStuckInCommit);

  EXPECT_TRUE(settling.get()->committed);
  EXPECT_THAT(stuck.get(), FailsWith(ErrorKind::kInDoubt, "DATABASE_IN_DOUBT"));
}

TEST_F(InDoubt, AsksToSettleAgainWhenTheOldBackendTakesTooLong) {
  auto settings = test_database_.settings();
  settings.lock_timeout = Millis(20);
  adapters::postgres::Database impatient(settings);
  adapters::postgres::PostgresRunStore runs(impatient);
  OpenTransaction old_backend(test_database_.url());
  old_backend.Run("select from eng.writer for update");
  EXPECT_THAT(runs.SettleCommit(fence_, batch_),
              FailsWith(ErrorKind::kUnavailable, "DATABASE_UNAVAILABLE"));
  old_backend.Rollback();
  EXPECT_FALSE(runs.SettleCommit(fence_, batch_)->committed);
}

TEST_F(InDoubt, TakesABatchOfDeliveriesAgainWithoutADuplicate) {
  adapters::postgres::PostgresInboxStore slow_inbox(slow_database_);
  adapters::postgres::PostgresInboxStore inbox(database_);
  ports::InboxItem item;
  item.slot = RunStory::kSlot;
  item.account = RunStory::kAccount;
  item.id = EventId(key_.run.number());
  item.dedupe = "a";
  item.received_at = kStoryTime;
  {
    const AnswersHeldBack held_back(test_database_);
    auto lost = std::async(std::launch::async, [&] { return slow_inbox.Append({item}); });
    ASSERT_TRUE(test_database_.AskUntil(kStuckInCommit, "1"));
    test_database_.Ask(kCutStuckInCommit);
    EXPECT_THAT(lost.get(), FailsWith(ErrorKind::kInDoubt, "DATABASE_IN_DOUBT"));
  }
  EXPECT_FALSE(inbox.Append({item})->front()) << "it had arrived";
  EXPECT_EQ(inbox.Pending({RunStory::kSlot}, kStoryTime, 10)->size(), 1U);
}

}  // namespace
}  // namespace sb::testing
