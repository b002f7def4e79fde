#include "engine/adapters/postgres/database.h"

#include <future>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pqxx/result>

#include "engine/adapters/postgres/errors.h"
#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/postgres_account_store.h"
#include "engine/adapters/postgres/postgres_ownership_store.h"
#include "engine/adapters/postgres/postgres_run_store.h"
#include "tests/integration/postgres/sessions.h"
#include "tests/support/matchers.h"
#include "tests/support/postgres_cluster.h"
#include "tests/support/run_story.h"

namespace sb::testing {
namespace {

using adapters::postgres::Access;
using adapters::postgres::Database;
using adapters::postgres::FromSqlState;
using adapters::postgres::Params;
using adapters::postgres::Statement;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr Statement kAsk = {"test.ask", "select 1"};

TEST(Database, SaysThatNoServerAnswers) {
  Database database({"postgresql://switchboard@/switchboard?host=/nowhere"});
  const Status checked = database.Check();
  EXPECT_THAT(checked, FailsWith(ErrorKind::kUnavailable, "DATABASE_UNAVAILABLE"));
  EXPECT_THAT(checked.error().message, HasSubstr("check the database URL"));
  EXPECT_THAT(database.Write(kAsk, Params()),
              FailsWith(ErrorKind::kUnavailable, "DATABASE_UNAVAILABLE"))
      << "nothing was sent, so there is no doubt";
}

TEST(Database, NeverRepeatsThePasswordOfAnUnreadableUrl) {
  for (const char* url : {"postgresql//user:hunter2@host/db", "password=hunter2 nonsense",
                          "postgresql://user:hunter2@host/db?pass=hunter2",
                          "postgresql://user:hunter2@host:port/db"}) {
    Database database({url});
    const Status checked = database.Check();
    EXPECT_THAT(checked, FailsWith(ErrorKind::kInvalid, "DATABASE_URL_INVALID")) << url;
    EXPECT_THAT(checked.error().message, Not(HasSubstr("hunter2")));
  }
}

TEST(Database, UsesAConnectionAgain) {
  TestDatabase test_database;
  Database database(test_database.settings());
  for (int i = 0; i < 3; ++i) ASSERT_THAT(database.Read(kAsk, Params()), IsOk());
  EXPECT_EQ(test_database.Ask(
                "select count(*) from pg_stat_activity where datname = current_database() and "
                "application_name = 'switchboard'"),
            "1");
}

TEST(Database, ReplacesAConnectionThatBrokeWhileItWasIdle) {
  TestDatabase test_database;
  Database database(test_database.settings());
  ASSERT_THAT(database.Check(), IsOk());
  test_database.Ask(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = "
      "'switchboard' "
      "and datname = current_database()");
  ASSERT_TRUE(test_database.AskUntil(
      "select count(*) from pg_stat_activity where application_name = 'switchboard' "
      "and datname = current_database()",
      "0"));
  EXPECT_THAT(database.Write(kAsk, Params()), IsOk());
}

TEST(Database, GivesUpWaitingForAConnectionThatIsBusy) {
  TestDatabase test_database;
  auto settings = test_database.settings();
  settings.connections = 1;
  settings.wait_for_connection = Millis(20);
  Database database(settings);
  adapters::postgres::PostgresAccountStore accounts(database);
  OpenTransaction holding(test_database.url());
  holding.Run("lock table eng.account in access exclusive mode");
  auto busy = std::async(std::launch::async, [&] { return accounts.Get(AccountId(1)); });
  ASSERT_TRUE(test_database.AskUntil(kWaiting, "1"));

  EXPECT_THAT(database.Check(), FailsWith(ErrorKind::kUnavailable, "DATABASE_UNAVAILABLE"));

  holding.Rollback();
  EXPECT_THAT(busy.get(), FailsWith(ErrorKind::kNotFound, "ACCOUNT_NOT_FOUND"));
}

TEST(Database, GivesUpWaitingForALockWithNothingWritten) {
  TestDatabase test_database;
  auto settings = test_database.settings();
  settings.lock_timeout = Millis(20);
  Database database(settings);
  adapters::postgres::PostgresOwnershipStore ownership(database);
  OpenTransaction holding(test_database.url());
  holding.Run("lock table eng.instance in access exclusive mode");
  EXPECT_THAT(ownership.Heartbeat(InstanceId(1), 1),
              FailsWith(ErrorKind::kUnavailable, "DATABASE_UNAVAILABLE"));
  holding.Rollback();
  EXPECT_THAT(ownership.Heartbeat(InstanceId(1), 1), IsOk()) << "the connection is still good";
}

TEST(Database, StopsAStatementThatTakesTooLong) {
  const TestDatabase test_database;
  auto settings = test_database.settings();
  settings.statement_timeout = Millis(20);
  Database database(settings);
  constexpr Statement kSlow = {"test.slow", "select pg_sleep(30)"};
  EXPECT_THAT(database.Write(kSlow, Params()),
              FailsWith(ErrorKind::kUnavailable, "DATABASE_UNAVAILABLE"));
}

TEST(Database, LosesAReadWithoutDoubtAndAWriteInDoubt) {
  TestDatabase test_database;
  Database database(test_database.settings());
  constexpr Statement kLook = {"test.look", "select count(*) from eng.account"};
  for (const bool is_write : {false, true}) {
    OpenTransaction holding(test_database.url());
    holding.Run("lock table eng.account in access exclusive mode");
    auto lost = std::async(std::launch::async, [&] {
      return is_write ? database.Write(kLook, Params()) : database.Read(kLook, Params());
    });
    ASSERT_TRUE(test_database.AskUntil(kWaiting, "1"));
    test_database.Ask(kCutWaiting);
    if (is_write) {
      EXPECT_THAT(lost.get(), FailsWith(ErrorKind::kInDoubt, "DATABASE_IN_DOUBT"));
    } else {
      EXPECT_THAT(lost.get(), FailsWith(ErrorKind::kUnavailable, "DATABASE_UNAVAILABLE"));
    }
    holding.Rollback();
  }
}

TEST(Database, CallsARefusalABugAndNeverRepeatsItsValues) {
  const TestDatabase test_database;
  Database database(test_database.settings());
  constexpr Statement kBadCast = {"test.bad_cast", "select cast($1 as text)::int"};
  const auto refused = database.Read(kBadCast, Params().Text("+33612345678"));
  EXPECT_THAT(refused, FailsWith(ErrorKind::kInternal, "DATABASE_REFUSED"));
  EXPECT_THAT(refused.error().message, HasSubstr("test.bad_cast (SQLSTATE 22"));
  EXPECT_THAT(refused.error().message, Not(HasSubstr("336")));
}

TEST(Database, NamesTheTableThatLacksAPartition) {
  const TestDatabase test_database;
  Database database(test_database.settings());
  adapters::postgres::PostgresOwnershipStore ownership(database);
  adapters::postgres::PostgresRunStore runs(database);
  const auto incarnation = ownership.Register(InstanceId(1), 1, kStoryTime)->incarnation;
  RunStory story;
  auto batch = story.Batch();
  RunStory::Start(batch, {RunStory::kSlot, RunStory::kAccount, RunId(1)},
                  "long ago");  // the year 2024
  const auto refused = runs.Commit({InstanceId(1), 0, incarnation}, batch);
  EXPECT_THAT(refused, FailsWith(ErrorKind::kInternal, "DATABASE_REFUSED"));
  EXPECT_THAT(refused.error().message, HasSubstr("no partition of relation \"journal\""));
}

TEST(Database, IsCalledByManyThreadsAtOnce) {
  const TestDatabase test_database;
  auto settings = test_database.settings();
  settings.wait_for_connection = std::chrono::minutes(1);  // however slow the machine
  Database database(settings);
  std::vector<std::future<Status>> askers;
  for (int i = 0; i < 16; ++i) {
    askers.push_back(std::async(std::launch::async, [&] {
      Status asked;
      for (int n = 0; n < 20 && asked.ok(); ++n) asked = database.Check();
      return asked;
    }));
  }
  for (auto& asker : askers) EXPECT_THAT(asker.get(), IsOk());
}

TEST(Database, KnowsARefusalByItsSqlStateWhateverTheLibraryThrows) {
  const TestDatabase test_database;
  Database database(test_database.settings());
  const std::map<std::string, std::string> expected = {
      {"40001", "DATABASE_UNAVAILABLE"}, {"40P01", "DATABASE_UNAVAILABLE"},
      {"53300", "DATABASE_UNAVAILABLE"}, {"57014", "DATABASE_UNAVAILABLE"},
      {"08006", "DATABASE_IN_DOUBT"},    {"40003", "DATABASE_IN_DOUBT"},
      {"42501", "DATABASE_REFUSED"},     {"23505", "DATABASE_REFUSED"},
      {"EN001", "WRITER_FENCED"},        {"EN002", "RUN_SEQUENCE_CONFLICT"}};
  for (const auto& [sqlstate, code] : expected) {
    const std::string sql =
        "do $$ begin raise exception 'refused' using errcode = '" + sqlstate + "'; end $$";
    const auto refused = database.Write(
        {"test.raise", sql.c_str(), adapters::postgres::Planning::kEachTime}, Params());
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, code) << sqlstate;
  }
}

TEST(Database, GetsOutOfADeadlockWithNothingWritten) {
  TestDatabase test_database;
  Database database(test_database.settings());
  test_database.Ask("create table eng.pair as select n from generate_series(1, 2) n");
  OpenTransaction other(test_database.url());
  other.Run("set local deadlock_timeout = '1min'; update eng.pair set n = n where n = 1");
  constexpr Statement kCross = {
      "test.cross",
      "with a as (update eng.pair set n = n where n = 2 returning n), "
      "b as (select n from eng.pair where n = 1 and exists (select from a) for update) "
      "select * from b"};
  auto ours = std::async(std::launch::async, [&] { return database.Write(kCross, Params()); });
  ASSERT_TRUE(test_database.AskUntil(kWaiting, "1"));
  auto theirs =
      std::async(std::launch::async, [&] { other.Run("update eng.pair set n = n where n = 2"); });
  EXPECT_THAT(ours.get(), FailsWith(ErrorKind::kUnavailable, "DATABASE_UNAVAILABLE"));
  theirs.get();
  other.Rollback();
}

TEST(SqlState, TellsWhatPassesFromWhatIsLostAndWhatIsWrong) {
  for (const char* passing :
       {"57014", "57P03", "55P03", "40001", "40P01", "53100", "53300", "25006", "58030"}) {
    EXPECT_EQ(FromSqlState(passing, "", "s", Access::kWrite).kind, ErrorKind::kUnavailable)
        << passing;
  }
  for (const char* lost : {"57P01", "57P02", "08006", "08003", "40003"}) {
    EXPECT_EQ(FromSqlState(lost, "", "s", Access::kWrite).kind, ErrorKind::kInDoubt) << lost;
    EXPECT_EQ(FromSqlState(lost, "", "s", Access::kRead).kind, ErrorKind::kUnavailable) << lost;
  }
  for (const char* wrong : {"42P01", "42601", "22P02", "23514", "XX000"}) {
    EXPECT_EQ(FromSqlState(wrong, "", "s", Access::kWrite).code, "DATABASE_REFUSED") << wrong;
  }
  EXPECT_EQ(FromSqlState("EN001", "", "s", Access::kWrite).code, "WRITER_FENCED");
  EXPECT_EQ(FromSqlState("EN002", "", "s", Access::kWrite).code, "RUN_SEQUENCE_CONFLICT");
}

}  // namespace
}  // namespace sb::testing
