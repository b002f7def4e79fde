#include <nlohmann/json.hpp>

#include "engine/core/workflow/definition_reader.h"

namespace sb::core::workflow {
namespace {

/// Whether it asks for foreign code, which is refused for ever.
bool RefuseForeignCode(DefinitionReader& reader, const Node& run) {
  for (const char* key : {"shell", "container", "script"}) {
    if (!run.Has(key)) continue;
    reader.ReportKey("WORKFLOW_REFUSED", run.pointer + "/" + key,
                     std::string("`run.") + key +
                         "` is not part of the integration profile: workflows run beside the "
                         "credentials of many customers and may not start programs; call a "
                         "connector action instead");
    return true;
  }
  return false;
}

bool ReadAwait(DefinitionReader& reader, const Node& run) {
  if (!run.Has("await")) return true;
  const Node await = run.At("await");
  if (await.value.is_boolean()) return await.value.get<bool>();
  reader.Invalid(await, "`await` must be true or false");
  return true;
}

}  // namespace

std::optional<TaskKind> ParseFork(DefinitionReader& reader, const Node& body) {
  const Node node = body.At("fork");
  if (!reader.ExpectObject(node, "`fork`")) return {};
  reader.CheckKeys(node, {"branches", "compete"});
  if (!node.Has("branches")) {
    reader.Report("WORKFLOW_FIELD_MISSING", node.pointer,
                  "`branches` is missing here: the tasks that go on side by side");
    return {};
  }
  ForkTask fork;
  fork.branches = reader.ReadBranches(node.At("branches"));
  if (node.Has("compete")) {
    const Node compete = node.At("compete");
    if (!compete.value.is_boolean()) reader.Invalid(compete, "`compete` must be true or false");
    fork.compete = compete.value == Json(true);
  }
  if (fork.branches.empty()) return {};
  return fork;
}

std::optional<TaskKind> ParseRun(DefinitionReader& reader, const Node& body) {
  const Node run = body.At("run");
  if (!reader.ExpectObject(run, "`run`") || RefuseForeignCode(reader, run)) return {};
  reader.CheckKeys(run, {"workflow", "await"});
  const Node node = run.At("workflow");
  if (!run.Has("workflow")) {
    reader.Report("WORKFLOW_FIELD_MISSING", run.pointer,
                  "`workflow` is missing here: which workflow to run");
    return {};
  }
  if (!reader.ExpectObject(node, "`workflow`")) return {};
  reader.CheckKeys(node, {"namespace", "name", "version", "input"});
  RunTask child;
  child.workspace = reader.Text(node, "namespace", true);
  child.name = reader.Text(node, "name", true);
  child.version = reader.Text(node, "version", false);
  if (child.version == "latest") child.version.clear();
  if (node.Has("input")) {
    reader.CheckTemplate(node.At("input"), ArgumentSet::kBody);
    child.input = node.At("input").value;
  }
  child.await = ReadAwait(reader, run);
  return child;
}

}  // namespace sb::core::workflow
