#include "engine/api/bulk_start.h"

#include <nlohmann/json.hpp>

#include "engine/api/json_mapping.h"
#include "engine/api/request_id.h"
#include "engine/api/workflow_mapping.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using runtime::Engine;

/// What was found, by its id, or why it was not.
template <typename Id, typename Found>
Result<Id> IdOf(const std::variant<Found, Failure>& found) {
  if (const auto* failure = std::get_if<Failure>(&found)) return failure->error;
  return std::get<Found>(found).id;
}

void Show(const Error& error, v1::StartedRun& item) {
  item.set_error_code(error.code);
  item.set_error_message(error.message);
}

}  // namespace

std::vector<Engine::StartRequest> BulkStart::Read(const v1::StartRunsRequest& request) {
  std::vector<Engine::StartRequest> requests;
  requests.reserve(static_cast<std::size_t>(request.runs_size()));
  for (int i = 0; i < request.runs_size(); ++i) {
    auto item = ReadItem(request, request.runs(i));
    if (item.ok()) {
      requests.push_back(std::move(item).value());
    } else {
      refused_.emplace(i, item.error());
    }
  }
  return requests;
}

Result<Engine::StartRequest> BulkStart::ReadItem(const v1::StartRunsRequest& request,
                                                 const v1::RunToStart& item) {
  if (const auto wrong = CheckRequestId(item.request_id())) return wrong->error;
  const auto& account = AccountOf(item.account().empty() ? request.account() : item.account());
  if (!account.ok()) return account.error();
  const auto& workflow = WorkflowOf(item.workflow().empty() ? request.workflow() : item.workflow());
  if (!workflow.ok()) return workflow.error();
  Engine::StartRequest start;
  start.account = *account;
  start.workflow = *workflow;
  start.input = ToJson(item.input());
  start.request_id = item.request_id();
  return start;
}

const Result<AccountId>& BulkStart::AccountOf(const std::string& text) {
  const auto known = accounts_.find(text);
  if (known != accounts_.end()) return known->second;
  return accounts_.emplace(text, IdOf<AccountId>(reach_.Find("account", text))).first->second;
}

const Result<WorkflowId>& BulkStart::WorkflowOf(const std::string& text) {
  const auto known = workflows_.find(text);
  if (known != workflows_.end()) return known->second;
  return workflows_.emplace(text, IdOf<WorkflowId>(FindWorkflow(deps_.workflows, "workflow", text)))
      .first->second;
}

void BulkStart::Answer(Engine::StartedRuns started, v1::StartRunsResponse& response) {
  auto next = started.begin();
  const int items = static_cast<int>(started.size() + refused_.size());
  for (int i = 0; i < items; ++i) {
    v1::StartedRun& item = *response.add_runs();
    if (const auto refused = refused_.find(i); refused != refused_.end()) {
      Show(refused->second, item);
      continue;
    }
    const Result<Engine::StartedRun>& run = *next++;
    if (!run.ok()) {
      Show(run.error(), item);
      continue;
    }
    item.set_run(ToText(run->run));
    item.set_existing(!run->is_new);
  }
}

}  // namespace sb::api
