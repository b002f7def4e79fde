#include "engine/api/run_reader.h"

#include "engine/api/account_reach.h"
#include "engine/api/workflow_mapping.h"

namespace sb::api {
namespace {

constexpr std::size_t kMostNames = 4096;

}  // namespace

std::variant<ports::StoredRun, Failure> RunReader::Find(const Caller& caller,
                                                        const std::string& text) {
  const auto id = ParseRunId(text);
  if (!id) return WrongField("run", "must be the id of a run, such as run_01hv3k7q8s0g");
  auto run = deps_.runs.Get(*id);
  if (!run.ok() && run.error().kind != ErrorKind::kNotFound) return run.error();
  AccountReach reach(deps_.accounts, caller);
  const auto included = run.ok() ? reach.Includes(run->summary.key.account) : Result<bool>(false);
  if (!included.ok()) return included.error();
  if (!*included)
    return NotFound("RUN_NOT_FOUND",
                    "there is no run " + text + ": list the runs to see which there are");
  return *std::move(run);
}

std::string RunReader::WorkflowName(WorkflowId id) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = names_.find(id); found != names_.end()) return found->second;
  }
  const auto version = deps_.workflows.Get(id);
  if (!version.ok()) return {};
  const std::lock_guard lock(mutex_);
  if (names_.size() >= kMostNames) names_.clear();
  return names_[id] = NameOf(*version);
}

}  // namespace sb::api
