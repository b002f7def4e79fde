#include "engine/core/workflow/event_wait.h"

#include <algorithm>
#include <utility>

#include "engine/core/workflow/trigger.h"

namespace sb::core::workflow {
namespace {

/// What is looked at while one event is judged. Borrowed.
struct Judgement {
  const std::vector<EventConsumed>& consumed;
  const Json& event;
  const Expressions& expressions;
  const Json& input;
};

/// What the first event that spoke of this correlation said; null when none has.
const Json& KnownKey(const std::vector<EventConsumed>& consumed, const std::string& name) {
  static const Json kNone;
  for (const EventConsumed& each : consumed) {
    if (each.keys.contains(name)) return each.keys.at(name);
  }
  return kNone;
}

/// What an event says for each correlation of the filter; nothing when it belongs to another story.
Result<std::optional<Json>> Correlate(const Judgement& judged, const EventFilter& filter) {
  Json keys = Json::object();
  for (const auto& [name, rule] : filter.correlate) {
    auto said = judged.expressions.Evaluate(rule.from, judged.event, {});
    if (!said.ok()) return said.error();
    if (said->is_null()) return std::optional<Json>();
    Json wanted = KnownKey(judged.consumed, name);
    if (rule.expect) {
      auto expected = EvaluateTemplate(judged.expressions, *rule.expect, judged.input, {});
      if (!expected.ok()) return expected.error();
      wanted = std::move(expected).value();
    }
    if (!wanted.is_null() && wanted != *said) return std::optional<Json>();
    keys[name] = std::move(said).value();
  }
  return std::optional<Json>(std::move(keys));
}

bool IsTaken(const std::vector<EventConsumed>& consumed, int filter, bool ends) {
  return std::ranges::any_of(consumed, [&](const EventConsumed& each) {
    return each.filter == filter && each.ends == ends;
  });
}

/// The first filter of the strategy that the event fits; in `all`, of those that still want one.
Result<std::optional<EventFit>> FindFitIn(const EventStrategy& strategy, bool ends,
                                          const Judgement& judged) {
  if (strategy.filters.empty()) return std::optional<EventFit>(EventFit{-1, ends});
  for (std::size_t i = 0; i < strategy.filters.size(); ++i) {
    const int number = static_cast<int>(i);
    if (strategy.mode == EventStrategy::Mode::kAll && IsTaken(judged.consumed, number, ends))
      continue;
    const auto fits = Fits(strategy.filters[i], judged.event, judged.expressions);
    if (!fits.ok()) return fits.error();
    if (!*fits) continue;
    auto keys = Correlate(judged, strategy.filters[i]);
    if (!keys.ok()) return keys.error();
    if (*keys) return std::optional<EventFit>(EventFit{number, ends, std::move(**keys)});
  }
  return std::optional<EventFit>();
}

/// Whether the strategy has what it wants.
bool IsMet(const EventStrategy& strategy, bool ends, const std::vector<EventConsumed>& consumed) {
  if (strategy.mode != EventStrategy::Mode::kAll) {
    return std::ranges::any_of(consumed,
                               [ends](const EventConsumed& each) { return each.ends == ends; });
  }
  for (std::size_t i = 0; i < strategy.filters.size(); ++i) {
    if (!IsTaken(consumed, static_cast<int>(i), ends)) return false;
  }
  return true;
}

}  // namespace

Result<std::optional<EventFit>> FindFit(const EventWait& wait,
                                        const std::vector<EventConsumed>& consumed,
                                        const Json& event, const Expressions& expressions,
                                        const Json& input) {
  const Judgement judged{consumed, event, expressions, input};
  if (wait.until_events) {
    auto end = FindFitIn(*wait.until_events, true, judged);
    if (!end.ok() || *end) return end;
  }
  return FindFitIn(wait.to, false, judged);
}

Result<bool> IsComplete(const EventWait& wait, const std::vector<EventConsumed>& consumed,
                        const Json& values, const Expressions& expressions) {
  if (wait.until_events) return IsMet(*wait.until_events, true, consumed);
  if (wait.until.empty()) return IsMet(wait.to, false, consumed);
  const auto over = expressions.Evaluate(wait.until, values, {});
  if (!over.ok()) return over.error();
  return !over->is_null() && *over != Json(false);
}

}  // namespace sb::core::workflow
