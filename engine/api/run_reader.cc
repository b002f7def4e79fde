#include "engine/api/run_reader.h"

#include "engine/api/account_reach.h"
#include "engine/base/yaml.h"
#include "engine/ports/workflow_store.h"

namespace sb::api {
namespace {

constexpr std::size_t kMostFaces = 4096;

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

Result<SharedFace> RunReader::FaceOf(WorkflowId id) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = faces_.find(id); found != faces_.end()) return found->second;
  }
  const auto version = deps_.workflows.Get(id);
  if (!version.ok()) return version.error();
  const auto yaml = ParseYaml(version->source);
  if (!yaml.document) {
    return Internal("WORKFLOW_UNREADABLE",
                    "the stored definition of workflow " + ToText(id) + " cannot be read");
  }
  auto face = std::make_shared<const WorkflowFace>(WorkflowFace{
      version->workspace, version->name, version->version, Redaction(yaml.document->value)});
  const std::lock_guard lock(mutex_);
  if (faces_.size() >= kMostFaces) faces_.clear();
  faces_[id] = face;
  return SharedFace(face);
}

std::string RunReader::WorkflowName(WorkflowId id) {
  const auto face = FaceOf(id);
  return face.ok() ? (*face)->Text() : "";
}

}  // namespace sb::api
