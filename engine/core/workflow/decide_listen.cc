#include <algorithm>

#include <nlohmann/json.hpp>

#include "engine/core/workflow/flow.h"
#include "engine/core/workflow/task_error.h"
#include "engine/core/workflow/trigger.h"

namespace sb::core::workflow {
namespace {

/// What goes on through the flow is held in memory: more than this is a job for runs of their own.
constexpr std::size_t kMostEvents = 10'000;

/// What was consumed and goes on, in the order in which it came.
Json ValuesOf(const TaskState& state) {
  Json values = Json::array();
  for (const EventConsumed& consumed : state.consumed) {
    if (!consumed.ends) values.push_back(consumed.value);
  }
  return values;
}

/// What the first event that spoke of this correlation said; null when none has.
const Json& KnownKey(const TaskState& state, const std::string& name) {
  static const Json kNone;
  for (const EventConsumed& consumed : state.consumed) {
    if (consumed.keys.contains(name)) return consumed.keys.at(name);
  }
  return kNone;
}

/// What an event says for each correlation of the filter; nothing when it belongs to another story.
Result<std::optional<Json>> Correlate(const TaskStep& step, const EventFilter& filter,
                                      const Json& event) {
  Json keys = Json::object();
  const Scope scope = step.scope();
  for (const auto& [name, rule] : filter.correlate) {
    auto said = scope.Evaluate(rule.from, event, {});
    if (!said.ok()) return said.error();
    if (said->is_null()) return std::optional<Json>();
    Json wanted = KnownKey(step.state(), name);
    if (rule.expect) {
      auto expected = EvaluateTemplate(scope, *rule.expect, step.state().input, {});
      if (!expected.ok()) return expected.error();
      wanted = std::move(expected).value();
    }
    if (!wanted.is_null() && wanted != *said) return std::optional<Json>();
    keys[name] = std::move(said).value();
  }
  return std::optional<Json>(std::move(keys));
}

struct Fit {
  int filter = -1;
  Json keys = Json::object();
};

bool IsTaken(const TaskState& state, int filter, bool ends) {
  return std::ranges::any_of(state.consumed, [&](const EventConsumed& consumed) {
    return consumed.filter == filter && consumed.ends == ends;
  });
}

/// The first filter of the strategy that the event fits; in `all`, of those that still want one.
Result<std::optional<Fit>> FindFit(const TaskStep& step, const EventStrategy& strategy, bool ends,
                                   const Json& event) {
  if (strategy.filters.empty()) return std::optional<Fit>(Fit{});
  for (std::size_t i = 0; i < strategy.filters.size(); ++i) {
    const int number = static_cast<int>(i);
    if (strategy.mode == EventStrategy::Mode::kAll && IsTaken(step.state(), number, ends)) continue;
    const auto fits = Fits(strategy.filters[i], event, step.scope());
    if (!fits.ok()) return fits.error();
    if (!*fits) continue;
    auto keys = Correlate(step, strategy.filters[i], event);
    if (!keys.ok()) return keys.error();
    if (*keys) return std::optional<Fit>(Fit{number, std::move(**keys)});
  }
  return std::optional<Fit>();
}

/// Whether the strategy has what it wants.
bool IsMet(const TaskState& state, const EventStrategy& strategy, bool ends) {
  if (strategy.mode != EventStrategy::Mode::kAll) {
    return std::ranges::any_of(state.consumed,
                               [ends](const EventConsumed& each) { return each.ends == ends; });
  }
  for (std::size_t i = 0; i < strategy.filters.size(); ++i) {
    if (!IsTaken(state, static_cast<int>(i), ends)) return false;
  }
  return true;
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

Result<bool> IsOver(const TaskStep& step, const ListenTask& listen) {
  const TaskState& state = step.state();
  if (listen.until_events) return IsMet(state, *listen.until_events, true);
  if (listen.until.empty()) return IsMet(state, listen.to, false);
  return step.scope().IsTrue(listen.until, ValuesOf(state));
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
  const auto over = IsOver(step, listen);
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
  bool ends = listen.until_events.has_value();
  auto fit = ends ? FindFit(step, *listen.until_events, true, json)
                  : Result<std::optional<Fit>>(std::optional<Fit>());
  if (fit.ok() && !*fit) {
    ends = false;
    fit = FindFit(step, listen.to, false, json);
  }
  if (!fit.ok()) return step.Fail(ToExpressionError(fit.error(), step.ref()));
  if (!*fit) return;
  step.Emit(EventConsumed{step.ref(), id, (*fit)->filter, ends, ReadAs(listen.read, json),
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
