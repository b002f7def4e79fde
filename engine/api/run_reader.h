#pragma once

#include <mutex>
#include <string>
#include <unordered_map>
#include <variant>

#include "engine/api/caller.h"
#include "engine/api/dependencies.h"
#include "engine/api/error_mapping.h"
#include "engine/base/ids.h"
#include "engine/ports/run_store.h"

namespace sb::api {

/// Finds runs for callers, and the names of their workflows. Blocking; thread-safe.
class RunReader {
 public:
  explicit RunReader(const Dependencies& deps) : deps_(deps) {}

  /// The run that a request names, if the caller may see it. FIELD_INVALID, kNotFound
  /// RUN_NOT_FOUND.
  std::variant<ports::StoredRun, Failure> Find(const Caller& caller, const std::string& text);

  /// "acme/missed-call-follow-up:1.0.0"; empty when the version cannot be read. Kept once read:
  /// versions never change.
  std::string WorkflowName(WorkflowId id);

 private:
  const Dependencies& deps_;
  std::mutex mutex_;
  std::unordered_map<WorkflowId, std::string> names_;
};

}  // namespace sb::api
