#include <gmock/gmock.h>

#include "switchboard/v1/run.grpc.pb.h"
#include "tests/integration/api/api_house.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
namespace wf = core::workflow;
using ports::Role;
using ::testing::Each;
using testing::ReasonOf;
using ::testing::SizeIs;

class BulkCalls : public ::testing::Test {
 protected:
  struct Heard {
    std::vector<v1::BulkRunsResponse> messages;
    grpc::Status status;

    const v1::BulkRunsResponse& last() const { return messages.back(); }
  };

  Heard Ask(const v1::BulkRunsRequest& request, const std::string& key) {
    const auto context = house_.With(key);
    const auto stream = stub_->BulkRuns(context.get(), request);
    Heard heard;
    v1::BulkRunsResponse message;
    while (stream->Read(&message)) heard.messages.push_back(message);
    heard.status = stream->Finish();
    return heard;
  }

  static v1::BulkRunsRequest Request(v1::BulkRunsRequest::Action action,
                                     const std::string& filter) {
    v1::BulkRunsRequest request;
    request.set_action(action);
    request.set_filter(filter);
    return request;
  }

  std::vector<RunId> FailedRuns(int count) {
    std::vector<RunId> runs;
    for (int i = 0; i < count; ++i) {
      runs.push_back(house_.AddRun(account_, workflow_));
      house_.engine.Tell(runs.back(), {wf::RunFailed{{"", 500, "Broken", "", ""}}});
    }
    return runs;
  }

  std::vector<std::string> StatesOf(const std::vector<RunId>& runs) {
    std::vector<std::string> states;
    for (const RunId run : runs) states.push_back(house_.runs.Get(run)->summary.status);
    return states;
  }

  int CountOf(const std::string& status) {
    ports::RunFilter filter;
    filter.statuses.Only({status});
    return static_cast<int>(house_.runs.List(filter, {0, 1000})->items.size());
  }

  testing::ApiHouse house_;
  std::string acme_ = house_.AddKey(Role::kOperator, "acme");
  AccountId account_ = house_.AddAccount("acme");
  WorkflowId workflow_ = house_.AddWorkflow();
  std::unique_ptr<v1::RunService::Stub> stub_ = v1::RunService::NewStub(house_.channel());
};

TEST_F(BulkCalls, OnlyCountsAndShowsASampleWhenAskedTo) {
  const auto runs = FailedRuns(12);
  auto request = Request(v1::BulkRunsRequest::ACTION_RETRY, "state = FAILED");
  request.set_validate_only(true);
  const auto heard = Ask(request, acme_);
  ASSERT_TRUE(heard.status.ok()) << heard.status.error_message();
  ASSERT_THAT(heard.messages, SizeIs(1));
  EXPECT_EQ(heard.last().total(), 12);
  EXPECT_TRUE(heard.last().finished());
  ASSERT_THAT(heard.last().sample(), SizeIs(10));
  EXPECT_EQ(heard.last().sample(0).id(), ToText(runs.back()));
  EXPECT_EQ(CountOf("RUNNING"), 0) << "nothing was done";
}

TEST_F(BulkCalls, CancelsWhatIsStillGoingOnAndTellsHowFarItIs) {
  std::vector<RunId> runs;
  for (int i = 0; i < 150; ++i) runs.push_back(house_.AddRun(account_, workflow_));
  const auto failed = FailedRuns(3);
  const RunId theirs = house_.AddRun(house_.AddAccount("globex"), workflow_);
  const auto heard =
      Ask(Request(v1::BulkRunsRequest::ACTION_CANCEL, "workflow = acme/note"), acme_);
  ASSERT_TRUE(heard.status.ok()) << heard.status.error_message();
  EXPECT_EQ(heard.last().total(), 150);
  EXPECT_EQ(heard.last().done(), 150);
  EXPECT_EQ(heard.last().failed(), 0);
  EXPECT_TRUE(heard.last().finished());
  EXPECT_GT(heard.messages.size(), 10U) << "progress";
  EXPECT_THAT(StatesOf(runs), Each("CANCELLED"));
  EXPECT_THAT(StatesOf(failed), Each("FAILED"));
  EXPECT_THAT(StatesOf({theirs}), Each("RUNNING"));
}

TEST_F(BulkCalls, RetriesEachRunOnceHoweverOftenItIsAsked) {
  FailedRuns(5);
  auto request = Request(v1::BulkRunsRequest::ACTION_RETRY, "state = FAILED");
  request.set_request_id("repair-17");
  EXPECT_EQ(Ask(request, acme_).last().done(), 5);
  EXPECT_EQ(Ask(request, acme_).last().done(), 5);
  EXPECT_EQ(CountOf("RUNNING"), 5);
}

TEST_F(BulkCalls, ResumesParkedRuns) {
  const RunId run = house_.AddRun(account_, workflow_);
  house_.AddRun(account_, workflow_);
  house_.engine.Tell(run, {wf::RunParked{"OUTCOME_UNKNOWN", "look", ""}});
  const auto heard =
      Ask(Request(v1::BulkRunsRequest::ACTION_RESUME, "account = " + ToText(account_)), acme_);
  EXPECT_EQ(heard.last().total(), 1);
  EXPECT_THAT(StatesOf({run}), Each("RUNNING"));
}

TEST_F(BulkCalls, CountsRunsThatRefuseAndSaysWhy) {
  const RunId run = house_.AddRun(account_, workflow_);
  house_.engine.Tell(run, {wf::RunFailed{{"", 500, "Broken", "", ""}}});
  house_.engine.FailNextStart(Unavailable("ENGINE_STOPPING", "the engine is stopping"));
  const auto heard = Ask(Request(v1::BulkRunsRequest::ACTION_RETRY, "state = FAILED"), acme_);
  ASSERT_TRUE(heard.status.ok());
  EXPECT_EQ(heard.last().failed(), 1);
  ASSERT_THAT(heard.last().failures(), SizeIs(1));
  EXPECT_EQ(heard.last().failures(0).run(), ToText(run));
  EXPECT_EQ(heard.last().failures(0).code(), "ENGINE_STOPPING");
}

TEST_F(BulkCalls, NeedsAFilterAndAnAction) {
  EXPECT_EQ(ReasonOf(Ask(Request(v1::BulkRunsRequest::ACTION_CANCEL, " "), acme_).status),
            "FILTER_INVALID");
  EXPECT_EQ(
      ReasonOf(
          Ask(Request(v1::BulkRunsRequest::ACTION_UNSPECIFIED, "state = FAILED"), acme_).status),
      "FIELD_INVALID");
  const std::string viewer = house_.AddKey(Role::kViewer, "acme");
  EXPECT_EQ(
      ReasonOf(Ask(Request(v1::BulkRunsRequest::ACTION_CANCEL, "state = RUNNING"), viewer).status),
      "ROLE_INSUFFICIENT");
}

TEST_F(BulkCalls, EndsWhenTheServerStops) {
  for (int i = 0; i < 5; ++i) house_.AddRun(account_, workflow_);
  house_.StopEverything();
  const auto heard = Ask(Request(v1::BulkRunsRequest::ACTION_CANCEL, "state = RUNNING"), acme_);
  EXPECT_EQ(heard.status.error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace sb::api
