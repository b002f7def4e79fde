#include <nlohmann/json.hpp>

#include "engine/core/workflow/flow.h"
#include "engine/core/workflow/task_error.h"

namespace sb::core::workflow {

void DecideTask(TaskStep& step, const DoTask& block, const Signal& signal) {
  if (std::holds_alternative<Entered>(signal)) return step.EnterFirst(block.tasks, "");
  if (std::holds_alternative<ChildrenDone>(signal)) return step.Complete();
  if (const auto* failed = std::get_if<ChildFailed>(&signal)) step.Fail(failed->error);
}

void DecideTask(TaskStep& step, const SetTask& set, const Signal& signal) {
  if (!std::holds_alternative<Entered>(signal)) return;
  auto values = step.scope().Transform(set.values, step.state().input);
  if (!values.ok()) return step.Fail(ToExpressionError(values.error(), step.ref()));
  step.Complete(std::move(values).value());
}

void DecideTask(TaskStep& step, const SwitchTask& choice, const Signal& signal) {
  if (!std::holds_alternative<Entered>(signal)) return;
  const Scope scope = step.scope();
  const SwitchCase* chosen = nullptr;
  for (const SwitchCase& each : choice.cases) {
    if (each.when.empty()) {
      chosen = &each;  // the default, unless a later case matches
      continue;
    }
    const auto matches = scope.IsTrue(each.when, step.state().input);
    if (!matches.ok()) return step.Fail(ToExpressionError(matches.error(), step.ref()));
    if (*matches) {
      chosen = &each;
      break;
    }
  }
  if (chosen == nullptr) return step.Complete();
  step.CompleteThen(chosen->then);
}

void DecideTask(TaskStep& step, const WaitTask& wait, const Signal& signal) {
  if (std::holds_alternative<Due>(signal)) return step.Complete();
  if (!std::holds_alternative<Entered>(signal)) return;
  const auto duration = EvaluateDuration(wait.duration, step.scope(), step.state().input);
  if (!duration.ok()) return step.Fail(ToExpressionError(duration.error(), step.ref()));
  const WallTime due = step.now() + *duration;
  step.Emit(TimerSet{step.ref(), due});
  step.WakeAt(due);
}

void DecideTask(TaskStep& step, const RaiseTask& raise, const Signal& signal) {
  if (!std::holds_alternative<Entered>(signal)) return;
  const auto raised = EvaluateTemplate(step.scope(), raise.error, step.state().input, {});
  if (!raised.ok()) return step.Fail(ToExpressionError(raised.error(), step.ref()));
  TaskError error;
  error.type = TextMember(*raised, "type");
  error.status =
      Member(*raised, "status").is_number_integer() ? Member(*raised, "status").get<int>() : 500;
  error.title = TextMember(*raised, "title");
  error.detail = TextMember(*raised, "detail");
  const std::string instance = TextMember(*raised, "instance");
  error.instance = instance.empty() ? step.task().ref : instance;
  step.Fail(std::move(error));
}

}  // namespace sb::core::workflow
