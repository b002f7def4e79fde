// Reports ask the views of a sync what a person wants to know.
#include "engine/accounts/reports.h"

#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/adapters/postgres/database.h"
#include "tests/integration/analytics/company.h"
#include "tests/support/matchers.h"
#include "tests/support/memory_sync_store.h"

namespace sb::testing {
namespace {

using accounts::Reports;

constexpr WallTime kReportBegin = std::chrono::sys_days(std::chrono::May / 1 / 2026);
constexpr WallTime kReportEnd = std::chrono::sys_days(std::chrono::August / 1 / 2026);

class AnalyticsReports : public ::testing::Test {
 protected:
  AnalyticsReports() {
    account_.id = AccountId(3);
    account_.connector = "aircall";
    company_.Store(database_, sink_);
    MakeAnalytics(sink_, {"calls", "numbers", "users", "teams", "tags", "user_availability"});
    ports::Sync sync;
    sync.id = ports::SyncId(1);
    sync.account = account_.id;
    sync.workspace = "acme";
    sync.name = "telephony";
    sync.schema = kAnalyticsSchema;
    EXPECT_THAT(syncs_.Open(sync, {}), IsOk());
  }

  static Reports::Request Asking(const std::string& name, const std::string& by = "") {
    Reports::Request request;
    request.name = name;
    request.choice.by = by;
    request.choice.from = kReportBegin;
    request.choice.to = kReportEnd;
    return request;
  }

  /// The first figure of each line; "" is the line for all.
  std::map<std::string, std::string> Lines(const Reports::Request& request) {
    const auto answer = reports_.Run(account_, request);
    EXPECT_TRUE(answer.ok()) << answer.error().message;
    std::map<std::string, std::string> lines;
    if (!answer.ok()) return lines;
    for (const auto& row : answer->table.rows) lines[row[0].value_or("")] = row[1].value_or("");
    return lines;
  }

  Company company_{11};
  TestDatabase database_{TestDatabase::Schema::kEmpty};
  adapters::postgres::Database connections_{database_.settings()};
  adapters::postgres::PostgresRowSink sink_{connections_};
  MemorySyncStore syncs_;
  ports::Account account_;
  Reports reports_{{AnalyticsConnectors(), syncs_, [this](const std::string&) { return &sink_; }}};
};

TEST_F(AnalyticsReports, CallsByHourAreThoseOfTheNumbersTimeZone) {
  std::map<std::string, std::string> expected;
  std::map<int, int> hours;
  for (const CountedCall& call : company_.counted()) ++hours[call.hour];
  for (const auto& [hour, calls] : hours) expected[std::to_string(hour)] = std::to_string(calls);
  expected[""] = std::to_string(company_.counted().size());
  EXPECT_EQ(Lines(Asking("calls", "hour")), expected);
}

TEST_F(AnalyticsReports, AnotherTimeZoneCanBeAskedFor) {
  auto request = Asking("calls", "hour");
  request.choice.zone = "UTC";
  std::map<std::string, std::string> expected;
  std::map<std::int64_t, int> hours;
  for (const CountedCall& call : company_.counted()) ++hours[call.call.started % 86'400 / 3600];
  for (const auto& [hour, calls] : hours) expected[std::to_string(hour)] = std::to_string(calls);
  expected[""] = std::to_string(company_.counted().size());
  EXPECT_EQ(Lines(request), expected);
}

TEST_F(AnalyticsReports, OnlyTheTimeThatWasAskedForCounts) {
  auto request = Asking("calls", "number");
  request.choice.to = kReportBegin + std::chrono::hours(1);
  EXPECT_EQ(Lines(request), (std::map<std::string, std::string>{{"", "0"}}));
}

TEST_F(AnalyticsReports, EveryReportCanBeDrawnByEachOfItsDimensions) {
  for (const core::sync::Report& report : reports_.List(account_)) {
    for (const auto& [by, dimension] : report.dimensions) {
      const auto answer = reports_.Run(account_, Asking(report.name, by));
      ASSERT_TRUE(answer.ok()) << report.name << " by " << by << ": " << answer.error().message;
      EXPECT_EQ(answer->table.columns.size(), 1 + report.measures.size());
      EXPECT_GT(answer->table.rows.size(), 1U) << report.name << " by " << by;
    }
  }
}

TEST_F(AnalyticsReports, WhatCannotBeAskedIsSaidClearly) {
  EXPECT_THAT(reports_.Run(account_, Asking("weather")),
              FailsWith(ErrorKind::kNotFound, "REPORT_NOT_FOUND"));
  EXPECT_THAT(reports_.Run(account_, Asking("calls", "colour")),
              FailsWith(ErrorKind::kInvalid, "REPORT_BY_UNKNOWN"));
  EXPECT_THAT(reports_.Run(account_, Asking("calls", "hour\" from pg_authid --")),
              FailsWith(ErrorKind::kInvalid, "REPORT_BY_UNKNOWN"));
  auto nowhere = Asking("calls", "hour");
  nowhere.choice.zone = "Nowhere/Land";
  EXPECT_THAT(reports_.Run(account_, nowhere),
              FailsWith(ErrorKind::kInvalid, "REPORT_ZONE_UNKNOWN"));
  auto backwards = Asking("calls");
  std::swap(backwards.choice.from, backwards.choice.to);
  EXPECT_THAT(reports_.Run(account_, backwards),
              FailsWith(ErrorKind::kInvalid, "REPORT_TIME_INVALID"));
  auto elsewhere = Asking("calls");
  elsewhere.sync = "billing";
  EXPECT_THAT(reports_.Run(account_, elsewhere),
              FailsWith(ErrorKind::kNotFound, "REPORT_SYNC_NOT_FOUND"));
}

TEST_F(AnalyticsReports, ViewsThatAreMissingAreNamedAsTheReason) {
  database_.Ask("drop view telephony.call_facts cascade");
  EXPECT_THAT(reports_.Run(account_, Asking("calls")),
              FailsWith(ErrorKind::kNotFound, "REPORT_VIEWS_MISSING"));
}

}  // namespace
}  // namespace sb::testing
