// How a customer's table tells what changed: by the log that a trigger writes, or by updated_at.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/postgres/customers_table.h"
#include "tests/integration/postgres/sessions.h"

namespace sb::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr const char* kOurTriggers =
    "select count(*) from pg_trigger where tgname like 'switchboard%'";

class TableWithALog : public CustomersTable {
 protected:
  void SetUp() override {
    CustomersTable::SetUp();
    ASSERT_THAT(side_.Prepare(), IsOk());
    cursor_ = Begin(side_);
  }

  /// The server's own transactions hold the log back as well.
  std::vector<std::string> Told() {
    EXPECT_TRUE(crm_.AskUntil(
        "select count(*) from pg_stat_activity where backend_type = 'autovacuum worker' and "
        "backend_xid is not null",
        "0"));
    return CustomersTable::Told(side_, cursor_);
  }

  std::string cursor_;
};

TEST_F(TableWithALog, TellsEveryChangeWithTheRow) {
  const std::string key = Insert("Jane");
  auto changes = side_.Changes(cursor_, 100);
  ASSERT_THAT(changes, IsOk());
  ASSERT_EQ(changes->hints.size(), 1U);
  EXPECT_EQ(changes->hints[0].key, key);
  ASSERT_TRUE(changes->hints[0].record.has_value());
  EXPECT_EQ(changes->hints[0].record->native["first_name"], "Jane");
  cursor_ = changes->next;
  EXPECT_THAT(Told(), IsEmpty());
  crm_.Ask("update public.customers set first_name = 'J'");
  crm_.Ask("update public.customers set first_name = 'Janet'");
  EXPECT_THAT(Told(), ElementsAre(key)) << "many changes of a row are one hint";
  crm_.Ask("delete from public.customers");
  EXPECT_THAT(Told(), ElementsAre("-" + key));
}

TEST_F(TableWithALog, TellsBothKeysOfARowThatGotAnother) {
  const std::string key = Insert("Jane");
  ASSERT_THAT(Told(), ElementsAre(key));
  crm_.Ask("update public.customers set id = 900");
  EXPECT_THAT(Told(), UnorderedElementsAre("-" + key, "900"));
}

TEST_F(TableWithALog, ComesPageByPage) {
  crm_.Ask("insert into public.customers (first_name) select 'n' from generate_series(1, 25)");
  const auto page = side_.Changes(cursor_, 10);
  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->hints.size(), 10U);
  EXPECT_TRUE(page->more);
  EXPECT_EQ(CustomersTable::Told(side_, cursor_, 10).size(), 25U);
}

TEST_F(TableWithALog, MissesNoChangeThatIsCommittedAfterALaterOne) {
  const std::string slow = Insert("Slow");
  ASSERT_THAT(Told(), ElementsAre(slow));
  OpenTransaction editing(crm_.url());
  editing.Run("update public.customers set first_name = 'Slower' where id = " + slow);
  const std::string quick = Insert("Quick");
  EXPECT_THAT(Told(), IsEmpty()) << "nothing is read past a transaction that is still open";
  EXPECT_THAT(Told(), IsEmpty());
  editing.Commit();
  EXPECT_THAT(Told(), UnorderedElementsAre(slow, quick));
  EXPECT_THAT(Told(), IsEmpty());
}

TEST_F(TableWithALog, MissesNoChangeThatWasOpenWhenItBegan) {
  const std::string key = Insert("Jane");
  OpenTransaction editing(crm_.url());
  editing.Run("update public.customers set first_name = 'Janet' where id = " + key);
  std::string cursor = Begin(side_);
  editing.Commit();
  EXPECT_THAT(CustomersTable::Told(side_, cursor), ElementsAre(key));
}

TEST_F(TableWithALog, ForgetsWhatWasRolledBack) {
  OpenTransaction editing(crm_.url());
  editing.Run("insert into public.customers (first_name) values ('Nobody')");
  editing.Rollback();
  EXPECT_THAT(Told(), IsEmpty());
}

TEST_F(TableWithALog, TellsOurOwnWritesAsWellAndMarksThem) {
  const auto made = side_.Create(Write("op 1", "", {{"first_name", "Jane"}}), kLane);
  ASSERT_THAT(made, IsOk());
  EXPECT_THAT(Told(), ElementsAre(made->record->key));
  EXPECT_EQ(crm_.Ask("select origin from switchboard.change_log"), "op 1");
}

TEST_F(TableWithALog, LetsUsersWriteWhoHaveNoRightsOnTheLog) {
  const std::string role = "clerk_of_" + crm_.name();
  PostgresCluster::Shared().Administer("create role " + role);
  crm_.Ask("grant usage on schema public to " + role);
  crm_.Ask("grant select, insert, update on public.customers to " + role);
  OpenTransaction clerk(crm_.url());
  clerk.Run("set local role " + role);
  // A table of the same name does not catch what is noted.
  clerk.Run("create temporary table change_log (feed text)");
  clerk.Run("insert into public.customers (id, first_name) values (5, 'Jane')");
  clerk.Commit();
  EXPECT_THAT(Told(), ElementsAre("5"));
}

TEST_F(TableWithALog, HindersNoWriteWhenTheKeyIsRenamed) {
  crm_.Ask("alter table public.customers rename id to number");
  crm_.Ask("insert into public.customers (first_name) values ('Jane')");
  EXPECT_EQ(Count(), "1");
  const auto changes = side_.Changes(cursor_, 100);
  ASSERT_THAT(changes, FailsWith(ErrorKind::kConflict, "LINK_SIDE_CHANGED"));
  EXPECT_THAT(changes.error().message, HasSubstr("id"));
}

TEST_F(TableWithALog, HindersNoWriteWhenTheLogIsNotThereOrIsAnother) {
  crm_.Ask("alter table switchboard.change_log rename column record_key to other_key");
  EXPECT_NE(Insert("Jane"), "");
  crm_.Ask("drop table switchboard.change_log");
  EXPECT_NE(Insert("Joan"), "");
  crm_.Ask("update public.customers set first_name = first_name || '.'");
  crm_.Ask("delete from public.customers where first_name = 'Joan.'");
  EXPECT_EQ(Count(), "1");
  EXPECT_THAT(side_.Changes(cursor_, 100), FailsWith(ErrorKind::kConflict, "LINK_SIDE_CHANGED"))
      << "the sync says itself what is missing";
}

TEST_F(TableWithALog, HindersNoWriteWhenTheLogIsTakenFromUs) {
  const std::string role = "keeper_of_" + crm_.name();
  PostgresCluster::Shared().Administer("create role " + role);
  crm_.Ask("grant usage on schema switchboard to " + role);
  const std::string note = crm_.Ask(
      "select oid::regprocedure::text from pg_proc where pronamespace = "
      "'switchboard'::regnamespace");
  crm_.Ask("alter function " + note + " owner to " + role);
  EXPECT_NE(Insert("Jane"), "") << "it may not write to the log";
  crm_.Ask("revoke usage on schema switchboard from " + role);
  EXPECT_NE(Insert("Joan"), "");
  EXPECT_THAT(Told(), IsEmpty());
}

TEST_F(TableWithALog, NoticesThatItIsNotFollowedAnyMore) {
  crm_.Ask("alter table public.customers disable trigger user");
  EXPECT_THAT(side_.Changes(cursor_, 100), FailsWith(ErrorKind::kConflict, "LINK_SIDE_CHANGED"));
  crm_.Ask("alter table public.customers enable trigger user");
  EXPECT_THAT(Told(), IsEmpty());
  crm_.Ask("alter table public.customers rename to old_customers");
  crm_.Ask("create table public.customers (like public.old_customers including all)");
  EXPECT_THAT(side_.Changes(cursor_, 100), FailsWith(ErrorKind::kConflict, "LINK_SIDE_CHANGED"));
  ASSERT_THAT(side_.Prepare(), IsOk());
  EXPECT_EQ(crm_.Ask(kOurTriggers), "1") << "the table of before is not followed any more";
  crm_.Ask("insert into public.customers (id) values (8)");
  EXPECT_THAT(Told(), ElementsAre("8"));
  crm_.Ask("drop schema switchboard cascade");
  EXPECT_THAT(side_.Changes(cursor_, 100), FailsWith(ErrorKind::kConflict, "LINK_SIDE_CHANGED"));
  EXPECT_NE(Insert("Jane"), "") << "and the customer writes on";
}

TEST_F(TableWithALog, ForgetsWhatWasReadADayAgo) {
  Insert("Read long ago");
  ASSERT_THAT(Told(), SizeIs(1));
  crm_.Ask("update switchboard.change_log set at = at - interval '25 hours'");
  Insert("Not read");
  crm_.Ask("update switchboard.change_log set at = at - interval '25 hours'");
  ASSERT_THAT(Told(), SizeIs(1));
  EXPECT_EQ(crm_.Ask("select count(*) from switchboard.change_log"), "1")
      << "what was not read before stays";
}

TEST_F(TableWithALog, BeginsAnewWhereTheServerWasPutBackFromACopy) {
  cursor_ = "999999999999/7";
  const auto anew = side_.Changes(cursor_, 100);
  ASSERT_THAT(anew, IsOk());
  EXPECT_TRUE(anew->missed) << "nobody tells what happened before";
  cursor_ = anew->next;
  EXPECT_FALSE(side_.Changes(cursor_, 100)->missed);
  const std::string key = Insert("Jane");
  EXPECT_THAT(Told(), ElementsAre(key));
}

TEST_F(TableWithALog, IsPreparedOnceAndLeavesNothingBehind) {
  Settings other = Wanted();
  other.feed = "acc_2/acme/customers";
  Side neighbour(database_, other);
  ASSERT_THAT(neighbour.Prepare(), IsOk());
  ASSERT_THAT(side_.Prepare(), IsOk());
  EXPECT_EQ(crm_.Ask(kOurTriggers), "2");
  ASSERT_THAT(side_.Dismantle(), IsOk());
  EXPECT_EQ(crm_.Ask(kOurTriggers), "1");
  EXPECT_EQ(crm_.Ask("select count(*) from switchboard.feeds"), "1");
  ASSERT_THAT(neighbour.Dismantle(), IsOk());
  EXPECT_EQ(crm_.Ask(kOurTriggers), "0");
  EXPECT_EQ(crm_.Ask("select to_regnamespace('switchboard') is null"), "t");
  EXPECT_THAT(neighbour.Dismantle(), IsOk());
}

// ---- updated_at

class TableThatIsPolled : public CustomersTable {
 protected:
  void SetUp() override {
    CustomersTable::SetUp();
    crm_.Ask(
        "insert into public.customers (first_name, updated_at) values ('Old', now() - interval "
        "'1 day')");
    ASSERT_THAT(polled_.Prepare(), IsOk());
    cursor_ = Begin(polled_);
  }

  std::vector<std::string> Told(int limit = 100) {
    return CustomersTable::Told(polled_, cursor_, limit);
  }

  void Touch(const std::string& key, const std::string& at = "clock_timestamp()") {
    crm_.Ask("update public.customers set first_name = first_name || '.', updated_at = " + at +
             " where id = " + key);
  }

  Side polled_{database_, Polled()};
  std::string cursor_;
};

TEST_F(TableThatIsPolled, TellsAnEditOnce) {
  EXPECT_EQ(crm_.Ask(kOurTriggers), "0");
  EXPECT_THAT(Told(), IsEmpty());
  Touch("1");
  EXPECT_THAT(Told(), ElementsAre("1"));
  EXPECT_THAT(Told(), IsEmpty());
  Touch("1");
  EXPECT_THAT(Told(), ElementsAre("1"));
}

TEST_F(TableThatIsPolled, TellsTwoEditsWithinOneTickOfTheClock) {
  Touch("1", "date_trunc('minute', now())");
  EXPECT_THAT(Told(), ElementsAre("1"));
  Touch("1", "date_trunc('minute', now())");
  EXPECT_THAT(Told(), ElementsAre("1"));
}

TEST_F(TableThatIsPolled, TellsAnEditThatIsCommittedMinutesLater) {
  Insert("Quick");
  ASSERT_THAT(Told(), SizeIs(1));
  Touch("1", "now() - interval '9 minutes'");
  EXPECT_THAT(Told(), ElementsAre("1"));
}

TEST_F(TableThatIsPolled, TellsAgainWhatNobodyStored) {
  Touch("1");
  const auto lost = polled_.Changes(cursor_, 100);
  ASSERT_THAT(lost, IsOk());
  ASSERT_EQ(lost->hints.size(), 1U);
  EXPECT_THAT(Told(), ElementsAre("1"));
  Side restarted(database_, Polled());
  EXPECT_THAT(CustomersTable::Told(restarted, cursor_), ElementsAre("1"))
      << "who remembers nothing tells it once more";
  EXPECT_THAT(CustomersTable::Told(restarted, cursor_), IsEmpty());
}

TEST_F(TableThatIsPolled, IsNotDeafAfterARowFromTheFuture) {
  Touch("1", "now() + interval '10 years'");
  EXPECT_THAT(Told(), ElementsAre("1"));
  const std::string key = Insert("Now");
  EXPECT_THAT(Told(), ElementsAre(key));
}

TEST_F(TableThatIsPolled, ComesPageByPage) {
  crm_.Ask(
      "insert into public.customers (id, first_name) select n, 'n' from generate_series(101, "
      "125) n");
  EXPECT_EQ(Told(10).size(), 25U);
  EXPECT_THAT(Told(10), IsEmpty());
}

TEST_F(TableThatIsPolled, DoesNotReadAnImportWithEachPoll) {
  crm_.Ask("insert into public.customers (first_name) select 'n' from generate_series(1, 25)");
  EXPECT_EQ(Told(10).size(), 25U);
  Touch("1", "now() - interval '9 minutes'");
  int polls = 0;
  while (polls < 59 && Told(10).empty()) ++polls;
  EXPECT_EQ(polls, 59) << "the rows of the import are not read again each time";
  EXPECT_THAT(Told(10), ElementsAre("1")) << "what was committed late is told a minute later";
}

TEST_F(TableThatIsPolled, BeginsAnewWithACursorOfAnotherWay) {
  std::string cursor = "755/0";
  EXPECT_THAT(CustomersTable::Told(polled_, cursor), IsEmpty());
  EXPECT_THAT(cursor, HasSubstr("high"));
}

}  // namespace
}  // namespace sb::testing
