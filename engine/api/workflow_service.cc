#include "engine/api/workflow_service.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <variant>

#include "engine/api/account_reach.h"
#include "engine/api/json_mapping.h"
#include "engine/api/page_token.h"
#include "engine/api/workflow_mapping.h"
#include "engine/base/encoding.h"
#include "engine/connector/connector.h"
#include "engine/core/workflow/parser.h"
#include "engine/core/workflow/profile_schema.h"
#include "engine/ports/clock.h"
#include "engine/ports/schedule_store.h"
#include "engine/runtime/engine.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using core::workflow::ParseOutcome;
using core::workflow::ParseWorkflow;
using ports::Role;

constexpr const char* kWorkflowListScope = "workflows";
constexpr std::size_t kRequestIdBytes = 64;

template <typename Response>
void AddDiagnostics(const ParseOutcome& parsed, Response& response) {
  for (const Diagnostic& error : parsed.errors) {
    *response.add_diagnostics() = ToProto(error, v1::Diagnostic::SEVERITY_ERROR);
  }
  for (const Diagnostic& warning : parsed.warnings) {
    *response.add_diagnostics() = ToProto(warning, v1::Diagnostic::SEVERITY_WARNING);
  }
}

ports::WorkflowVersion VersionOf(const core::workflow::Workflow& workflow,
                                 const std::string& source) {
  ports::WorkflowVersion version;
  version.workspace = workflow.document.workspace;
  version.name = workflow.document.name;
  version.version = workflow.document.version;
  version.source = source;
  version.source_hash = Sha256(source);
  return version;
}

void Validate(const Dependencies& deps, const std::string& source,
              v1::ValidateWorkflowResponse& response) {
  const ParseOutcome parsed = ParseWorkflow(source, deps.connectors, deps.expressions, deps.zones);
  AddDiagnostics(parsed, response);
  if (parsed.workflow) *response.mutable_workflow() = ToProto(VersionOf(*parsed.workflow, source));
}

Outcome Deploy(const Dependencies& deps, const Caller& caller,
               const v1::DeployWorkflowRequest& request, v1::DeployWorkflowResponse& response) {
  if (auto allowed = RequireAllTenants(caller, "deploying a workflow"); !allowed.ok())
    return allowed.error();
  if (request.request_id().size() > kRequestIdBytes)
    return WrongField("request_id", "must be at most 64 bytes");
  const ParseOutcome parsed =
      ParseWorkflow(request.source(), deps.connectors, deps.expressions, deps.zones);
  if (!parsed.workflow) return WrongWorkflow(parsed.errors);
  ports::WorkflowVersion version = VersionOf(*parsed.workflow, request.source());
  if (!request.validate_only()) {
    const WallTime now = deps.clock.Now();
    version.id = deps.ids.Next<struct WorkflowTag>(now);
    version.deployed_at = now;
    auto stored = deps.workflows.Deploy(version);
    if (!stored.ok()) return stored.error();
    version = *std::move(stored);
    deps.engine.WorkflowsChanged();
  }
  AddDiagnostics(parsed, response);
  *response.mutable_workflow() = ToProto(version);
  response.mutable_workflow()->set_source(version.source);
  return {};
}

/// Adds where a version is on, as far as the caller may see it.
Outcome AddEnablement(const std::vector<ports::Enablement>& enabled, AccountReach& reach,
                      WorkflowId id, v1::Workflow& workflow) {
  for (const ports::Enablement& enablement : enabled) {
    if (enablement.workflow != id) continue;
    workflow.set_enabled_for_all_accounts(enablement.all_accounts);
    for (const AccountId account : enablement.accounts) {
      const auto included = reach.Includes(account);
      if (!included.ok()) return included.error();
      if (*included) workflow.add_enabled_accounts(ToText(account));
    }
  }
  return {};
}

/// Adds when these versions start their next runs by themselves, as far as the caller may see it.
Outcome AddNextRuns(const Dependencies& deps, const Caller& caller,
                    const std::vector<WorkflowId>& ids,
                    const std::vector<v1::Workflow*>& workflows) {
  std::set<std::string> tenants = caller.scope.tenants();
  if (caller.ReachesAllTenants()) tenants = {""};
  std::map<WorkflowId, WallTime> due;
  for (const std::string& tenant : tenants) {
    const auto starts = deps.schedules.NextStarts(ids, tenant);
    if (!starts.ok()) return starts.error();
    for (const ports::NextStart& start : *starts) {
      const auto [known, is_new] = due.try_emplace(start.workflow, start.due);
      if (!is_new) known->second = std::min(known->second, start.due);
    }
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto next = due.find(ids[i]);
    if (next != due.end()) *workflows[i]->mutable_next_run_time() = ToTimestamp(next->second);
  }
  return {};
}

Outcome Describe(const Dependencies& deps, const Caller& caller,
                 const ports::WorkflowVersion& version, v1::Workflow& workflow) {
  const auto enabled = deps.workflows.ListEnabled();
  if (!enabled.ok()) return enabled.error();
  workflow = ToProto(version);
  AccountReach reach(deps.accounts, caller);
  if (auto failure = AddEnablement(*enabled, reach, version.id, workflow)) return failure;
  return AddNextRuns(deps, caller, {version.id}, {&workflow});
}

/// For whom a workflow is switched; none: for all accounts.
template <typename Request>
std::variant<AccountId, Failure> ReadScope(const Dependencies& deps, const Caller& caller,
                                           const Request& request) {
  if (request.scope_case() == Request::kAccount) {
    auto account = AccountReach(deps.accounts, caller).Find("account", request.account());
    if (auto* failure = std::get_if<Failure>(&account)) return std::move(*failure);
    return std::get<ports::Account>(account).id;
  }
  if (request.scope_case() != Request::kAllAccounts || !request.all_accounts()) {
    return WrongField("scope", "say for whom: set `account`, or `all_accounts` to true");
  }
  if (auto allowed = RequireAllTenants(caller, "switching a workflow for all accounts");
      !allowed.ok()) {
    return Failure(allowed.error());
  }
  return AccountId{};
}

/// Enables or disables: finds workflow and scope, lets `change` do it, and tells who must know.
template <typename Request, typename Response, typename Change>
Outcome Switch(const Dependencies& deps, const Caller& caller, const Request& request,
               Response& response, Change change) {
  auto scope = ReadScope(deps, caller, request);
  if (auto* failure = std::get_if<Failure>(&scope)) return std::move(*failure);
  auto found = FindWorkflow(deps.workflows, "workflow", request.workflow());
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  const auto& version = std::get<ports::WorkflowVersion>(found);
  if (const Status changed = change(version, std::get<AccountId>(scope)); !changed.ok())
    return changed.error();
  deps.engine.WorkflowsChanged();
  if (deps.on_enablement_changed) deps.on_enablement_changed();
  return Describe(deps, caller, version, *response.mutable_workflow());
}

Outcome ListInto(const Dependencies& deps, const Caller& caller,
                 const v1::ListWorkflowsRequest& request, v1::ListWorkflowsResponse& response) {
  auto page = ReadPage(request.page_size(), request.page_token(), kWorkflowListScope);
  if (auto* failure = std::get_if<Failure>(&page)) return std::move(*failure);
  const auto found = deps.workflows.List(std::get<ports::PageRequest>(page));
  if (!found.ok()) return found.error();
  const auto enabled = deps.workflows.ListEnabled();
  if (!enabled.ok()) return enabled.error();
  AccountReach reach(deps.accounts, caller);
  std::vector<WorkflowId> ids;
  std::vector<v1::Workflow*> workflows;
  for (const ports::WorkflowVersion& version : found->items) {
    v1::Workflow& workflow = *response.add_workflows();
    workflow = ToProto(version);
    if (auto failure = AddEnablement(*enabled, reach, version.id, workflow)) return failure;
    ids.push_back(version.id);
    workflows.push_back(&workflow);
  }
  if (auto failure = AddNextRuns(deps, caller, ids, workflows)) return failure;
  response.set_next_page_token(MakePageToken(found->next_before, kWorkflowListScope));
  return {};
}

Outcome Read(const Dependencies& deps, const Caller& caller, const std::string& text,
             v1::GetWorkflowResponse& response) {
  auto found = FindWorkflow(deps.workflows, "workflow", text);
  if (auto* failure = std::get_if<Failure>(&found)) return std::move(*failure);
  const auto& version = std::get<ports::WorkflowVersion>(found);
  if (auto failure = Describe(deps, caller, version, *response.mutable_workflow())) return failure;
  response.mutable_workflow()->set_source(version.source);
  return {};
}

}  // namespace

grpc::ServerUnaryReactor* WorkflowService::ValidateWorkflow(
    grpc::CallbackServerContext* context, const v1::ValidateWorkflowRequest* request,
    v1::ValidateWorkflowResponse* response) {
  return gate_.Answer(context, {"WorkflowService/ValidateWorkflow", Role::kViewer},
                      [this, request, response](const Caller&) -> Outcome {
                        Validate(deps_, request->source(), *response);
                        return {};
                      });
}

grpc::ServerUnaryReactor* WorkflowService::DeployWorkflow(grpc::CallbackServerContext* context,
                                                          const v1::DeployWorkflowRequest* request,
                                                          v1::DeployWorkflowResponse* response) {
  return gate_.Answer(context, {"WorkflowService/DeployWorkflow", Role::kAdmin},
                      [this, request, response](const Caller& caller) {
                        return Deploy(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* WorkflowService::EnableWorkflow(grpc::CallbackServerContext* context,
                                                          const v1::EnableWorkflowRequest* request,
                                                          v1::EnableWorkflowResponse* response) {
  return gate_.Answer(context, {"WorkflowService/EnableWorkflow", Role::kOperator},
                      [this, request, response](const Caller& caller) {
                        return Switch(
                            deps_, caller, *request, *response,
                            [this](const ports::WorkflowVersion& version, AccountId account) {
                              return deps_.workflows.Enable(version.id, account);
                            });
                      });
}

grpc::ServerUnaryReactor* WorkflowService::DisableWorkflow(
    grpc::CallbackServerContext* context, const v1::DisableWorkflowRequest* request,
    v1::DisableWorkflowResponse* response) {
  return gate_.Answer(
      context, {"WorkflowService/DisableWorkflow", Role::kOperator},
      [this, request, response](const Caller& caller) {
        return Switch(deps_, caller, *request, *response,
                      [this](const ports::WorkflowVersion& version, AccountId account) {
                        return deps_.workflows.Disable(version.workspace, version.name, account);
                      });
      });
}

grpc::ServerUnaryReactor* WorkflowService::ListWorkflows(grpc::CallbackServerContext* context,
                                                         const v1::ListWorkflowsRequest* request,
                                                         v1::ListWorkflowsResponse* response) {
  return gate_.Answer(context, {"WorkflowService/ListWorkflows", Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return ListInto(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* WorkflowService::GetWorkflow(grpc::CallbackServerContext* context,
                                                       const v1::GetWorkflowRequest* request,
                                                       v1::GetWorkflowResponse* response) {
  return gate_.Answer(context, {"WorkflowService/GetWorkflow", Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return Read(deps_, caller, request->workflow(), *response);
                      });
}

grpc::ServerUnaryReactor* WorkflowService::GetWorkflowSchema(
    grpc::CallbackServerContext* context, const v1::GetWorkflowSchemaRequest*,
    v1::GetWorkflowSchemaResponse* response) {
  return gate_.Answer(
      context, {"WorkflowService/GetWorkflowSchema", Role::kViewer},
      [this, response](const Caller&) -> Outcome {
        response->set_schema(PrettyJson(core::workflow::ProfileSchema(deps_.connectors)));
        return {};
      });
}

}  // namespace sb::api
