// Which views can stand, and what a report asks.
#include "engine/core/sync/analytics.h"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sb::core::sync {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr WallTime kJuneBegins = std::chrono::sys_days(std::chrono::June / 1 / 2026);
constexpr WallTime kJulyBegins = std::chrono::sys_days(std::chrono::July / 1 / 2026);

Analytics ParcelViews() {
  Analytics analytics;
  analytics.tables.push_back({"goals", "", {}, {}, {}});
  analytics.views = {{"waits", "", {"parcels", "stops"}, {}, "select stops"},
                     {"waits", "", {"parcels"}, {}, "select parcels"},
                     {"facts", "", {"parcels", "depots"}, {"waits", "goals"}, ""},
                     {"sums", "", {"parcels"}, {"facts"}, ""}};
  return analytics;
}

Report Deliveries() {
  Report report;
  report.name = "deliveries";
  report.from = "facts f";
  report.where = "f.at < asked.until";
  report.by = "hour";
  report.dimensions = {{"hour", {"Hour", "f.hour", ""}},
                       {"depot", {"Depot", "f.depot", "count(*)"}}};
  report.measures = {{"parcels", "Parcels", MeasureUnit::kCount, "count(*)", true},
                     {"late", "Late", MeasureUnit::kShare, "avg(f.late)", false}};
  return report;
}

TEST(ChooseViews, TakesTheVariantThatKnowsMost) {
  const auto all = ChooseViews(ParcelViews(), {"parcels", "stops", "depots"});
  ASSERT_THAT(all.make, ::testing::SizeIs(3));
  EXPECT_EQ(all.make.front().sql, "select stops");
  EXPECT_THAT(all.left_out, IsEmpty());
  const auto fewer = ChooseViews(ParcelViews(), {"parcels", "depots"});
  EXPECT_EQ(fewer.make.front().sql, "select parcels");
  EXPECT_THAT(fewer.left_out, IsEmpty());
}

TEST(ChooseViews, LeavesOutWhatStandsOnNothingAndSaysWhy) {
  const auto chosen = ChooseViews(ParcelViews(), {"parcels"});
  EXPECT_THAT(chosen.make, ::testing::SizeIs(1));
  EXPECT_THAT(chosen.left_out,
              ElementsAre(LeftOutView{"facts", "the stream 'depots' is not replicated"},
                          LeftOutView{"sums", "it reads 'facts', which is left out itself"}));
}

TEST(QueryOf, MakesWordsOfTheCallerParameters) {
  ReportChoice choice{"", kJuneBegins, kJulyBegins, "Europe/Paris'; drop table calls; --"};
  const auto query = QueryOf(Deliveries(), choice);
  ASSERT_TRUE(query.ok());
  EXPECT_THAT(query->sql, Not(HasSubstr("drop table")));
  EXPECT_THAT(query->values, ElementsAre("2026-06-01T00:00:00.000Z", "2026-07-01T00:00:00.000Z",
                                         "Europe/Paris'; drop table calls; --"));
}

TEST(QueryOf, CountsAllTogetherBesides) {
  const auto query = QueryOf(Deliveries(), {"depot", kJuneBegins, kJulyBegins, ""});
  ASSERT_TRUE(query.ok());
  EXPECT_THAT(query->sql, HasSubstr("f.depot as \"depot\", count(*) as \"parcels\""));
  EXPECT_THAT(query->sql, HasSubstr("group by grouping sets ((f.depot), ())"));
  EXPECT_THAT(query->sql, HasSubstr("desc, count(*)"));
}

TEST(QueryOf, KnowsOnlyTheDimensionsOfTheReport) {
  const auto query = QueryOf(Deliveries(), {"colour", kJuneBegins, kJulyBegins, ""});
  ASSERT_FALSE(query.ok());
  EXPECT_EQ(query.error().code, "REPORT_BY_UNKNOWN");
  EXPECT_THAT(query.error().message, HasSubstr("depot, hour"));
}

TEST(QueryOf, RefusesATimeThatIsNone) {
  for (const auto& [from, to] :
       {std::pair(kJulyBegins, kJuneBegins), std::pair(kJuneBegins, kJuneBegins),
        std::pair(kJuneBegins, kJuneBegins + std::chrono::hours(24 * 1097))}) {
    const auto query = QueryOf(Deliveries(), {"", from, to, ""});
    ASSERT_FALSE(query.ok());
    EXPECT_EQ(query.error().code, "REPORT_TIME_INVALID");
  }
}

}  // namespace
}  // namespace sb::core::sync
