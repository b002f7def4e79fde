#pragma once

#include <array>
#include <optional>

#include "engine/base/time.h"
#include "engine/core/quota/limiter.h"

namespace sb::core::quota {

/// When each lane will be empty, if nothing more comes and nobody else takes more than now; nothing
/// for a lane in which nothing waits.
using LaneTimes = std::array<std::optional<WallTime>, kLaneCount>;

/// The near future is rehearsed grant by grant; what lies further away goes on at the pace of the
/// rehearsal's end, so that a backlog of a million costs no more than one of a thousand.
LaneTimes ForecastEmpty(const Limiter& limiter, const Backlog& backlog, WallTime now);

/// When a request may leave that has `ahead` others before it in its lane; these and itself count
/// in `backlog`.
WallTime ForecastTurn(const Limiter& limiter, Lane lane, int ahead, const Backlog& backlog,
                      WallTime now);

}  // namespace sb::core::quota
