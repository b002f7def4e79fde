#include "tests/support/memory_workflow_store.h"

#include "tests/support/memory_pages.h"

namespace sb::testing {
namespace {

Error WorkflowNotFound() {
  return NotFound("WORKFLOW_NOT_FOUND", "there is no such workflow version");
}

}  // namespace

Result<ports::WorkflowVersion> MemoryWorkflowStore::Deploy(const ports::WorkflowVersion& version) {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, stored] : versions_) {
    const bool same = stored.workspace == version.workspace && stored.name == version.name &&
                      stored.version == version.version;
    if (!same) continue;
    if (stored.source_hash == version.source_hash) return stored;
    return Conflict("WORKFLOW_VERSION_EXISTS", "this version is deployed with another source");
  }
  versions_.emplace(version.id, version);
  return version;
}

Result<ports::WorkflowVersion> MemoryWorkflowStore::Get(WorkflowId id) {
  const std::lock_guard lock(mutex_);
  const auto found = versions_.find(id);
  if (found == versions_.end()) return WorkflowNotFound();
  return found->second;
}

Result<ports::WorkflowVersion> MemoryWorkflowStore::Find(const std::string& workspace,
                                                         const std::string& name,
                                                         const std::string& version) {
  const std::lock_guard lock(mutex_);
  for (auto entry = versions_.rbegin(); entry != versions_.rend(); ++entry) {
    const ports::WorkflowVersion& stored = entry->second;
    const bool same = stored.workspace == workspace && stored.name == name;
    if (same && (version.empty() || stored.version == version)) return stored;
  }
  return WorkflowNotFound();
}

Result<ports::Page<ports::WorkflowVersion>> MemoryWorkflowStore::List(
    const ports::PageRequest& page) {
  const std::lock_guard lock(mutex_);
  return PageOf<ports::WorkflowVersion>(
      versions_, page, [](const auto&) { return true; },
      [](const auto& version) { return version; });
}

Status MemoryWorkflowStore::Enable(WorkflowId id, AccountId account) {
  const std::lock_guard lock(mutex_);
  const auto found = versions_.find(id);
  if (found == versions_.end()) return WorkflowNotFound();
  const auto& [workspace, name] = std::tie(found->second.workspace, found->second.name);
  if (account.IsNone()) {
    std::erase_if(enabled_, [&](const auto& entry) {
      return std::get<0>(entry.first) == workspace && std::get<1>(entry.first) == name &&
             entry.second != id;
    });
  }
  enabled_[{workspace, name, account}] = id;
  ++changes_;
  return {};
}

Status MemoryWorkflowStore::Disable(const std::string& workspace, const std::string& name,
                                    AccountId account) {
  const std::lock_guard lock(mutex_);
  enabled_.erase({workspace, name, account});
  ++changes_;
  return {};
}

Result<std::int64_t> MemoryWorkflowStore::EnablementNumber() {
  const std::lock_guard lock(mutex_);
  return changes_;
}

Result<std::vector<ports::Enablement>> MemoryWorkflowStore::ListEnabled() {
  const std::lock_guard lock(mutex_);
  std::map<std::tuple<std::string, std::string, WorkflowId>, ports::Enablement> enabled;
  for (const auto& [key, workflow] : enabled_) {
    const auto& [workspace, name, account] = key;
    ports::Enablement& entry = enabled[{workspace, name, workflow}];
    entry.workflow = workflow;
    entry.workspace = workspace;
    entry.name = name;
    if (account.IsNone()) {
      entry.all_accounts = true;
    } else {
      entry.accounts.push_back(account);
    }
  }
  std::vector<ports::Enablement> list;
  for (auto& [key, entry] : enabled) list.push_back(std::move(entry));
  return list;
}

}  // namespace sb::testing
