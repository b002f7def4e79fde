#include "engine/app/cli/workflow_commands.h"

#include <algorithm>

#include "engine/app/cli/definition_file.h"
#include "engine/app/cli/text.h"
#include "switchboard/v1/workflow.grpc.pb.h"

namespace sb::app::cli {
namespace {

namespace v1 = switchboard::v1;
using Workflows = v1::WorkflowService;
using WorkflowStub = v1::WorkflowService::StubInterface;

std::string TitleOf(const v1::Workflow& workflow) {
  return workflow.namespace_() + "/" + workflow.name();
}

bool HasErrors(const v1::ValidateWorkflowResponse& response) {
  return std::any_of(response.diagnostics().begin(), response.diagnostics().end(),
                     [](const auto& diagnostic) {
                       return diagnostic.severity() != v1::Diagnostic::SEVERITY_WARNING;
                     });
}

std::optional<Trouble> Check(Session& session, const std::string& source,
                             v1::ValidateWorkflowResponse& response) {
  v1::ValidateWorkflowRequest request;
  request.set_source(source);
  return session.client.Call<Workflows>(&WorkflowStub::ValidateWorkflow, request, response);
}

std::string EnabledText(const v1::Workflow& workflow) {
  const int chosen = workflow.enabled_accounts_size();
  std::string text = workflow.enabled_for_all_accounts() ? "all accounts" : "";
  if (chosen == 0) return text.empty() ? "no" : text;
  if (!text.empty()) text += " and ";
  return text + std::to_string(chosen) + (chosen == 1 ? " account" : " accounts");
}

Tone EnabledTone(const v1::Workflow& workflow) {
  return EnabledText(workflow) == "no" ? Tone::kFaint : Tone::kGood;
}

std::string CardOf(const Session& session, const v1::Workflow& workflow) {
  Card card;
  card.Add("workflow", TitleOf(workflow));
  card.Add("version", workflow.version());
  card.Add("id", workflow.id());
  card.Add("enabled", {EnabledText(workflow), EnabledTone(workflow)});
  for (const std::string& account : workflow.enabled_accounts()) card.Add("", account);
  card.Add("next run", Dated(workflow.next_run_time(), session.now()));
  card.Add("deployed", Dated(workflow.deploy_time(), session.now()));
  return card.Text(session.style());
}

/// Sets for whom; false when the user did not say, or said both.
template <typename Request>
bool SetScope(const SwitchOptions& options, Request& request) {
  request.set_workflow(options.workflow);
  if (options.all_accounts == !options.account.empty()) return false;
  if (options.all_accounts) {
    request.set_all_accounts(true);
  } else {
    request.set_account(options.account);
  }
  return true;
}

template <typename Request, typename Response, typename Method>
int Switch(Session& session, const SwitchOptions& options, Method method) {
  Request request;
  if (!SetScope(options, request)) {
    return session.Misuse("say for whom", "add either --all-accounts or --account acc_...");
  }
  Response response;
  if (auto trouble = session.client.Call<Workflows>(method, request, response))
    return session.Fail(*trouble);
  return session.Show(response.workflow(), [&] { return CardOf(session, response.workflow()); });
}

/// Says what is wrong with a definition that the server refused: every line of it, where that can
/// be had.
int FailDeploy(Session& session, const DeployOptions& options, const std::string& source,
               Trouble trouble) {
  v1::ValidateWorkflowResponse checked;
  if (trouble.code != "WORKFLOW_INVALID" || Check(session, source, checked))
    return session.Fail(trouble);
  session.environment().err << LinesOf(options.file, checked.diagnostics());
  trouble.message = NameOfFile(options.file) + " was not deployed";
  trouble.fields.clear();
  return session.Fail(trouble);
}

}  // namespace

int ValidateWorkflow(Session& session, const std::string& file) {
  const auto definition = ReadDefinition(session, file);
  if (definition.trouble) return session.Fail(*definition.trouble);
  v1::ValidateWorkflowResponse response;
  if (auto trouble = Check(session, definition.text, response)) return session.Fail(*trouble);
  session.Show(response, [&] {
    std::string text = LinesOf(file, response.diagnostics());
    if (HasErrors(response)) return text;
    return text + Printable(NameOfFile(file)) + ": " + TitleOf(response.workflow()) + ":" +
           response.workflow().version() + " is valid\n";
  });
  return HasErrors(response) ? kRefused : kOk;
}

int DeployWorkflow(Session& session, const DeployOptions& options) {
  const auto definition = ReadDefinition(session, options.file);
  if (definition.trouble) return session.Fail(*definition.trouble);
  v1::DeployWorkflowRequest request;
  request.set_source(definition.text);
  request.set_validate_only(options.validate_only);
  v1::DeployWorkflowResponse response;
  if (auto trouble =
          session.client.Call<Workflows>(&WorkflowStub::DeployWorkflow, request, response)) {
    return FailDeploy(session, options, definition.text, std::move(*trouble));
  }
  session.environment().err << LinesOf(options.file, response.diagnostics());
  return session.Show(response.workflow(), [&] { return CardOf(session, response.workflow()); });
}

int EnableWorkflow(Session& session, const SwitchOptions& options) {
  return Switch<v1::EnableWorkflowRequest, v1::EnableWorkflowResponse>(
      session, options, &WorkflowStub::EnableWorkflow);
}

int DisableWorkflow(Session& session, const SwitchOptions& options) {
  return Switch<v1::DisableWorkflowRequest, v1::DisableWorkflowResponse>(
      session, options, &WorkflowStub::DisableWorkflow);
}

int ListWorkflows(Session& session, const ListWorkflowsOptions& options) {
  v1::ListWorkflowsRequest request;
  request.set_page_size(options.limit);
  request.set_page_token(options.page_token);
  v1::ListWorkflowsResponse response;
  if (auto trouble =
          session.client.Call<Workflows>(&WorkflowStub::ListWorkflows, request, response)) {
    return session.Fail(*trouble);
  }
  session.Show(response, [&]() -> std::string {
    if (response.workflows().empty())
      return "no workflows; deploy one with `switchboard workflow deploy FILE`\n";
    Table table({{"WORKFLOW"}, {"VERSION"}, {"ID", true}, {"ENABLED"}, {"NEXT RUN"}, {"DEPLOYED"}});
    for (const v1::Workflow& workflow : response.workflows()) {
      table.Add({TitleOf(workflow),
                 workflow.version(),
                 workflow.id(),
                 {EnabledText(workflow), EnabledTone(workflow)},
                 Relative(workflow.next_run_time(), session.now()),
                 Relative(workflow.deploy_time(), session.now())});
    }
    return table.Text(session.style());
  });
  session.MentionNextPage(response.next_page_token());
  return kOk;
}

int GetWorkflow(Session& session, const GetWorkflowOptions& options) {
  v1::GetWorkflowRequest request;
  request.set_workflow(options.workflow);
  v1::GetWorkflowResponse response;
  if (auto trouble =
          session.client.Call<Workflows>(&WorkflowStub::GetWorkflow, request, response)) {
    return session.Fail(*trouble);
  }
  if (options.source) {
    session.environment().out << response.workflow().source();
    return kOk;
  }
  return session.Show(response.workflow(), [&] { return CardOf(session, response.workflow()); });
}

int ShowWorkflowSchema(Session& session, const std::string& file) {
  const v1::GetWorkflowSchemaRequest request;
  v1::GetWorkflowSchemaResponse response;
  if (auto trouble =
          session.client.Call<Workflows>(&WorkflowStub::GetWorkflowSchema, request, response)) {
    return session.Fail(*trouble);
  }
  return GiveSchema(session, response.schema(), file);
}

}  // namespace sb::app::cli
