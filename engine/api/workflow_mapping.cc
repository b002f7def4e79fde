#include "engine/api/workflow_mapping.h"

#include "engine/api/json_mapping.h"
#include "engine/base/encoding.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;

std::variant<ports::WorkflowVersion, Failure> Found(Result<ports::WorkflowVersion> found,
                                                    const std::string& text) {
  if (found.ok()) return *std::move(found);
  if (found.error().kind != ErrorKind::kNotFound) return found.error();
  return NotFound("WORKFLOW_NOT_FOUND", "there is no workflow " + text +
                                            ": list the workflows to see which were deployed");
}

}  // namespace

v1::Workflow ToProto(const ports::WorkflowVersion& version) {
  v1::Workflow proto;
  if (!version.id.IsNone()) proto.set_id(ToText(version.id));
  proto.set_namespace_(version.workspace);
  proto.set_name(version.name);
  proto.set_version(version.version);
  proto.set_source_sha256(ToHex(version.source_hash));
  if (version.deployed_at != WallTime{})
    *proto.mutable_deploy_time() = ToTimestamp(version.deployed_at);
  return proto;
}

v1::Diagnostic ToProto(const Diagnostic& diagnostic, v1::Diagnostic::Severity severity) {
  v1::Diagnostic proto;
  proto.set_code(diagnostic.code);
  proto.set_message(diagnostic.message);
  proto.set_pointer(diagnostic.pointer);
  proto.set_line(diagnostic.position.line);
  proto.set_column(diagnostic.position.column);
  proto.set_suggestion(diagnostic.suggestion);
  proto.set_severity(severity);
  return proto;
}

std::string NameOf(const ports::WorkflowVersion& version) {
  return version.workspace + "/" + version.name + ":" + version.version;
}

std::variant<ports::WorkflowVersion, Failure> FindWorkflow(ports::WorkflowStore& workflows,
                                                           const std::string& field,
                                                           const std::string& text) {
  if (const auto id = ParseWorkflowId(text)) return Found(workflows.Get(*id), text);
  const auto slash = text.find('/');
  const auto colon = text.find(':', slash == std::string::npos ? 0 : slash);
  const std::string workspace = text.substr(0, slash == std::string::npos ? 0 : slash);
  const std::string name =
      slash == std::string::npos ? "" : text.substr(slash + 1, colon - slash - 1);
  if (workspace.empty() || name.empty()) {
    return WrongField(field,
                      "must name a workflow: wfv_..., namespace/name or namespace/name:version");
  }
  return Found(
      workflows.Find(workspace, name, colon == std::string::npos ? "" : text.substr(colon + 1)),
      text);
}

}  // namespace sb::api
