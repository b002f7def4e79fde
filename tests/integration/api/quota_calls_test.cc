#include <gmock/gmock.h>

#include "switchboard/v1/quota.grpc.pb.h"
#include "switchboard/v1/run.grpc.pb.h"
#include "tests/integration/api/api_house.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
namespace wf = core::workflow;
using ports::Role;
using std::chrono::seconds;
using testing::ReasonOf;
using ::testing::SizeIs;

constexpr const char* kNote = "/do/0/note";

class QuotaCalls : public ::testing::Test {
 protected:
  grpc::Status Get(const std::string& key, const std::string& account) {
    v1::GetQuotaRequest request;
    request.set_account(account);
    return quotas_->GetQuota(house_.With(key).get(), request, &got_);
  }

  grpc::Status List(const std::string& key, const v1::ListQuotasRequest& request = {}) {
    return quotas_->ListQuotas(house_.With(key).get(), request, &listed_);
  }

  runtime::QuotaReport Busy() {
    runtime::QuotaReport report;
    report.account = account_;
    report.at = house_.clock.Now();
    report.limit = 90;
    report.used = 71;
    report.foreign = 12;
    report.cool_until = report.at + seconds(20);
    report.crowded = true;
    report.lanes[1] = {2, 5, report.at + seconds(30)};
    report.lanes[3] = {0, 900, report.at + seconds(700)};
    report.waits.push_back({kNote, core::quota::Lane::kLive, 3, report.at + seconds(21)});
    return report;
  }

  v1::Run RunThatCalls() {
    house_.engine.Tell(
        run_, {wf::TaskEntered{kNote, "note", "call", {}},
               wf::CallRequested{
                   kNote, 1, "aircall.calls.comment:1.0.0", {}, wf::EffectClass::kRead, ""}});
    v1::GetRunRequest request;
    request.set_run(ToText(run_));
    v1::GetRunResponse response;
    EXPECT_TRUE(runs_->GetRun(house_.With(acme_).get(), request, &response).ok());
    return response.run();
  }

  testing::ApiHouse house_;
  std::string everywhere_ = house_.AddKey(Role::kViewer);
  std::string acme_ = house_.AddKey(Role::kViewer, "acme");
  std::string globex_ = house_.AddKey(Role::kViewer, "globex");
  AccountId account_ = house_.AddAccount("acme");
  WorkflowId workflow_ = house_.AddWorkflow();
  RunId run_ = house_.AddRun(account_, workflow_);
  v1::GetQuotaResponse got_;
  v1::ListQuotasResponse listed_;
  std::unique_ptr<v1::QuotaService::Stub> quotas_ = v1::QuotaService::NewStub(house_.channel());
  std::unique_ptr<v1::RunService::Stub> runs_ = v1::RunService::NewStub(house_.channel());
};

TEST_F(QuotaCalls, AQuotaTellsWhatIsUsedAndWhatWaits) {
  house_.engine.StandAt(Busy());
  ASSERT_TRUE(Get(everywhere_, ToText(account_)).ok());
  const v1::Quota& quota = got_.quota();
  EXPECT_EQ(quota.account(), ToText(account_));
  EXPECT_EQ(quota.connector(), "aircall");
  EXPECT_EQ(quota.limit(), 90);
  EXPECT_EQ(quota.used(), 71);
  EXPECT_EQ(quota.others(), 12);
  EXPECT_TRUE(quota.crowded());
  EXPECT_TRUE(quota.has_blocked_until_time());
  ASSERT_THAT(quota.lanes(), SizeIs(4));
  EXPECT_EQ(quota.lanes(1).lane(), v1::LANE_LIVE);
  EXPECT_EQ(quota.lanes(1).waiting(), 2);
  EXPECT_EQ(quota.lanes(1).company_waiting(), 5);
  EXPECT_EQ(quota.lanes(1).empty_time().seconds() - quota.read_time().seconds(), 30);
  EXPECT_FALSE(quota.lanes(0).has_empty_time());
  EXPECT_TRUE(quota.lanes(3).has_empty_time());
}

TEST_F(QuotaCalls, ATenantIsNotToldWhatWaitsForOthers) {
  house_.engine.StandAt(Busy());
  ASSERT_TRUE(Get(acme_, ToText(account_)).ok());
  EXPECT_EQ(got_.quota().lanes(1).waiting(), 2);
  EXPECT_EQ(got_.quota().lanes(1).company_waiting(), 0);
  EXPECT_FALSE(got_.quota().lanes(3).has_empty_time());
  EXPECT_EQ(ReasonOf(Get(globex_, ToText(account_))), "ACCOUNT_NOT_FOUND");
}

TEST_F(QuotaCalls, AnOwnerThatDoesNotAnswerIsNamed) {
  house_.engine.FailQuota(account_, Unavailable("OWNER_UNAVAILABLE", "nobody is there"));
  EXPECT_EQ(ReasonOf(Get(acme_, ToText(account_))), "OWNER_UNAVAILABLE");
  const AccountId other = house_.AddAccount("acme", "Harbour Lamps");
  ASSERT_TRUE(List(acme_).ok());
  ASSERT_THAT(listed_.quotas(), SizeIs(2));
  EXPECT_EQ(listed_.quotas(0).account(), ToText(other));
  EXPECT_EQ(listed_.quotas(0).limit(), 100);
  EXPECT_EQ(listed_.quotas(1).error_code(), "OWNER_UNAVAILABLE");
}

TEST_F(QuotaCalls, AListHasPagesAndNothingOfOtherTenants) {
  house_.AddAccount("globex");
  house_.AddAccount("acme", "Harbour Lamps");
  v1::ListQuotasRequest request;
  request.set_page_size(1);
  ASSERT_TRUE(List(acme_, request).ok());
  EXPECT_THAT(listed_.quotas(), SizeIs(1));
  request.set_page_token(listed_.next_page_token());
  ASSERT_TRUE(List(acme_, request).ok());
  EXPECT_EQ(listed_.quotas(0).account(), ToText(account_));
  EXPECT_EQ(listed_.next_page_token(), "");
  request.set_page_size(-1);
  EXPECT_EQ(ReasonOf(List(acme_, request)), "PAGE_SIZE_INVALID");
}

TEST_F(QuotaCalls, ARunSaysUntilWhenItWaitsForQuota) {
  house_.engine.StandAt(Busy());
  const v1::Run run = RunThatCalls();
  const std::string time = ToRfc3339(Busy().at + seconds(21)).substr(11, 8);
  EXPECT_EQ(run.note(), "waiting for quota until " + time);
  ASSERT_THAT(run.tasks(), SizeIs(1));
  EXPECT_EQ(run.tasks(0).wait().kind(), v1::TaskWait::KIND_QUOTA);
  EXPECT_EQ(run.tasks(0).wait().until_time().seconds(),
            std::chrono::floor<seconds>(Busy().waits[0].until).time_since_epoch().count());
}

TEST_F(QuotaCalls, ARunWhoseRequestIsUnderWayWaitsForItsAnswer) {
  const v1::Run run = RunThatCalls();
  EXPECT_EQ(run.note(), "");
  EXPECT_EQ(run.tasks(0).wait().kind(), v1::TaskWait::KIND_CALL);
}

TEST_F(QuotaCalls, ARunIsShownAlsoWhenNobodyKnowsOfItsQuota) {
  house_.engine.FailQuota(account_, Unavailable("OWNER_UNAVAILABLE", "nobody is there"));
  EXPECT_EQ(RunThatCalls().tasks(0).wait().kind(), v1::TaskWait::KIND_CALL);
}

}  // namespace
}  // namespace sb::api
