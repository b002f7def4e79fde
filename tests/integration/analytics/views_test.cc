// Views are made over what is replicated, renewed when they change, and never in the place of
// something that is not ours.
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/adapters/postgres/database.h"
#include "tests/integration/analytics/company.h"
#include "tests/support/matchers.h"

namespace sb::testing {
namespace {

using core::sync::AnalyticsView;
using core::sync::LeftOutView;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AnalyticsViews : public ::testing::Test {
 protected:
  AnalyticsViews() { database_.Ask("create schema telephony"); }

  ports::SinkViews Make(const std::vector<AnalyticsView>& views) {
    const auto made = sink_.MakeViews(kAnalyticsSchema, views);
    EXPECT_TRUE(made.ok()) << made.error().message;
    return made.ok() ? *made : ports::SinkViews();
  }

  TestDatabase database_{TestDatabase::Schema::kEmpty};
  adapters::postgres::Database connections_{database_.settings()};
  adapters::postgres::PostgresRowSink sink_{connections_};
};

AnalyticsView ViewOf(const std::string& name, const std::string& sql,
                     std::vector<std::string> uses = {}) {
  return {name, "A view", {}, std::move(uses), sql};
}

TEST_F(AnalyticsViews, AViewReadsTheTablesOfItsOwnSchema) {
  database_.Ask("create table telephony.calls (id int)");
  database_.Ask("create table public.calls (id int, other int)");
  database_.Ask("insert into telephony.calls values (7)");
  EXPECT_THAT(Make({ViewOf("facts", "select * from calls")}).made, ElementsAre("facts"));
  EXPECT_EQ(database_.Ask("select id::text from telephony.facts"), "7");
}

TEST_F(AnalyticsViews, MakingThemAgainChangesNothingAndKeepsRights) {
  Make({ViewOf("facts", "select 1 as one")});
  database_.Ask("create role reader_of_views");
  database_.Ask("grant select on telephony.facts to reader_of_views");
  Make({ViewOf("facts", "select 1 as one")});
  EXPECT_EQ(
      database_.Ask("select has_table_privilege('reader_of_views', 'telephony.facts', 'select')"),
      "t");
  database_.Ask("drop owned by reader_of_views");
  database_.Ask("drop role reader_of_views");
}

TEST_F(AnalyticsViews, OtherColumnsAreNoHindrance) {
  Make({ViewOf("facts", "select 1 as one"), ViewOf("sums", "select one from facts", {"facts"})});
  Make(
      {ViewOf("facts", "select 'x' as word"), ViewOf("sums", "select word from facts", {"facts"})});
  EXPECT_EQ(database_.Ask("select word from telephony.sums"), "x");
}

TEST_F(AnalyticsViews, AViewOfYoursOnOursIsNotBroken) {
  Make({ViewOf("facts", "select 1 as one")});
  database_.Ask("create view telephony.mine as select one from telephony.facts");
  EXPECT_THAT(sink_.MakeViews(kAnalyticsSchema, {ViewOf("facts", "select 'x' as word")}),
              FailsWith(ErrorKind::kConflict, "SYNC_VIEWS_IN_USE"));
  EXPECT_EQ(database_.Ask("select one::text from telephony.mine"), "1");
}

TEST_F(AnalyticsViews, WhatIsNotOursStaysAndTheViewIsLeftOut) {
  database_.Ask("create view telephony.facts as select 5 as five");
  const auto made =
      Make({ViewOf("facts", "select 1 as one"), ViewOf("sums", "select 1 as one", {"facts"}),
            ViewOf("alone", "select 1 as one")});
  EXPECT_THAT(made.made, ElementsAre("alone"));
  EXPECT_THAT(
      made.left_out,
      ElementsAre(LeftOutView{"facts", "something of that name is there already, and is not ours"},
                  LeftOutView{"sums", "it reads 'facts', which is left out itself"}));
  EXPECT_EQ(database_.Ask("select five::text from telephony.facts"), "5");
}

TEST_F(AnalyticsViews, AStreamThatIsNotReplicatedLeavesItsViewsOutAndSaysSo) {
  const Company company(7);
  company.Store(database_, sink_);
  const auto left_out = MakeAnalytics(sink_, {"calls", "numbers", "users"});
  EXPECT_THAT(left_out,
              Contains(LeftOutView{"call_team_facts", "the stream 'teams' is not replicated"}));
  EXPECT_THAT(left_out, Contains(LeftOutView{"agent_availability",
                                             "the stream 'user_availability' is not replicated"}));
  EXPECT_FALSE(Ask(sink_, "select number_id, day, calls from number_days").empty());
  EXPECT_THAT(MakeAnalytics(sink_, {}), ::testing::Not(IsEmpty()));
}

TEST_F(AnalyticsViews, WithEventsWaitingBeginsBehindTheMenuAndRingingIsKnown) {
  const Company company(7);
  company.Store(database_, sink_);
  database_.Ask(
      "create table if not exists telephony.events (id text primary key, type text, entity_kind "
      "text, entity_id text, occurred_at timestamptz, data jsonb)");
  const CountedCall* call = nullptr;
  for (const CountedCall& each : company.counted()) {
    if (each.wait.value_or(0) >= 10 && each.call.inbound) call = &each;
  }
  ASSERT_NE(call, nullptr);
  const std::string id = std::to_string(call->call.id);
  const std::string at = std::to_string(call->call.started);
  database_.Ask(
      "insert into telephony.events (id, type, entity_id, occurred_at, data) values "
      "('1', 'io.aircall.call.ivr_option_selected', '" +
      id + "', to_timestamp(" + at +
      "), jsonb_build_object('ivr_options_selected', jsonb_build_array(jsonb_build_object("
      "'transition_ended_at', to_timestamp(" +
      at +
      " + 4))))), "
      "('2', 'io.aircall.call.ringing_on_agent', '" +
      id + "', to_timestamp(" + at + " + 6), '{}')");
  MakeAnalytics(sink_, {"calls", "numbers", "users", "events"});
  const auto wait = static_cast<double>(*call->wait);
  const std::string where = " from call_facts where call_id = " + id;
  EXPECT_EQ(Ask(sink_, "select seconds_to_answer" + where)[""], wait - 4);
  EXPECT_EQ(Ask(sink_, "select ring_seconds" + where)[""], wait - 6);
  EXPECT_EQ(Ask(sink_, "select queue_seconds" + where)[""], 2);
}

TEST_F(AnalyticsViews, AQuestionCanOnlyRead) {
  ports::SinkQuery query;
  query.query.sql = "with gone as (delete from calls returning 1) select * from gone";
  database_.Ask("create table telephony.calls (id int)");
  database_.Ask("insert into telephony.calls values (7)");
  EXPECT_FALSE(sink_.Ask(kAnalyticsSchema, query).ok());
  EXPECT_EQ(database_.Ask("select count(*)::text from telephony.calls"), "1");
}

TEST_F(AnalyticsViews, AQuestionEndsAtItsTimeAndAtItsRows) {
  ports::SinkQuery query;
  query.query.sql = "select generate_series(1, 100) as number";
  query.most_rows = 3;
  const auto table = sink_.Ask(kAnalyticsSchema, query);
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(table->rows.size(), 3U);
  EXPECT_TRUE(table->cut);
  query.query.sql = "select pg_sleep(60)";
  query.timeout = Millis(50);
  EXPECT_THAT(sink_.Ask(kAnalyticsSchema, query),
              FailsWith(ErrorKind::kTimeout, "SYNC_QUERY_TOO_SLOW"));
}

}  // namespace
}  // namespace sb::testing
