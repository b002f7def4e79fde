#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <variant>

#include "engine/api/caller.h"
#include "engine/api/dependencies.h"
#include "engine/api/error_mapping.h"
#include "engine/api/redaction.h"
#include "engine/base/ids.h"
#include "engine/ports/run_store.h"

namespace sb::api {

/// What showing a run takes from its workflow.
struct WorkflowFace {
  std::string workspace;
  std::string name;
  std::string version;
  Redaction redaction;

  /// "acme/missed-call-follow-up:1.0.0"
  std::string Text() const { return workspace + "/" + name + ":" + version; }
};

using SharedFace = std::shared_ptr<const WorkflowFace>;  // shared: kept for later calls, too

/// Finds runs for callers, and what their workflows say of showing them. Blocking; thread-safe.
class RunReader {
 public:
  explicit RunReader(const Dependencies& deps) : deps_(deps) {}

  /// The run that a request names, if the caller may see it. FIELD_INVALID, kNotFound
  /// RUN_NOT_FOUND.
  std::variant<ports::StoredRun, Failure> Find(const Caller& caller, const std::string& text);

  /// Kept once read: versions never change. Fails when the store does: without its rules nothing of
  /// a run may be shown.
  Result<SharedFace> FaceOf(WorkflowId id);
  /// "acme/missed-call-follow-up:1.0.0"; empty when the version cannot be read.
  std::string WorkflowName(WorkflowId id);

 private:
  const Dependencies& deps_;
  std::mutex mutex_;
  std::unordered_map<WorkflowId, SharedFace> faces_;
};

}  // namespace sb::api
