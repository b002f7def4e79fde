#pragma once

#include <map>
#include <mutex>
#include <tuple>

#include "engine/ports/workflow_store.h"

namespace sb::testing {

class MemoryWorkflowStore : public ports::WorkflowStore {
 public:
  Result<ports::WorkflowVersion> Deploy(const ports::WorkflowVersion& version) override;
  Result<ports::WorkflowVersion> Get(WorkflowId id) override;
  Result<ports::WorkflowVersion> Find(const std::string& workspace, const std::string& name,
                                      const std::string& version) override;
  Result<ports::Page<ports::WorkflowVersion>> List(const ports::PageRequest& page) override;
  Status Enable(WorkflowId id, AccountId account) override;
  Status Disable(const std::string& workspace, const std::string& name, AccountId account) override;
  Result<std::vector<ports::Enablement>> ListEnabled() override;
  Result<std::int64_t> EnablementNumber() override;

 private:
  using EnabledKey =
      std::tuple<std::string, std::string, AccountId>;  ///< Workspace, name; account none: all.

  std::mutex mutex_;
  std::map<WorkflowId, ports::WorkflowVersion> versions_;
  std::map<EnabledKey, WorkflowId> enabled_;
  std::int64_t changes_ = 1;
};

}  // namespace sb::testing
