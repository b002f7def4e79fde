#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/core/schedule/time_zones.h"
#include "engine/core/workflow/catalog.h"
#include "engine/core/workflow/expressions.h"
#include "engine/core/workflow/model.h"
#include "engine/ports/workflow_store.h"

namespace sb::runtime {

// shared: a definition is immutable, and every run of it holds on to it
using SharedWorkflow = std::shared_ptr<const core::workflow::Workflow>;

/// The lane of a workflow's requests: its own choice, else live.
core::quota::Lane LaneOf(const core::workflow::Workflow& workflow);

/// A workflow that is on, and for whom.
struct EnabledWorkflow {
  ports::Enablement enablement;
  SharedWorkflow workflow;

  bool IsOnFor(AccountId account) const;
};

/// Workflow versions, parsed once and kept. Blocking (it reads the store); thread-safe.
class WorkflowBook {
 public:
  WorkflowBook(ports::WorkflowStore& store, const core::workflow::ActionCatalog& actions,
               const core::workflow::Expressions& expressions,
               const core::schedule::TimeZones& zones)
      : store_(store), actions_(actions), expressions_(expressions), zones_(zones) {}

  /// kNotFound WORKFLOW_NOT_FOUND; kInternal WORKFLOW_UNREADABLE when a stored version no longer
  /// parses, for example because a connector lost an action.
  Result<SharedWorkflow> Get(WorkflowId id);
  Result<std::vector<EnabledWorkflow>> Enabled();

 private:
  ports::WorkflowStore& store_;
  const core::workflow::ActionCatalog& actions_;
  const core::workflow::Expressions& expressions_;
  const core::schedule::TimeZones& zones_;
  std::mutex mutex_;
  std::map<WorkflowId, SharedWorkflow> parsed_;
};

}  // namespace sb::runtime
