#include "engine/adapters/postgres/postgres_workflow_store.h"

#include <pqxx/result>

#include "engine/adapters/postgres/pages.h"
#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/queries.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {
namespace {

Error WorkflowNotFound() {
  return NotFound("WORKFLOW_NOT_FOUND", "there is no such workflow version; list those deployed");
}

ports::WorkflowVersion ReadVersion(const pqxx::row& row) {
  return {WorkflowId(NumberOf(row, "workflow_id")),
          TextOf(row, "workspace"),
          TextOf(row, "name"),
          TextOf(row, "version"),
          TextOf(row, "source"),
          BytesOf(row, "source_hash"),
          TimeOf(row, "deployed_at")};
}

}  // namespace

Result<ports::WorkflowVersion> PostgresWorkflowStore::Deploy(
    const ports::WorkflowVersion& version) {
  const auto rows = database_.Write(kWorkflowInsert, Params()
                                                         .Number(version.id.number())
                                                         .Text(version.workspace)
                                                         .Text(version.name)
                                                         .Text(version.version)
                                                         .Text(version.source)
                                                         .Bytes(version.source_hash)
                                                         .Time(version.deployed_at));
  if (!rows.ok()) return rows.error();
  if (!rows->empty()) return ReadVersion(rows->front());
  auto first = Find(version.workspace, version.name, version.version);
  if (!first.ok() || first->source_hash == version.source_hash) return first;
  return Conflict("WORKFLOW_VERSION_EXISTS",
                  version.workspace + "/" + version.name + " " + version.version +
                      " is deployed with another source; raise the version");
}

Result<ports::WorkflowVersion> PostgresWorkflowStore::One(const Statement& statement,
                                                          const Params& params) {
  const auto rows = database_.Read(statement, params);
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return WorkflowNotFound();
  return ReadVersion(rows->front());
}

Result<ports::WorkflowVersion> PostgresWorkflowStore::Get(WorkflowId id) {
  return One(kWorkflowGet, Params().Number(id.number()));
}

Result<ports::WorkflowVersion> PostgresWorkflowStore::Find(const std::string& workspace,
                                                           const std::string& name,
                                                           const std::string& version) {
  if (version.empty()) return One(kWorkflowNewest, Params().Text(workspace).Text(name));
  return One(kWorkflowFind, Params().Text(workspace).Text(name).Text(version));
}

Result<ports::Page<ports::WorkflowVersion>> PostgresWorkflowStore::List(
    const ports::PageRequest& page) {
  const auto rows =
      database_.Read(kWorkflowList, Params().Number(BoundOf(page)).Number(SizeOf(page) + 1));
  if (!rows.ok()) return rows.error();
  return PageOf<ports::WorkflowVersion>(
      *rows, page, ReadVersion,
      [](const ports::WorkflowVersion& version) { return version.id.number(); });
}

Status PostgresWorkflowStore::Enable(WorkflowId id, AccountId account) {
  const auto rows =
      database_.Write(kWorkflowEnable, Params().Number(id.number()).Number(account.number()));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return WorkflowNotFound();
  return {};
}

Status PostgresWorkflowStore::Disable(const std::string& workspace, const std::string& name,
                                      AccountId account) {
  const auto rows = database_.Write(kWorkflowDisable,
                                    Params().Text(workspace).Text(name).Number(account.number()));
  return rows.ok() ? Status() : Status(rows.error());
}

Result<std::vector<ports::Enablement>> PostgresWorkflowStore::ListEnabled() {
  const auto rows = database_.Read(kWorkflowListEnabled, Params());
  if (!rows.ok()) return rows.error();
  std::vector<ports::Enablement> enabled;
  for (const pqxx::row& row : *rows) {
    const WorkflowId workflow(NumberOf(row, "workflow_id"));
    if (enabled.empty() || enabled.back().workflow != workflow) {
      enabled.push_back({workflow, TextOf(row, "workspace"), TextOf(row, "name"), false, {}});
    }
    const AccountId account(NumberOf(row, "account_id"));
    if (account.IsNone()) {
      enabled.back().all_accounts = true;
    } else {
      enabled.back().accounts.push_back(account);
    }
  }
  return enabled;
}

Result<std::int64_t> PostgresWorkflowStore::EnablementNumber() {
  const auto rows = database_.Read(kWorkflowChange, Params());
  if (!rows.ok()) return rows.error();
  return NumberOf(rows->front(), "number");
}

}  // namespace sb::adapters::postgres
