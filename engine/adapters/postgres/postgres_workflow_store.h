#pragma once

#include "engine/adapters/postgres/database.h"
#include "engine/ports/workflow_store.h"

namespace sb::adapters::postgres {

/// Workflow versions in eng.workflow, where they are on in eng.workflow_enabled.
class PostgresWorkflowStore : public ports::WorkflowStore {
 public:
  explicit PostgresWorkflowStore(Database& database) : database_(database) {}

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
  Result<ports::WorkflowVersion> One(const Statement& statement, const Params& params);

  Database& database_;
};

}  // namespace sb::adapters::postgres
