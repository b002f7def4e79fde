// Every question of the dashboards is understood by the views that it is asked of.
#include <regex>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/adapters/postgres/database.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "tests/integration/analytics/company.h"

namespace sb::testing {
namespace {

Json DashboardNamed(const std::string& name) {
  const auto text = ReadFile(std::string(SB_ANALYTICS) + "/grafana/" + name + ".json");
  EXPECT_TRUE(text.ok()) << name;
  const auto json = text.ok() ? ParseJson(*text) : Result<Json>(Json::object());
  EXPECT_TRUE(json.ok()) << name;
  return json.ok() ? *json : Json::object();
}

/// As Grafana fills in its variables and macros.
std::string FilledIn(std::string sql) {
  static const std::regex kTime(R"(\$__timeFilter\(([^)]*)\))");
  static const std::regex kSchemaName(R"(\$\{schema\})");
  sql = std::regex_replace(sql, kTime, "$1 between '2026-05-01' and '2026-08-01'");
  return std::regex_replace(sql, kSchemaName, kAnalyticsSchema);
}

class AnalyticsDashboards : public ::testing::TestWithParam<const char*> {};

TEST_P(AnalyticsDashboards, AskOnlyWhatTheViewsKnow) {
  const Company company(5);
  TestDatabase database{TestDatabase::Schema::kEmpty};
  adapters::postgres::Database connections{database.settings()};
  adapters::postgres::PostgresRowSink sink{connections};
  company.Store(database, sink);
  MakeAnalytics(sink, {"calls", "numbers", "users", "teams", "tags", "user_availability"});
  const Json dashboard = DashboardNamed(GetParam());
  ASSERT_FALSE(dashboard.at("panels").empty());
  std::set<std::string> titles;
  for (const Json& panel : dashboard.at("panels")) {
    const std::string title = panel.at("title").get<std::string>();
    EXPECT_TRUE(titles.insert(title).second) << "two panels are called " << title;
    for (const Json& target : panel.at("targets")) {
      ports::SinkQuery query;
      query.query.sql = FilledIn(target.at("rawSql").get<std::string>());
      EXPECT_EQ(query.query.sql.find('$'), std::string::npos) << query.query.sql;
      const auto answer = sink.Ask(kAnalyticsSchema, query);
      EXPECT_TRUE(answer.ok()) << title << ": " << answer.error().message;
    }
  }
}

TEST_P(AnalyticsDashboards, LetPeopleChooseDatabaseAndSchema) {
  std::set<std::string> variables;
  const Json dashboard = DashboardNamed(GetParam());
  for (const Json& each : dashboard.at("templating").at("list"))
    variables.insert(each.at("name").get<std::string>());
  EXPECT_EQ(variables, (std::set<std::string>{"datasource", "schema"}));
}

INSTANTIATE_TEST_SUITE_P(Shipped, AnalyticsDashboards,
                         ::testing::Values("overview", "agents", "numbers"));

}  // namespace
}  // namespace sb::testing
