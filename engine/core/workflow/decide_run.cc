#include <nlohmann/json.hpp>

#include "engine/core/workflow/flow.h"
#include "engine/core/workflow/task_error.h"

namespace sb::core::workflow {
namespace {

void Want(TaskStep& step, const RunTask& child, int depth) {
  if (depth > kMaxRunDepth) {
    return step.Fail(MakeTaskError("runtime", 500, "RUN_TOO_DEEP",
                                   "runs have started one another 10 levels deep, which is the "
                                   "limit: look for a workflow that runs itself",
                                   step.ref()));
  }
  ChildWanted wanted{step.ref(), child.workspace, child.name, child.version,
                     {},         child.await,     OpKey(step)};
  if (child.input.is_null()) {
    wanted.input = step.state().input;
  } else {
    auto input = EvaluateTemplate(step.scope(), child.input, step.state().input, {});
    if (!input.ok()) return step.Fail(ToExpressionError(input.error(), step.ref()));
    wanted.input = std::move(input).value();
  }
  step.Emit(wanted);
  step.Want(StartChild{std::move(wanted), depth});
}

/// The child's error is the task's own, but it happened here.
void OnEnded(TaskStep& step, const ChildRunEnded& ended) {
  step.Emit(ChildEnded{step.ref(), ended.output, ended.error});
  if (!ended.error) return step.Complete();
  TaskError error = *ended.error;
  error.instance = DefinitionPointer(step.ref());
  step.Fail(std::move(error));
}

}  // namespace

void DecideTask(TaskStep& step, const RunTask& child, const Signal& signal) {
  if (std::holds_alternative<Entered>(signal))
    return workflow::Want(step, child, step.run_depth() + 1);
  if (const auto* ended = std::get_if<const ChildRunEnded*>(&signal)) return OnEnded(step, **ended);
  const auto* started = std::get_if<const ChildRunStarted*>(&signal);
  if (started == nullptr) return;
  step.Emit(ChildStarted{step.ref(), ToText((*started)->child)});
  if (!child.await) step.Complete();
}

}  // namespace sb::core::workflow
