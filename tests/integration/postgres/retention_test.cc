#include "engine/adapters/postgres/retention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pqxx/connection>
#include <pqxx/transaction>

#include "engine/adapters/postgres/postgres_inbox_store.h"
#include "engine/adapters/postgres/postgres_link_store.h"
#include "engine/adapters/postgres/postgres_ownership_store.h"
#include "engine/adapters/postgres/postgres_run_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/matchers.h"
#include "tests/support/postgres_cluster.h"
#include "tests/support/run_story.h"

namespace sb::testing {
namespace {

using adapters::postgres::Database;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::chrono::days kRetentionDay(1);
constexpr WallTime kRetentionToday = std::chrono::floor<std::chrono::days>(kStoryTime);
constexpr InstanceId kInstance(1);

class OldDays : public ::testing::Test {
 protected:
  void SetUp() override {
    test_database_.Ask("select eng.ensure_partitions('2026-04-20', '2026-06-02')");
    fence_ = {kInstance, 0, ownership_.Register(kInstance, 1, kStoryTime)->incarnation};
  }

  adapters::postgres::Retention::Forgotten Forget(int keep_days = 30) {
    const auto forgotten =
        adapters::postgres::Retention(database_, clock_, std::chrono::days(keep_days)).RunOnce();
    EXPECT_THAT(forgotten, IsOk());
    return forgotten.ok() ? *forgotten : adapters::postgres::Retention::Forgotten();
  }

  /// A run that was made at noon, so many days ago.
  ports::RunKey Run(int days_ago, bool ended) {
    const WallTime noon = kRetentionToday - days_ago * kRetentionDay + std::chrono::hours(12);
    const ports::RunKey key{RunStory::kSlot, RunStory::kAccount, ids_.Next<RunTag>(noon)};
    ports::CommitBatch batch = story_.Batch();
    RunStory::Start(batch, key, ToText(key.run));
    if (ended) RunStory::End(batch, key, 2, 3);
    EXPECT_THAT(runs_.Commit(fence_, batch), IsOk());
    test_database_.Ask("update eng.run_trigger set seen_on = date '2026-06-01' - " +
                       std::to_string(days_ago) +
                       " where run_id = " + std::to_string(key.run.number()));
    return key;
  }

  EventId Event(int days_ago) {
    ports::InboxItem item;
    item.slot = RunStory::kSlot;
    item.account = RunStory::kAccount;
    item.id =
        ids_.Next<EventTag>(kRetentionToday - days_ago * kRetentionDay + std::chrono::hours(12));
    item.dedupe = ToText(item.id);
    item.received_at = kRetentionToday - days_ago * kRetentionDay;
    EXPECT_THAT(inbox_.Append({item}), IsOk());
    return item.id;
  }

  void DealWith(EventId event) {
    ports::CommitBatch batch = story_.Batch();
    batch.handled.push_back({RunStory::kSlot, event});
    EXPECT_THAT(runs_.Commit(fence_, batch), IsOk());
  }

  /// A sync with the stream of calls, which was read as a whole then.
  void Sync(int id, int state, const std::string& whole_at) {
    const std::string key = "values (1, 1, " + std::to_string(id);
    test_database_.Ask(
        "insert into eng.sync (slot, account_id, sync_id, workspace, name, version, definition, "
        "connection, schema_name, state, reason, created_at, step) " +
        key + ", 'acme', 'sync" + std::to_string(id) + "', '1.0.0', '', '', 'schema" +
        std::to_string(id) + "', " + std::to_string(state) + ", '', '2026-04-01', 0)");
    test_database_.Ask(
        "insert into eng.sync_stream (slot, account_id, sync_id, stream, whole_at, proven, "
        "position, requests, written, rejected, due_at, error, step) " +
        key + ", 'calls', " + whole_at + ", true, '[]', 0, 0, 0, '2026-06-01', '', 0)");
  }

  void Skip(int sync, const std::string& key, const std::string& looked_at,
            const std::string& imported_at) {
    test_database_.Ask(
        "insert into eng.sync_skip (slot, account_id, sync_id, stream, object_key, code, rule, "
        "reason, aged_at, first_at, looked_at, looks, imported_at) values (1, 1, " +
        std::to_string(sync) + ", 'calls', '" + key + "', 'RULE_NOT_MET', 'max_age', 'old', " +
        looked_at + ", " + looked_at + ", " + looked_at + ", 1, " + imported_at + ")");
  }

  void Reject(int sync, const std::string& key, const std::string& at) {
    test_database_.Ask(
        "insert into eng.sync_reject (slot, account_id, sync_id, stream, object_key, code, reason, "
        "rejected_at) values (1, 1, " +
        std::to_string(sync) + ", 'calls', '" + key + "', 'SYNC_OBJECT_TOO_LARGE', 'large', " + at +
        ")");
  }

  /// "inbox journal run_done": what there still is of a day.
  std::string TablesOf(const std::string& day) {
    return test_database_.Ask(
        "select coalesce(string_agg(substring(relname from '^(.*)_'), ' ' order by relname), '') "
        "from pg_class where relkind = 'r' and relname ~ '_" +
        day + "$'");
  }

  std::string Count(const std::string& table) {
    return test_database_.Ask("select count(*) from eng." + table);
  }

  TestDatabase test_database_;
  Database database_{test_database_.settings()};
  adapters::postgres::PostgresInboxStore inbox_{database_};
  adapters::postgres::PostgresRunStore runs_{database_};
  adapters::postgres::PostgresOwnershipStore ownership_{database_};
  FakeClock clock_;
  IdGenerator ids_{1};
  RunStory story_;
  ports::WriterFence fence_;
};

TEST_F(OldDays, AreForgottenAsAWhole) {
  const ports::RunKey old = Run(31, true);
  const ports::RunKey recent = Run(30, true);
  EXPECT_EQ(Forget().partitions, 12 * 3) << "20 April to 1 May";
  EXPECT_EQ(TablesOf("20260501"), "");
  EXPECT_EQ(TablesOf("20260502"), "inbox journal run_done");
  EXPECT_THAT(runs_.Get(old.run), FailsWith(ErrorKind::kNotFound, "RUN_NOT_FOUND"));
  EXPECT_THAT(runs_.Get(recent.run), IsOk());
  EXPECT_EQ(Forget().partitions, 0);
}

TEST_F(OldDays, StayWhileARunOfTheirsIsLive) {
  const ports::RunKey live = Run(31, false);
  Run(31, true);
  Forget();
  EXPECT_EQ(TablesOf("20260501"), "journal run_done");
  EXPECT_EQ(runs_.Get(live.run)->journal.size(), 2U);
  ports::CommitBatch end = story_.Batch();
  RunStory::End(end, live, 2, 3);
  ASSERT_THAT(runs_.Commit(fence_, end), IsOk());
  Forget();
  EXPECT_EQ(TablesOf("20260501"), "");
}

TEST_F(OldDays, StayWhileAnEventOfTheirsIsNotDealtWith) {
  const EventId event = Event(31);
  Forget();
  EXPECT_EQ(TablesOf("20260501"), "inbox");
  DealWith(event);
  Forget();
  EXPECT_EQ(TablesOf("20260501"), "");
}

TEST_F(OldDays, TakeAlongWhatSaysThatARecordHasSettled) {
  const auto add = [this](const std::string& id, const std::string& state, const std::string& due,
                          const std::string& ended) {
    test_database_.Ask(
        "insert into eng.settling (slot, account_id, settling_id, record_key, entity, subject, "
        "record_id, state, ended_at, seen_at, content, due_at, looks, step) values (1, 1, " +
        id + ", '\\x0" + id + "', 'call', 'calls', '" + id + "', " + state + ", '" + ended +
        "', '" + ended + "', '\\x00', " + due + ", 0, 0)");
  };
  add("1", "3", "null", "2026-05-01");
  add("2", "3", "null", "2026-05-20");
  add("3", "1", "'2026-05-08'", "2026-05-01");
  EXPECT_EQ(Forget().rows, 1);
  EXPECT_EQ(test_database_.Ask("select string_agg(record_id, ' ' order by record_id) from "
                               "eng.settling"),
            "2 3")
      << "what still waits stays";
}

TEST_F(OldDays, TakeAlongWhyAnObjectWasLeftOutThatNobodyShowsAnyMore) {
  Sync(1, 2, "'2026-05-31'");  // read as a whole yesterday
  Sync(2, 2, "'2026-05-01'");  // an account that has not worked since
  Sync(3, 2, "null");          // the first import is under way
  Sync(4, 3, "'2026-04-01'");  // ended
  for (int sync = 1; sync <= 4; ++sync) {
    const std::string id = std::to_string(sync);
    Skip(sync, "old" + id, "'2026-05-01'", "null");
    Skip(sync, "new" + id, "'2026-05-31'", "null");
    Reject(sync, "old" + id, "'2026-05-01'");
    Reject(sync, "new" + id, "'2026-05-31'");
  }
  Skip(2, "let in", "'2026-04-01'", "'2026-04-02'");
  Skip(2, "let in late", "'2026-04-01'", "'2026-05-31'");
  EXPECT_EQ(Forget().rows, 5);
  EXPECT_EQ(test_database_.Ask("select string_agg(object_key, ' ' order by object_key collate "
                               "\"C\") from eng.sync_skip"),
            "let in late new1 new2 new3 new4 old2 old3");
  EXPECT_EQ(test_database_.Ask("select string_agg(object_key, ' ' order by object_key collate "
                               "\"C\") from eng.sync_reject"),
            "new1 new2 new3 new4 old2 old3");
}

TEST_F(OldDays, TakeTheirDeadLettersAlong) {
  ASSERT_THAT(inbox_.Bury(RunStory::kSlot, Event(31), "hopeless"), IsOk());
  ASSERT_THAT(inbox_.Bury(RunStory::kSlot, Event(29), "hopeless"), IsOk());
  Forget();
  EXPECT_EQ(Count("dead_letter"), "1");
  EXPECT_EQ(TablesOf("20260501"), "");
}

TEST_F(OldDays, LeaveNoMarksOfTriggersButOfLiveRuns) {
  Run(40, true);
  Run(40, false);
  Run(3, true);
  Forget();
  EXPECT_EQ(Count("run_trigger"), "2");
}

TEST_F(OldDays, AreRememberedForTwoWeeksByWhatWasSeen) {
  const ports::RunKey key = Run(10, true);
  Forget(5);
  EXPECT_THAT(runs_.Get(key.run), FailsWith(ErrorKind::kNotFound, "RUN_NOT_FOUND"));
  EXPECT_EQ(Count("run_trigger"), "1") << "the trigger may still come again";
}

TEST_F(OldDays, AreForgottenAlsoWhereARoundWasInterrupted) {
  test_database_.Ask("alter table eng.journal detach partition eng.journal_20260420");
  EXPECT_EQ(Forget().partitions, 12 * 3);
  EXPECT_EQ(TablesOf("20260420"), "");
}

TEST_F(OldDays, AreForgottenWithoutWaitingForThoseWhoUseOtherDays) {
  pqxx::connection reader(test_database_.url());
  pqxx::work reading(reader);
  reading.exec("select * from eng.journal_20260602");
  EXPECT_EQ(Forget().partitions, 12 * 3);
}

TEST_F(OldDays, AreTheOnesWellInThePast) {
  Forget(1);
  EXPECT_EQ(TablesOf("20260530"), "");
  EXPECT_EQ(TablesOf("20260531"), "inbox journal run_done");
}

TEST_F(OldDays, TakeEndedLinksAfterNinetyDaysAndThoseOfDeletedSyncsAtOnce) {
  adapters::postgres::PostgresLinkStore links(database_);
  const auto end = [&](std::int64_t sync, ports::LinkStanding standing) {
    ports::LinkCommit commit;
    commit.place = {RunStory::kSlot, RunStory::kAccount, ports::SyncId(sync)};
    ports::Link link;
    link.id = ids_.Next<ports::LinkTag>(kStoryTime);
    link.state.key_a = ToText(link.id);
    link.standing = standing;
    commit.link = link;
    commit.history = {{kStoryTime, "linked", "by phone", Json::object()}};
    EXPECT_THAT(links.Commit(commit), IsOk());
    return link.id;
  };
  const auto old = end(7, ports::LinkStanding::kEnded);
  end(7, ports::LinkStanding::kEnded);
  end(7, ports::LinkStanding::kActive);
  end(8, ports::LinkStanding::kActive);
  test_database_.Ask("update eng.link set ended_at = case link_id when " +
                     std::to_string(old.number()) +
                     " then timestamptz '2026-03-02' else '2026-03-04' end where standing = 4");
  test_database_.Ask(
      "insert into eng.sync (slot, account_id, sync_id, workspace, name, version, definition, "
      "connection, schema_name, state, reason, created_at, step, kind) select " +
      std::to_string(RunStory::kSlot) + ", " + std::to_string(RunStory::kAccount.number()) +
      ", n, 'acme', 'contacts', '1', '', '', 'two-way/' || n, case n when 7 then 2 else 3 end, '', "
      "now(), 1, 2 from generate_series(7, 8) n");
  Forget();
  EXPECT_EQ(Count("link"), "2") << "the one that is active, and the one that ended on 4 March";
  EXPECT_EQ(Count("link_entry"), "2");
}

}  // namespace
}  // namespace sb::testing
