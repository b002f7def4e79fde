#include <nlohmann/json.hpp>

#include "engine/core/workflow/flow.h"
#include "engine/core/workflow/task_error.h"

namespace sb::core::workflow {
namespace {

void PutDefault(Json& event, const char* attribute, Json value) {
  if (Member(event, attribute).is_null()) event[attribute] = std::move(value);
}

void Emit(TaskStep& step, const EmitTask& emit) {
  auto event = EvaluateTemplate(step.scope(), emit.event, step.state().input, {});
  if (!event.ok()) return step.Fail(ToExpressionError(event.error(), step.ref()));
  PutDefault(*event, "specversion", "1.0");
  PutDefault(*event, "id", OpKey(step));
  PutDefault(*event, "time", ToRfc3339(step.now()));
  PutDefault(*event, "source", "/accounts/" + ToText(step.context().account_id));
  const auto readable =
      event::ReadCloudEvent(*event, EventId(), step.context().account_id, step.now());
  if (!readable.ok()) {
    return step.Fail(MakeTaskError("validation", 400, readable.error().code,
                                   readable.error().message, step.ref()));
  }
  EventEmitted emission{step.ref(), std::move(event).value()};
  step.Emit(emission);
  step.Want(StoreEvent{std::move(emission)});
}

}  // namespace

void DecideTask(TaskStep& step, const EmitTask& emit, const Signal& signal) {
  if (std::holds_alternative<Entered>(signal)) return workflow::Emit(step, emit);
  if (std::holds_alternative<const EventStored*>(signal)) step.Complete();
}

}  // namespace sb::core::workflow
