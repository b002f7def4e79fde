#include <gmock/gmock.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "switchboard/v1/workflow.grpc.pb.h"
#include "tests/integration/api/api_house.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using grpc::StatusCode;
using ports::Role;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::NoteWorkflow;
using testing::ReasonOf;
using ::testing::SizeIs;

class WorkflowCalls : public ::testing::Test {
 protected:
  std::unique_ptr<grpc::ClientContext> Admin() { return house_.With(admin_); }

  std::unique_ptr<grpc::ClientContext> Acme() { return house_.With(acme_); }

  grpc::Status Deploy(const std::string& source, bool validate_only = false) {
    v1::DeployWorkflowRequest request;
    request.set_source(source);
    request.set_validate_only(validate_only);
    return stub_->DeployWorkflow(Admin().get(), request, &deployed_);
  }

  grpc::Status Enable(const std::string& workflow, const std::string& account,
                      std::unique_ptr<grpc::ClientContext> context) {
    v1::EnableWorkflowRequest request;
    request.set_workflow(workflow);
    if (account.empty()) {
      request.set_all_accounts(true);
    } else {
      request.set_account(account);
    }
    return stub_->EnableWorkflow(context.get(), request, &enabled_);
  }

  testing::ApiHouse house_;
  std::string admin_ = house_.AddKey(Role::kAdmin);
  std::string acme_ = house_.AddKey(Role::kOperator, "acme");
  std::unique_ptr<v1::WorkflowService::Stub> stub_ = v1::WorkflowService::NewStub(house_.channel());
  v1::DeployWorkflowResponse deployed_;
  v1::EnableWorkflowResponse enabled_;
};

TEST_F(WorkflowCalls, AGoodDefinitionIsUnderstood) {
  v1::ValidateWorkflowRequest request;
  request.set_source(NoteWorkflow("note", "1.2.3"));
  v1::ValidateWorkflowResponse response;
  ASSERT_TRUE(stub_->ValidateWorkflow(Acme().get(), request, &response).ok());
  EXPECT_THAT(response.diagnostics(), IsEmpty());
  EXPECT_EQ(response.workflow().namespace_(), "acme");
  EXPECT_EQ(response.workflow().name(), "note");
  EXPECT_EQ(response.workflow().version(), "1.2.3");
}

TEST_F(WorkflowCalls, FaultsComeWithLineAndColumn) {
  v1::ValidateWorkflowRequest request;
  request.set_source(
      "document: { dsl: '1.0.3', namespace: acme, name: note, version: '1.0.0' }\n"
      "do:\n"
      "  - note: { call: aircall.calls.coment, with: { call_id: 7, content: hello } }\n");
  v1::ValidateWorkflowResponse response;
  ASSERT_TRUE(stub_->ValidateWorkflow(Acme().get(), request, &response).ok());
  ASSERT_THAT(response.diagnostics(), SizeIs(1));
  EXPECT_EQ(response.diagnostics(0).severity(), v1::Diagnostic::SEVERITY_ERROR);
  EXPECT_EQ(response.diagnostics(0).code(), "WORKFLOW_ACTION_UNKNOWN");
  EXPECT_EQ(response.diagnostics(0).line(), 3);
  EXPECT_GT(response.diagnostics(0).column(), 1);
  EXPECT_THAT(response.diagnostics(0).suggestion(), HasSubstr("aircall.calls.comment"));
  EXPECT_FALSE(response.has_workflow());
}

TEST_F(WorkflowCalls, ADeployedVersionCanBeReadByIdAndByName) {
  ASSERT_TRUE(Deploy(NoteWorkflow("note", "1.0.0")).ok());
  ASSERT_TRUE(Deploy(NoteWorkflow("note", "1.1.0")).ok());
  EXPECT_EQ(house_.engine.workflow_changes(), 2);
  const std::string newest = deployed_.workflow().id();
  for (const std::string& name :
       {newest, std::string("acme/note"), std::string("acme/note:1.1.0")}) {
    v1::GetWorkflowRequest request;
    request.set_workflow(name);
    v1::GetWorkflowResponse response;
    ASSERT_TRUE(stub_->GetWorkflow(Acme().get(), request, &response).ok()) << name;
    EXPECT_EQ(response.workflow().id(), newest);
    EXPECT_EQ(response.workflow().source(), NoteWorkflow("note", "1.1.0"));
  }
}

TEST_F(WorkflowCalls, DeployingTheSameTextAgainAnswersWithTheFirstVersion) {
  ASSERT_TRUE(Deploy(NoteWorkflow()).ok());
  const std::string first = deployed_.workflow().id();
  ASSERT_TRUE(Deploy(NoteWorkflow()).ok());
  EXPECT_EQ(deployed_.workflow().id(), first);
}

TEST_F(WorkflowCalls, AnotherTextUnderADeployedVersionIsRefused) {
  ASSERT_TRUE(Deploy(NoteWorkflow()).ok());
  const auto status = Deploy(NoteWorkflow() + "# changed\n");
  EXPECT_EQ(status.error_code(), StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(ReasonOf(status), "WORKFLOW_VERSION_EXISTS");
}

TEST_F(WorkflowCalls, AFaultyDefinitionIsNotDeployedAndItsFirstFaultIsNamed) {
  const auto status = Deploy("document: [");
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonOf(status), "WORKFLOW_INVALID");
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  google::rpc::ErrorInfo info;
  google::rpc::BadRequest request;
  ASSERT_TRUE(details.details(0).UnpackTo(&info));
  ASSERT_TRUE(details.details(1).UnpackTo(&request));
  EXPECT_EQ(info.metadata().at("line"), "1");
  EXPECT_EQ(request.field_violations(0).reason(), "YAML_MALFORMED");
}

TEST_F(WorkflowCalls, ValidatingOnlyStoresNothing) {
  ASSERT_TRUE(Deploy(NoteWorkflow(), /*validate_only=*/true).ok());
  EXPECT_EQ(deployed_.workflow().id(), "");
  v1::ListWorkflowsResponse list;
  ASSERT_TRUE(stub_->ListWorkflows(Admin().get(), {}, &list).ok());
  EXPECT_THAT(list.workflows(), IsEmpty());
}

TEST_F(WorkflowCalls, EnablingForAnAccountIsShownAndTold) {
  house_.AddWorkflow();
  const std::string account = ToText(house_.AddAccount("acme"));
  ASSERT_TRUE(Enable("acme/note", account, Acme()).ok());
  EXPECT_THAT(enabled_.workflow().enabled_accounts(), ElementsAre(account));
  EXPECT_FALSE(enabled_.workflow().enabled_for_all_accounts());
  EXPECT_EQ(house_.engine.workflow_changes(), 1);
  EXPECT_EQ(house_.enablement_changes, 1);
}

TEST_F(WorkflowCalls, EnablingForAllNeedsAKeyOfAllTenants) {
  house_.AddWorkflow();
  EXPECT_EQ(ReasonOf(Enable("acme/note", "", Acme())), "TENANT_FORBIDDEN");
  ASSERT_TRUE(Enable("acme/note", "", Admin()).ok());
  EXPECT_TRUE(enabled_.workflow().enabled_for_all_accounts());
}

TEST_F(WorkflowCalls, EnablingNeedsAWorkflowAndAnAccountThatExist) {
  const std::string account = ToText(house_.AddAccount("acme"));
  EXPECT_EQ(ReasonOf(Enable("acme/nothing", account, Acme())), "WORKFLOW_NOT_FOUND");
  house_.AddWorkflow();
  EXPECT_EQ(ReasonOf(Enable("acme/note:9.9.9", account, Acme())), "WORKFLOW_NOT_FOUND");
  EXPECT_EQ(ReasonOf(Enable("acme/note", ToText(house_.AddAccount("globex")), Acme())),
            "ACCOUNT_NOT_FOUND");
  EXPECT_EQ(ReasonOf(Enable("note", account, Acme())), "FIELD_INVALID");
}

TEST_F(WorkflowCalls, EnablingForNobodyInParticularIsRefused) {
  house_.AddWorkflow();
  v1::EnableWorkflowRequest request;
  request.set_workflow("acme/note");
  EXPECT_EQ(ReasonOf(stub_->EnableWorkflow(Admin().get(), request, &enabled_)), "FIELD_INVALID");
  request.set_all_accounts(false);
  EXPECT_EQ(ReasonOf(stub_->EnableWorkflow(Admin().get(), request, &enabled_)), "FIELD_INVALID");
}

TEST_F(WorkflowCalls, AKeyOfOneTenantDoesNotLearnWhoElseUsesAWorkflow) {
  house_.AddWorkflow();
  const std::string ours = ToText(house_.AddAccount("acme"));
  const std::string theirs = ToText(house_.AddAccount("globex"));
  ASSERT_TRUE(Enable("acme/note", theirs, Admin()).ok());
  ASSERT_TRUE(Enable("acme/note", ours, Acme()).ok());
  EXPECT_THAT(enabled_.workflow().enabled_accounts(), ElementsAre(ours));
  v1::ListWorkflowsResponse list;
  ASSERT_TRUE(stub_->ListWorkflows(Acme().get(), {}, &list).ok());
  EXPECT_THAT(list.workflows(0).enabled_accounts(), ElementsAre(ours));
}

TEST_F(WorkflowCalls, DisablingTakesTheWorkflowOffTheAccount) {
  house_.AddWorkflow();
  const std::string account = ToText(house_.AddAccount("acme"));
  ASSERT_TRUE(Enable("acme/note", account, Acme()).ok());
  v1::DisableWorkflowRequest request;
  request.set_workflow("acme/note");
  request.set_account(account);
  v1::DisableWorkflowResponse response;
  for (int i = 0; i < 2; ++i) {  // not enabled is no error
    ASSERT_TRUE(stub_->DisableWorkflow(Acme().get(), request, &response).ok());
    EXPECT_THAT(response.workflow().enabled_accounts(), IsEmpty());
  }
}

TEST_F(WorkflowCalls, AWorkflowSaysWhenItNextRunsByItself) {
  ASSERT_TRUE(Deploy(NoteWorkflow()).ok());
  const auto put = [this](AccountId account, WallTime due) {
    const std::lock_guard lock(house_.database.mutex);
    ports::Schedule schedule;
    schedule.key = {0, account, "acme", "note"};
    schedule.workflow = *ParseWorkflowId(deployed_.workflow().id());
    schedule.due = due;
    house_.database.schedules[schedule.key] = schedule;
  };
  const WallTime soon = house_.clock.Now() + std::chrono::minutes(10);
  put(house_.AddAccount("globex"), soon);
  put(house_.AddAccount("acme"), soon + std::chrono::hours(1));
  const auto seconds = [](WallTime when) {
    return std::chrono::duration_cast<std::chrono::seconds>(when.time_since_epoch()).count();
  };
  v1::ListWorkflowsResponse list;
  ASSERT_TRUE(stub_->ListWorkflows(Admin().get(), {}, &list).ok());
  EXPECT_EQ(list.workflows(0).next_run_time().seconds(), seconds(soon));
  v1::GetWorkflowRequest request;
  request.set_workflow("acme/note");
  v1::GetWorkflowResponse got;
  ASSERT_TRUE(stub_->GetWorkflow(Acme().get(), request, &got).ok());
  EXPECT_EQ(got.workflow().next_run_time().seconds(), seconds(soon) + 3600)
      << "other tenants' accounts do not count";
}

}  // namespace
}  // namespace sb::api
