#include <nlohmann/json.hpp>

#include "engine/core/workflow/event_wait.h"
#include "engine/core/workflow/flow.h"
#include "engine/core/workflow/task_error.h"

namespace sb::core::workflow {
namespace {

/// What was consumed and goes on, in the order in which it came.
Json ValuesOf(const TaskState& state) {
  Json values = Json::array();
  for (const EventConsumed& consumed : state.consumed) {
    if (!consumed.ends) values.push_back(consumed.value);
  }
  return values;
}

Json ReadAs(ReadEventAs read, const Json& event) {
  switch (read) {
    case ReadEventAs::kData:
      return Member(event, "data");
    case ReadEventAs::kEnvelope:
      return event;
    case ReadEventAs::kRaw:
      return DumpJson(Member(event, "data"));
  }
  return event;
}

std::string RoundRef(const TaskStep& step) {
  return step.ref() + "#" + std::to_string(step.state().round);
}

/// Begins with the next event of `foreach`, or ends when there is none left and none will come.
void GoOn(TaskStep& step, const ListenTask& listen) {
  const TaskState& state = step.state();
  const bool listens = state.awaiting == Awaiting::kEvent;
  if (!listen.each) {
    if (!listens) step.Complete(ValuesOf(state));
    return;
  }
  if (step.IsAnythingUnderWayBelow(RoundRef(step))) return;
  const std::size_t done = state.items.is_array() ? state.items.size() : 0;
  if (done < ValuesOf(state).size()) {
    step.Emit(RoundStarted{step.ref(), static_cast<int>(done), {}});
    return step.EnterFirst(listen.each->tasks, "#" + std::to_string(done));
  }
  if (!listens) step.Complete(state.items.is_array() ? state.items : Json::array());
}

void StopListeningIfOver(TaskStep& step, const ListenTask& listen) {
  const TaskState& state = step.state();
  const Json values = listen.events.until.empty() ? Json() : ValuesOf(state);
  const auto over = IsComplete(listen.events, state.consumed, values, step.scope());
  if (!over.ok()) return step.Fail(ToExpressionError(over.error(), step.ref()));
  if (*over) step.Emit(ListenEnded{step.ref()});
  GoOn(step, listen);
}

void OnEvent(TaskStep& step, const ListenTask& listen, const event::CloudEvent& event) {
  const std::string id = ToText(event.id);
  if (step.HasConsumed(id)) return;
  if (step.state().consumed.size() >= kMostEvents) {
    return step.Fail(MakeTaskError("runtime", 500, "LISTEN_TOO_LONG",
                                   "the task has consumed 10,000 events, which is the limit: "
                                   "start a run for each event instead",
                                   step.ref()));
  }
  const Json json = event::ToJson(event);
  const TaskState& state = step.state();
  auto fit = FindFit(listen.events, state.consumed, json, step.scope(), state.input);
  if (!fit.ok()) return step.Fail(ToExpressionError(fit.error(), step.ref()));
  if (!*fit) return;
  step.Emit(EventConsumed{step.ref(), id, (*fit)->filter, (*fit)->ends, ReadAs(listen.read, json),
                          std::move((*fit)->keys)});
  StopListeningIfOver(step, listen);
}

/// A round of `foreach` is done: its output is kept, and the next event's turn comes.
void OnRoundDone(TaskStep& step, const ListenTask& listen) {
  RoundEnded ended{step.ref(), step.state().round, step.state().flow, {}};
  const EachEvent& each = *listen.each;
  if (!each.output.as.is_null()) {
    auto output = step.scope().Transform(each.output.as, ended.output);
    if (!output.ok()) return step.Fail(ToExpressionError(output.error(), step.ref()));
    ended.output = std::move(output).value();
  }
  if (!each.export_.as.is_null()) {
    auto context = step.scope().Transform(each.export_.as, ended.output);
    if (!context.ok()) return step.Fail(ToExpressionError(context.error(), step.ref()));
    ended.context = std::move(context).value();
  }
  step.Emit(std::move(ended));
  GoOn(step, listen);
}

}  // namespace

void DecideTask(TaskStep& step, const ListenTask& listen, const Signal& signal) {
  if (std::holds_alternative<Entered>(signal)) return step.Emit(ListenStarted{step.ref()});
  if (std::holds_alternative<ChildrenDone>(signal)) return OnRoundDone(step, listen);
  if (const auto* failed = std::get_if<ChildFailed>(&signal)) return step.Fail(failed->error);
  const auto* arrived = std::get_if<const EventArrived*>(&signal);
  if (arrived != nullptr && step.state().awaiting == Awaiting::kEvent)
    OnEvent(step, listen, (*arrived)->event);
}

}  // namespace sb::core::workflow
