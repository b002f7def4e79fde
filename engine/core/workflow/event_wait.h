#pragma once

#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/core/workflow/expressions.h"
#include "engine/core/workflow/model.h"
#include "engine/core/workflow/run.h"

namespace sb::core::workflow {

/// What goes on through the flow is held in memory: more events than this are a job for runs of
/// their own.
inline constexpr std::size_t kMostEvents = 10'000;
/// Those that start one run together are its input, and copied at each of them.
inline constexpr std::size_t kMostGathered = 1000;

/// How an event fits what is waited for.
struct EventFit {
  int filter = -1;             ///< Which of the filters; -1 where any event fits.
  bool ends = false;           ///< It is one of `until`'s events.
  Json keys = Json::object();  ///< What it says for each correlation.
};

/// Whether the event (a CloudEvent as JSON) is one that is waited for, after those that were
/// `consumed`: it fits a filter that still wants one, and belongs to the same story. `input` is
/// what `expect` is applied to. Fails with what Expressions::Evaluate gives.
Result<std::optional<EventFit>> FindFit(const EventWait& wait,
                                        const std::vector<EventConsumed>& consumed,
                                        const Json& event, const Expressions& expressions,
                                        const Json& input);

/// Whether everything that is waited for has come. `values` is what `until` is applied to. Fails
/// with what Expressions::Evaluate gives.
Result<bool> IsComplete(const EventWait& wait, const std::vector<EventConsumed>& consumed,
                        const Json& values, const Expressions& expressions);

}  // namespace sb::core::workflow
