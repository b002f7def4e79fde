#include <future>

#include <gmock/gmock.h>

#include "switchboard/v1/run.grpc.pb.h"
#include "tests/integration/api/api_house.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
namespace wf = core::workflow;
using grpc::StatusCode;
using ports::Role;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ReasonOf;
using ::testing::SizeIs;

class RunCalls : public ::testing::Test {
 protected:
  std::unique_ptr<grpc::ClientContext> Acme() { return house_.With(acme_); }

  v1::StartRunRequest StartRequest() {
    v1::StartRunRequest request;
    request.set_account(ToText(account_));
    request.set_workflow("acme/note");
    (*request.mutable_input()->mutable_fields())["call_id"].set_number_value(4190000017);
    return request;
  }

  grpc::Status Call(const std::string& action, v1::CallActionResponse& response) {
    v1::CallActionRequest request;
    request.set_account(ToText(account_));
    request.set_action(action);
    (*request.mutable_input()->mutable_fields())["call_id"].set_number_value(4190000017);
    return stub_->CallAction(Acme().get(), request, &response);
  }

  testing::ApiHouse house_;
  std::string acme_ = house_.AddKey(Role::kOperator, "acme");
  std::string globex_ = house_.AddKey(Role::kOperator, "globex");
  AccountId account_ = house_.AddAccount("acme");
  WorkflowId workflow_ = house_.AddWorkflow();
  std::unique_ptr<v1::RunService::Stub> stub_ = v1::RunService::NewStub(house_.channel());
};

TEST_F(RunCalls, AStartedRunIsShownWithItsInput) {
  v1::StartRunResponse response;
  ASSERT_TRUE(stub_->StartRun(Acme().get(), StartRequest(), &response).ok());
  EXPECT_EQ(response.run().state(), v1::Run::STATE_RUNNING);
  EXPECT_EQ(response.run().workflow_name(), "acme/note:1.0.0");
  EXPECT_EQ(response.run().input().struct_value().fields().at("call_id").number_value(),
            4190000017);
}

TEST_F(RunCalls, TheSameRequestIdStartsOneRun) {
  auto request = StartRequest();
  request.set_request_id("order-17");
  v1::StartRunResponse first;
  v1::StartRunResponse second;
  ASSERT_TRUE(stub_->StartRun(Acme().get(), request, &first).ok());
  ASSERT_TRUE(stub_->StartRun(Acme().get(), request, &second).ok());
  EXPECT_EQ(first.run().id(), second.run().id());
  request.set_request_id(std::string(65, 'x'));
  EXPECT_EQ(ReasonOf(stub_->StartRun(Acme().get(), request, &second)), "FIELD_INVALID");
}

TEST_F(RunCalls, ARunNeedsAnAccountAndAWorkflowThatTheCallerMayUse) {
  v1::StartRunResponse response;
  EXPECT_EQ(ReasonOf(stub_->StartRun(house_.With(globex_).get(), StartRequest(), &response)),
            "ACCOUNT_NOT_FOUND");
  auto request = StartRequest();
  request.set_workflow("acme/nothing");
  EXPECT_EQ(ReasonOf(stub_->StartRun(Acme().get(), request, &response)), "WORKFLOW_NOT_FOUND");
}

TEST_F(RunCalls, ManyRunsAreStartedInOneCallAndAnsweredInTheirOrder) {
  v1::StartRunsRequest request;
  request.set_account(ToText(account_));
  request.set_workflow("acme/note");
  for (int i = 0; i < 3; ++i)
    (*request.add_runs()->mutable_input()->mutable_fields())["call_id"].set_number_value(i);
  v1::StartRunsResponse response;
  ASSERT_TRUE(stub_->StartRuns(Acme().get(), request, &response).ok());
  ASSERT_THAT(response.runs(), SizeIs(3));
  for (int i = 0; i < 3; ++i) {
    v1::GetRunRequest get;
    get.set_run(response.runs(i).run());
    v1::GetRunResponse run;
    ASSERT_TRUE(stub_->GetRun(Acme().get(), get, &run).ok());
    EXPECT_EQ(run.run().input().struct_value().fields().at("call_id").number_value(), i);
  }
}

TEST_F(RunCalls, OneItemThatCannotStartDoesNotKeepTheOthersFromStarting) {
  v1::StartRunsRequest request;
  request.set_account(ToText(account_));
  request.set_workflow("acme/note");
  request.add_runs();
  request.add_runs()->set_workflow("acme/nothing");
  request.add_runs()->set_account(ToText(house_.AddAccount("globex")));
  request.add_runs()->set_request_id(std::string(65, 'x'));
  request.add_runs();
  v1::StartRunsResponse response;
  ASSERT_TRUE(stub_->StartRuns(Acme().get(), request, &response).ok());
  std::vector<std::string> codes;
  for (const v1::StartedRun& run : response.runs()) {
    codes.push_back(run.error_code());
    EXPECT_NE(run.run().empty(), run.error_code().empty());
  }
  EXPECT_THAT(codes,
              ElementsAre("", "WORKFLOW_NOT_FOUND", "ACCOUNT_NOT_FOUND", "FIELD_INVALID", ""));
}

TEST_F(RunCalls, TheSameItemsAgainStartNothing) {
  v1::StartRunsRequest request;
  request.set_account(ToText(account_));
  request.set_workflow("acme/note");
  request.add_runs()->set_request_id("order-17");
  v1::StartRunsResponse first;
  v1::StartRunsResponse second;
  ASSERT_TRUE(stub_->StartRuns(Acme().get(), request, &first).ok());
  ASSERT_TRUE(stub_->StartRuns(Acme().get(), request, &second).ok());
  EXPECT_FALSE(first.runs(0).existing());
  EXPECT_TRUE(second.runs(0).existing());
  EXPECT_EQ(first.runs(0).run(), second.runs(0).run());
}

TEST_F(RunCalls, NoItemsOrTooManyAreRefused) {
  v1::StartRunsRequest request;
  request.set_account(ToText(account_));
  request.set_workflow("acme/note");
  v1::StartRunsResponse response;
  EXPECT_EQ(ReasonOf(stub_->StartRuns(Acme().get(), request, &response)), "FIELD_INVALID");
  for (int i = 0; i < 1001; ++i) request.add_runs();
  EXPECT_EQ(ReasonOf(stub_->StartRuns(Acme().get(), request, &response)), "FIELD_INVALID");
}

TEST_F(RunCalls, WhatTheEngineRefusesIsPassedOn) {
  house_.engine.FailNextStart(Unavailable("ENGINE_STOPPING", "the engine is stopping"));
  v1::StartRunResponse response;
  const auto status = stub_->StartRun(Acme().get(), StartRequest(), &response);
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(status), "ENGINE_STOPPING");
}

TEST_F(RunCalls, ARunOfAnotherTenantDoesNotExist) {
  v1::GetRunRequest request;
  request.set_run(ToText(house_.AddRun(account_, workflow_)));
  v1::GetRunResponse response;
  EXPECT_TRUE(stub_->GetRun(Acme().get(), request, &response).ok());
  const auto status = stub_->GetRun(house_.With(globex_).get(), request, &response);
  EXPECT_EQ(status.error_code(), StatusCode::NOT_FOUND);
  EXPECT_EQ(ReasonOf(status), "RUN_NOT_FOUND");
}

TEST_F(RunCalls, AListLeavesOutTheRunsOfOthersAndStillFillsItsPages) {
  const AccountId theirs = house_.AddAccount("globex");
  for (int i = 0; i < 6; ++i) {
    house_.AddRun(account_, workflow_);
    house_.AddRun(theirs, workflow_);
    house_.AddRun(theirs, workflow_);
  }
  v1::ListRunsRequest request;
  request.set_page_size(4);
  v1::ListRunsResponse response;
  ASSERT_TRUE(stub_->ListRuns(Acme().get(), request, &response).ok());
  EXPECT_THAT(response.runs(), SizeIs(4));
  request.set_page_token(response.next_page_token());
  ASSERT_TRUE(stub_->ListRuns(Acme().get(), request, &response).ok());
  EXPECT_THAT(response.runs(), SizeIs(2));
  for (const v1::Run& run : response.runs()) EXPECT_EQ(run.account(), ToText(account_));
}

TEST_F(RunCalls, AListCanBeOfOneStateAndOneAccount) {
  const RunId done = house_.AddRun(account_, workflow_);
  house_.AddRun(account_, workflow_);
  house_.engine.Tell(done, {wf::RunSucceeded{}});
  v1::ListRunsRequest request;
  request.set_state(v1::Run::STATE_SUCCEEDED);
  request.set_account(ToText(account_));
  request.set_workflow("acme/note:1.0.0");
  v1::ListRunsResponse response;
  ASSERT_TRUE(stub_->ListRuns(Acme().get(), request, &response).ok());
  ASSERT_THAT(response.runs(), SizeIs(1));
  EXPECT_EQ(response.runs(0).id(), ToText(done));
  EXPECT_TRUE(response.runs(0).has_end_time());
}

TEST_F(RunCalls, AFilterFindsRunsByWhatTheyAre) {
  const AccountId theirs = house_.AddAccount("globex");
  const WorkflowId newer = house_.AddWorkflow("note", "2.0.0");
  const WorkflowId other = house_.AddWorkflow("other");
  const RunId old_note = house_.AddRun(account_, workflow_);
  house_.clock.Advance(std::chrono::hours(1));
  const RunId new_note = house_.AddRun(account_, newer);
  const RunId another = house_.AddRun(account_, other);
  const RunId foreign = house_.AddRun(theirs, workflow_);
  house_.engine.Tell(another, {wf::RunFailed{{"", 404, "Not found", "there is no such call", ""}}});
  const std::string all_tenants = house_.AddKey(Role::kViewer);
  const auto find = [&](const std::string& filter, const std::string& key) {
    v1::ListRunsRequest request;
    request.set_filter(filter);
    v1::ListRunsResponse response;
    const auto status = stub_->ListRuns(house_.With(key).get(), request, &response);
    EXPECT_TRUE(status.ok()) << filter << ": " << status.error_message();
    std::vector<std::string> ids;
    for (const v1::Run& run : response.runs()) ids.push_back(run.id());
    return ids;
  };
  EXPECT_THAT(find("workflow = acme/note", acme_), ElementsAre(ToText(new_note), ToText(old_note)));
  EXPECT_THAT(find("workflow = acme/note:1.0.0", acme_), ElementsAre(ToText(old_note)));
  EXPECT_THAT(find("workflow != acme/note", acme_), ElementsAre(ToText(another)));
  EXPECT_THAT(find("state = FAILED", acme_), ElementsAre(ToText(another)));
  EXPECT_THAT(find("state != FAILED AND state != PARKED", acme_),
              ElementsAre(ToText(new_note), ToText(old_note)));
  EXPECT_THAT(find("create_time < 2026-06-01T09:30:00Z", acme_), ElementsAre(ToText(old_note)));
  EXPECT_THAT(find("tenant = globex", all_tenants), ElementsAre(ToText(foreign)));
  EXPECT_THAT(find("tenant = globex", acme_), IsEmpty());
  EXPECT_THAT(find("account = " + ToText(theirs), all_tenants), ElementsAre(ToText(foreign)));
  EXPECT_THAT(find("event:*", acme_), IsEmpty());
}

TEST_F(RunCalls, AFilterThatMakesNoSenseIsExplained) {
  const auto refusal = [&](const std::string& filter) {
    v1::ListRunsRequest request;
    request.set_filter(filter);
    v1::ListRunsResponse response;
    return stub_->ListRuns(Acme().get(), request, &response);
  };
  EXPECT_EQ(ReasonOf(refusal("colour = red")), "FILTER_INVALID");
  EXPECT_THAT(refusal("colour = red").error_message(), HasSubstr("fields: account, tenant"));
  EXPECT_THAT(refusal("state = ASLEEP").error_message(), HasSubstr("RUNNING, PARKED"));
  EXPECT_EQ(ReasonOf(refusal("workflow = acme/nothing")), "WORKFLOW_NOT_FOUND");
  EXPECT_EQ(ReasonOf(refusal("account = " + ToText(house_.AddAccount("globex")))),
            "ACCOUNT_NOT_FOUND");
}

TEST_F(RunCalls, AFailedRunIsDoneAgainAndStaysAsItIs) {
  const RunId failed = house_.AddRun(account_, workflow_);
  v1::RetryRunRequest request;
  request.set_run(ToText(failed));
  request.set_request_id("once");
  v1::RetryRunResponse response;
  auto status = stub_->RetryRun(Acme().get(), request, &response);
  EXPECT_EQ(status.error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(status), "RUN_NOT_FINISHED");
  house_.engine.Tell(failed, {wf::RunFailed{{"", 500, "Broken", "", ""}}});
  ASSERT_TRUE(stub_->RetryRun(Acme().get(), request, &response).ok());
  EXPECT_NE(response.run().id(), ToText(failed));
  EXPECT_EQ(response.run().retried_from(), ToText(failed));
  EXPECT_EQ(response.run().state(), v1::Run::STATE_RUNNING);
  EXPECT_EQ(response.run().input().struct_value().fields().at("call_id").number_value(),
            4190000017);
  const std::string first = response.run().id();
  ASSERT_TRUE(stub_->RetryRun(Acme().get(), request, &response).ok());
  EXPECT_EQ(response.run().id(), first) << "the same request";
  request.set_request_id("again");
  ASSERT_TRUE(stub_->RetryRun(Acme().get(), request, &response).ok());
  EXPECT_NE(response.run().id(), first);
  v1::GetRunRequest get;
  get.set_run(ToText(failed));
  v1::GetRunResponse got;
  ASSERT_TRUE(stub_->GetRun(Acme().get(), get, &got).ok());
  EXPECT_EQ(got.run().state(), v1::Run::STATE_FAILED);
}

TEST_F(RunCalls, ARetryCanBeginAtTheTaskThatFailedAndTakesOverWhatWasDone) {
  const RunId failed = house_.AddRun(account_, workflow_);
  const wf::TaskError error{"", 500, "Broken", "", ""};
  house_.engine.Tell(failed, {wf::TaskEntered{"/do/0/first", "first", "set", {}},
                              wf::TaskCompleted{"/do/0/first", Json{{"n", 1}}, {}, false, ""},
                              wf::TaskEntered{"/do/1/second", "second", "call", {}},
                              wf::TaskFailed{"/do/1/second", error}, wf::RunFailed{error}});
  v1::RetryRunRequest request;
  request.set_run(ToText(failed));
  request.set_from(v1::RetryRunRequest::FROM_FAILED_TASK);
  request.set_request_id("once");
  v1::RetryRunResponse response;
  ASSERT_TRUE(stub_->RetryRun(Acme().get(), request, &response).ok());
  EXPECT_EQ(response.run().retried_from(), ToText(failed));
  ASSERT_THAT(response.run().tasks(), SizeIs(2));
  EXPECT_EQ(response.run().tasks(0).output().struct_value().fields().at("n").number_value(), 1);
  EXPECT_NE(response.run().tasks(1).state(), v1::Task::STATE_FAILED);
  const std::string first = response.run().id();
  ASSERT_TRUE(stub_->RetryRun(Acme().get(), request, &response).ok());
  EXPECT_EQ(response.run().id(), first);
  const RunId cancelled = house_.AddRun(account_, workflow_);
  house_.engine.Tell(cancelled, {wf::RunCancelled{"enough"}});
  request.set_run(ToText(cancelled));
  EXPECT_EQ(ReasonOf(stub_->RetryRun(Acme().get(), request, &response)), "RUN_NOT_RETRIABLE");
}

TEST_F(RunCalls, ASucceededRunIsNotRetried) {
  const RunId run = house_.AddRun(account_, workflow_);
  house_.engine.Tell(run, {wf::RunSucceeded{}});
  v1::RetryRunRequest request;
  request.set_run(ToText(run));
  v1::RetryRunResponse response;
  EXPECT_EQ(ReasonOf(stub_->RetryRun(Acme().get(), request, &response)), "RUN_NOT_RETRIABLE");
  EXPECT_EQ(ReasonOf(stub_->RetryRun(house_.With(globex_).get(), request, &response)),
            "RUN_NOT_FOUND");
}

TEST_F(RunCalls, ACancelledRunIsShownAsSuchAndCannotBeCancelledAgain) {
  v1::CancelRunRequest request;
  request.set_run(ToText(house_.AddRun(account_, workflow_)));
  request.set_reason("wrong workflow");
  v1::CancelRunResponse response;
  ASSERT_TRUE(stub_->CancelRun(Acme().get(), request, &response).ok());
  EXPECT_EQ(response.run().state(), v1::Run::STATE_CANCELLED);
  EXPECT_EQ(house_.engine.cancel_reason(), "wrong workflow");
  const auto status = stub_->CancelRun(Acme().get(), request, &response);
  EXPECT_EQ(status.error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(status), "RUN_FINISHED");
}

TEST_F(RunCalls, AParkedRunGoesOnWhenResumedAndARunningOneCannotBe) {
  const RunId run = house_.AddRun(account_, workflow_);
  v1::ResumeRunRequest request;
  request.set_run(ToText(run));
  v1::ResumeRunResponse response;
  const auto refused = stub_->ResumeRun(Acme().get(), request, &response);
  EXPECT_EQ(refused.error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(refused), "RUN_NOT_PARKED");
  house_.engine.Tell(run, {wf::RunParked{"ACCOUNT_NEEDS_REAUTH", "connect it again", ""}});
  ASSERT_TRUE(stub_->ResumeRun(Acme().get(), request, &response).ok());
  EXPECT_EQ(response.run().state(), v1::Run::STATE_RUNNING);
}

TEST_F(RunCalls, ASuspendedRunIsHeldUntilItIsResumed) {
  const RunId run = house_.AddRun(account_, workflow_);
  v1::SuspendRunRequest suspend;
  suspend.set_run(ToText(run));
  suspend.set_reason("the provider is being repaired");
  v1::SuspendRunResponse suspended;
  ASSERT_TRUE(stub_->SuspendRun(Acme().get(), suspend, &suspended).ok());
  EXPECT_EQ(suspended.run().state(), v1::Run::STATE_PARKED);
  EXPECT_EQ(suspended.run().parked_code(), "RUN_SUSPENDED");
  EXPECT_EQ(suspended.run().parked_reason(), "the provider is being repaired");
  const auto again = stub_->SuspendRun(Acme().get(), suspend, &suspended);
  EXPECT_EQ(again.error_code(), StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(again), "RUN_NOT_RUNNING");
  EXPECT_EQ(ReasonOf(stub_->SuspendRun(house_.With(globex_).get(), suspend, &suspended)),
            "RUN_NOT_FOUND");
  v1::ResumeRunRequest resume;
  resume.set_run(ToText(run));
  v1::ResumeRunResponse resumed;
  ASSERT_TRUE(stub_->ResumeRun(Acme().get(), resume, &resumed).ok());
  EXPECT_EQ(resumed.run().state(), v1::Run::STATE_RUNNING);
}

TEST_F(RunCalls, AnActionIsPerformedForTheAccountInTheMostUrgentLane) {
  std::promise<ports::ActionCall> performed;
  house_.performer.Play([&](ports::ActionCall call, const ports::ActionPerformer::Done& done) {
    performed.set_value(std::move(call));
    done(Json{{"comment", "hello"}});
  });
  v1::CallActionResponse response;
  ASSERT_TRUE(Call("aircall.calls.get", response).ok());
  EXPECT_EQ(response.output().struct_value().fields().at("comment").string_value(), "hello");
  const auto call = performed.get_future().get();
  EXPECT_EQ(call.account, account_);
  EXPECT_EQ(call.action, "aircall.calls.get");
  EXPECT_EQ(call.input, (Json{{"call_id", 4190000017}}));
  EXPECT_EQ(call.lane, core::quota::Lane::kInteractive);
  EXPECT_NE(call.op_key, "");
}

TEST_F(RunCalls, AnActionThatMayHaveHappenedIsToldAsSuch) {
  house_.performer.Play([](const ports::ActionCall&, const ports::ActionPerformer::Done& done) {
    done(InDoubt("AIRCALL_NO_ANSWER", "the request was sent and no answer came"));
  });
  v1::CallActionResponse response;
  const auto status = Call("aircall.calls.comment", response);
  EXPECT_EQ(status.error_code(), StatusCode::UNKNOWN);
  EXPECT_EQ(ReasonOf(status), "AIRCALL_NO_ANSWER");
}

TEST_F(RunCalls, AnActionOfAnAccountThatMustBeConnectedAgainIsNoMatterOfTheApiKey) {
  house_.performer.Play([](const ports::ActionCall&, const ports::ActionPerformer::Done& done) {
    done(Unauthorized("ACCOUNT_NEEDS_REAUTH", "connect the account again"));
  });
  v1::CallActionResponse response;
  EXPECT_EQ(Call("aircall.calls.get", response).error_code(), StatusCode::FAILED_PRECONDITION);
}

}  // namespace
}  // namespace sb::api
