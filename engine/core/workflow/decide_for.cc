#include <nlohmann/json.hpp>

#include "engine/core/workflow/flow.h"
#include "engine/core/workflow/task_error.h"

namespace sb::core::workflow {
namespace {

/// Begins round `round`, unless the items are through or `while` says so: then the loop is done.
void StartRound(TaskStep& step, const ForTask& loop, int round, std::optional<Json> items) {
  const std::size_t count = items ? items->size() : step.state().items.size();
  if (static_cast<std::size_t>(round) >= count) return step.Complete();
  step.Emit(RoundStarted{step.ref(), round, std::move(items)});
  if (!loop.while_.empty()) {
    const auto go_on = step.scope().IsTrue(loop.while_, step.state().flow);
    if (!go_on.ok()) return step.Fail(ToExpressionError(go_on.error(), step.ref()));
    if (!*go_on) return step.Complete();
  }
  step.EnterFirst(loop.tasks, "#" + std::to_string(round));
}

/// What is decided so far is stored before it goes on, and others have their turn.
void Pause(TaskStep& step) {
  step.Emit(TimerSet{step.ref(), step.now()});
  step.WakeAt(step.now());
}

}  // namespace

void DecideTask(TaskStep& step, const ForTask& loop, const Signal& signal) {
  if (const auto* failed = std::get_if<ChildFailed>(&signal)) return step.Fail(failed->error);
  if (std::holds_alternative<ChildrenDone>(signal) && step.IsLong()) return Pause(step);
  if (std::holds_alternative<ChildrenDone>(signal) || std::holds_alternative<Due>(signal))
    return StartRound(step, loop, step.state().round + 1, {});
  if (!std::holds_alternative<Entered>(signal)) return;
  auto items = step.scope().Evaluate(loop.in, step.state().input, {});
  if (!items.ok()) return step.Fail(ToExpressionError(items.error(), step.ref()));
  if (!items->is_array()) {
    return step.Fail(MakeTaskError(
        "expression", 400, "LOOP_NOT_A_LIST",
        "`for.in` must give a list; the expression `" + loop.in + "` gave something else",
        step.ref()));
  }
  StartRound(step, loop, 0, std::move(items).value());
}

}  // namespace sb::core::workflow
