#include "engine/runtime/quota_report.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/runtime/company_quota.h"
#include "tests/support/fake_clock.h"

namespace sb::runtime {
namespace {

using core::quota::Lane;
using std::chrono::seconds;

constexpr RunId kRun{77};

class Report : public ::testing::Test {
 protected:
  Report() {
    ports::Account account;
    account.id = AccountId(1);
    lanes_ = std::make_unique<AccountLanes>(account, connector::Credential{}, 1);
    quota_.Join(*lanes_);
  }

  void Push(Lane lane, RunId run, const std::string& task) {
    LaneJob job;
    job.call.account = AccountId(1);
    job.call.lane = lane;
    job.call.run = run;
    job.call.task = task;
    lanes_->Push(std::move(job));
  }

  QuotaReport Read(RunId run = {}) { return Complete(DraftOf(quota_, lanes_.get(), run), now_); }

  WallTime now_ = testing::kStoryTime;
  std::unique_ptr<AccountLanes> lanes_;
  CompanyQuota quota_{{17, ports::CompanyId(5)},
                      core::quota::Limiter(core::quota::Limiter::Settings{})};
};

TEST_F(Report, OfAQuotaThatNobodyUsesIsThatAllIsFree) {
  const QuotaReport report = Read();
  EXPECT_EQ(report.limit, 100);
  EXPECT_EQ(report.used, 0);
  EXPECT_EQ(report.foreign, 0);
  EXPECT_FALSE(report.cool_until);
  for (const auto& lane : report.lanes) EXPECT_FALSE(lane.empty_at);
}

TEST_F(Report, TellsWhatWaitsAndWhenItWillHaveLeft) {
  quota_.limiter().OnRefused({.retry_after = seconds(30)}, now_);
  for (int i = 0; i < 3; ++i) Push(Lane::kLive, {}, "");
  const QuotaReport report = Read();
  EXPECT_GE(*report.cool_until, now_ + seconds(30));
  EXPECT_EQ(report.lanes[1].waiting, 3);
  EXPECT_EQ(report.lanes[1].company_waiting, 3);
  EXPECT_GE(*report.lanes[1].empty_at, now_ + seconds(30));
}

TEST_F(Report, TellsOfOneRunUntilWhenItsCallsWait) {
  quota_.limiter().OnRefused({.retry_after = seconds(30)}, now_);
  Push(Lane::kLive, RunId(78), "/do/0/another");
  Push(Lane::kLive, kRun, "/do/0/note");
  const QuotaReport report = Read(kRun);
  ASSERT_EQ(report.waits.size(), 1U);
  EXPECT_EQ(report.waits[0].task, "/do/0/note");
  EXPECT_EQ(report.waits[0].ahead, 1);
  EXPECT_GE(report.waits[0].until, now_ + seconds(30));
}

TEST_F(Report, TravelsBetweenInstancesAsItIs) {
  quota_.limiter().OnRefused({.retry_after = seconds(30)}, now_);
  Push(Lane::kBackfill, kRun, "/do/0/note");
  QuotaReport report = Read(kRun);
  report.account = AccountId(1);
  report.crowded = true;
  EXPECT_EQ(ToJson(QuotaReportFromJson(ToJson(report))), ToJson(report));
}

TEST_F(Report, ReadsAnythingWithoutHarm) {
  for (const Json& odd : {Json(), Json(7), Json::array(), Json{{"lanes", {1, 2, 3, 4, 5}}}})
    EXPECT_EQ(QuotaReportFromJson(odd).limit, 0);
}

}  // namespace
}  // namespace sb::runtime
