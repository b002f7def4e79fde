// Views, tables beside the replicated ones, and reports, as files of a connector.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/connector/acme.h"

namespace sb::connector {
namespace {

using core::sync::Analytics;
using core::sync::AnalyticsView;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kDepots = R"yaml(stream: depots
title: Depots
singular: depot
object: box
list: { action: hello, items: '[.]' }
key: [id]
columns: [{ name: id, type: text }]
)yaml";

constexpr const char* kFactsFile = "acme/analytics/facts.sql";
constexpr const char* kFacts = R"sql(-- view: facts
-- title: Facts
-- needs: depots
-- uses: stays, goals
-- How it counts; and why.
select d.id from depots d
)sql";

constexpr const char* kStays = R"sql(-- view: stays
-- title: Stays
-- needs: depots
select 1 as one
)sql";

constexpr const char* kTables = R"yaml(tables:
  - table: goals
    title: Goals
    key: [what]
    columns: [{ name: what, type: text }, { name: goal, type: numeric }]
)yaml";

constexpr const char* kReports = R"yaml(reports:
  - report: depots
    title: Depots
    uses: [facts]
    from: facts f
    where: 'true'
    by: depot
    dimensions: { depot: { title: Depot, sql: f.id } }
    measures: [{ name: depots, title: Depots, unit: count, sql: count(*), bar: true }]
)yaml";

AcmeFiles WithAnalytics() {
  AcmeFiles files;
  files.Put("acme/streams/depots.yaml", kDepots)
      .Put(kFactsFile, kFacts)
      .Put("acme/analytics/stays.sql", kStays)
      .Put("acme/analytics/tables.yaml", kTables)
      .Put("acme/analytics/reports.yaml", kReports);
  return files;
}

/// What is wrong with the connector once one of its files is changed so.
std::string FaultOfAnalytics(const std::string& path, const std::string& from,
                             const std::string& to) {
  AcmeFiles files = WithAnalytics();
  const auto library = files.Edit(path, from, to).Load();
  EXPECT_FALSE(library.ok()) << to;
  return library.ok() ? "" : library.error().message;
}

TEST(AnalyticsFiles, AreReadAndPutInOrder) {
  AcmeFiles files = WithAnalytics();
  const std::unique_ptr<Library> library = std::move(files.Load()).value();
  const Analytics& analytics = *library->FindAnalytics("acme");
  ASSERT_EQ(analytics.views.size(), 2U);
  EXPECT_EQ(analytics.views[0].name, "stays");
  EXPECT_EQ(analytics.views[1],
            (AnalyticsView{
                "facts", "Facts", {"depots"}, {"stays", "goals"}, "select d.id from depots d\n"}));
  EXPECT_EQ(analytics.tables.at(0).name, "goals");
  EXPECT_TRUE(analytics.tables.at(0).columns.at(0).required);
  EXPECT_TRUE(analytics.reports.at("depots").measures.at(0).bar);
  EXPECT_EQ(library->FindAnalytics("nobody"), nullptr);
  EXPECT_EQ(Acme().FindAnalytics("acme"), nullptr);
}

TEST(AnalyticsFiles, AreRefusedAtTheirPlace) {
  EXPECT_THAT(FaultOfAnalytics(kFactsFile, "view: facts", "view: fax"),
              HasSubstr("it must begin with the line `-- view: facts`"));
  EXPECT_THAT(FaultOfAnalytics(kFactsFile, "needs: depots", "needs: depot"),
              HasSubstr("it needs 'depot', which is no stream"));
  EXPECT_THAT(FaultOfAnalytics(kFactsFile, "stays, goals", "stays, goals, facts"),
              HasSubstr("or uses it in turn"));
  EXPECT_THAT(FaultOfAnalytics(kFactsFile, "from depots d", "from depots d; drop table depots"),
              HasSubstr("it must be one query"));
  EXPECT_THAT(FaultOfAnalytics("acme/analytics/tables.yaml", "table: goals", "table: depots"),
              HasSubstr("there is a table of that name"));
  EXPECT_THAT(FaultOfAnalytics("acme/analytics/tables.yaml", "key: [what]", "key: [who]"),
              HasSubstr("there is no column 'who'"));
  EXPECT_THAT(FaultOfAnalytics("acme/analytics/reports.yaml", "uses: [facts]", "uses: [fax]"),
              HasSubstr("there is no view 'fax'"));
  EXPECT_THAT(FaultOfAnalytics("acme/analytics/reports.yaml", "by: depot", "by: hour"),
              HasSubstr("it must be one of its dimensions"));
}

TEST(AnalyticsFiles, StandOnlyInTheirFolder) {
  AcmeFiles files = WithAnalytics();
  const auto library = files.Put("acme/streams/depots.sql", "select 1").Load();
  ASSERT_FALSE(library.ok());
  EXPECT_THAT(library.error().message, HasSubstr("acme/streams/depots.sql"));
}

TEST(AnalyticsFiles, OfAircallAreAllThere) {
  const auto* aircall = Aircall().FindAnalytics("aircall");
  ASSERT_NE(aircall, nullptr);
  std::vector<std::string> reports;
  for (const auto& [name, report] : aircall->reports) reports.push_back(name);
  EXPECT_THAT(reports, ElementsAre("agents", "calls", "numbers", "tags", "teams", "unreturned",
                                   "voicemails"));
  const auto all = core::sync::ChooseViews(
      *aircall, {"calls", "events", "numbers", "users", "teams", "tags", "user_availability"});
  EXPECT_TRUE(all.left_out.empty()) << all.left_out.front().reason;
}

}  // namespace
}  // namespace sb::connector
