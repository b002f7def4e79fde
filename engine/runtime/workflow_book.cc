#include "engine/runtime/workflow_book.h"

#include <algorithm>

#include "engine/base/log.h"
#include "engine/core/workflow/parser.h"

namespace sb::runtime {

core::quota::Lane LaneOf(const core::workflow::Workflow& workflow) {
  return workflow.policy.lane.value_or(core::quota::Lane::kLive);
}

bool EnabledWorkflow::IsOnFor(AccountId account) const {
  return enablement.all_accounts ||
         std::binary_search(enablement.accounts.begin(), enablement.accounts.end(), account);
}

Result<SharedWorkflow> WorkflowBook::Get(WorkflowId id) {
  {
    const std::lock_guard lock(mutex_);
    const auto known = parsed_.find(id);
    if (known != parsed_.end()) return known->second;
  }
  const auto stored = store_.Get(id);
  if (!stored.ok()) return stored.error();
  auto outcome = core::workflow::ParseWorkflow(stored->source, actions_, expressions_, zones_);
  if (!outcome.workflow) {
    return Internal("WORKFLOW_UNREADABLE", "workflow " + stored->workspace + "/" + stored->name +
                                               " " + stored->version +
                                               " no longer reads: deploy a corrected version "
                                               "(`switchboard workflow validate` says why)");
  }
  auto workflow = std::make_shared<const core::workflow::Workflow>(std::move(*outcome.workflow));
  const std::lock_guard lock(mutex_);
  return parsed_.emplace(id, std::move(workflow)).first->second;
}

Result<std::vector<EnabledWorkflow>> WorkflowBook::Enabled() {
  const auto enablements = store_.ListEnabled();
  if (!enablements.ok()) return enablements.error();
  std::vector<EnabledWorkflow> enabled;
  for (const ports::Enablement& enablement : *enablements) {
    auto workflow = Get(enablement.workflow);
    if (!workflow.ok()) {
      Log::Error("workflow.unreadable",
                 {{"workflow", ToText(enablement.workflow)}, {"code", workflow.error().code}});
      continue;
    }
    enabled.push_back({enablement, std::move(workflow).value()});
  }
  return enabled;
}

}  // namespace sb::runtime
