#pragma once

#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/ports/page.h"

namespace sb::ports {

/// One deployed version of a definition. Immutable.
struct WorkflowVersion {
  WorkflowId id;
  std::string workspace;  ///< The document's namespace.
  std::string name;
  std::string version;      ///< Semantic version of the document.
  std::string source;       ///< The YAML as it came.
  std::string source_hash;  ///< SHA-256 (raw) of `source`.
  WallTime deployed_at;
};

/// For which accounts a workflow is on, and in which version.
struct Enablement {
  WorkflowId workflow;
  std::string workspace;
  std::string name;
  bool all_accounts = false;
  std::vector<AccountId> accounts;  ///< Chosen ones, sorted; besides `all_accounts`.
};

/// Workflow versions and where they are enabled. Blocking; thread-safe; fails besides with
/// kUnavailable DATABASE_UNAVAILABLE or kInDoubt.
class WorkflowStore {
 public:
  virtual ~WorkflowStore() = default;

  /// Stores a version and returns it as stored. The same source again returns the first one;
  /// another source under the same namespace, name and version is kConflict
  /// WORKFLOW_VERSION_EXISTS.
  virtual Result<WorkflowVersion> Deploy(const WorkflowVersion& version) = 0;
  /// kNotFound WORKFLOW_NOT_FOUND.
  virtual Result<WorkflowVersion> Get(WorkflowId id) = 0;
  /// `version` empty: the newest deployed. kNotFound WORKFLOW_NOT_FOUND.
  virtual Result<WorkflowVersion> Find(const std::string& workspace, const std::string& name,
                                       const std::string& version) = 0;
  /// Newest first.
  virtual Result<Page<WorkflowVersion>> List(const PageRequest& page) = 0;

  /// Switches this version on for all accounts (`account` none) or for one; another version of the
  /// same workflow that was on for the same accounts is thereby off.
  virtual Status Enable(WorkflowId id, AccountId account) = 0;
  /// The reverse, for any version of that workflow. Not enabled is no error.
  virtual Status Disable(const std::string& workspace, const std::string& name,
                         AccountId account) = 0;
  virtual Result<std::vector<Enablement>> ListEnabled() = 0;
  /// Rises with every Enable and Disable, by whichever instance.
  virtual Result<std::int64_t> EnablementNumber() = 0;
};

}  // namespace sb::ports
