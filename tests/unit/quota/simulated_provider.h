#pragma once

#include <deque>
#include <memory>
#include <optional>

#include "engine/base/time.h"
#include "engine/core/quota/limiter.h"

namespace sb::core::quota {

/// How a provider counts requests a minute; nobody outside knows which it is.
class SimulatedProvider {
 public:
  virtual ~SimulatedProvider() = default;
  /// Whether a request that arrives at `now` is served. `now` never goes back.
  virtual bool Serve(WallTime now) = 0;
};

/// A counter that restarts every minute at `phase` past the full one.
std::unique_ptr<SimulatedProvider> FixedWindowProvider(int limit, Millis phase);
/// Serves `limit` in any 60 s.
std::unique_ptr<SimulatedProvider> SlidingLogProvider(int limit);
/// A bucket of `limit` that fills at `limit` a minute.
std::unique_ptr<SimulatedProvider> TokenBucketProvider(int limit);

/// What came of a simulated time, per minute.
struct Traffic {
  double served = 0;
  double refused = 0;
};

struct SimulationPlan {
  unsigned seed = 1;
  Millis span = std::chrono::hours(1);
  Backlog backlog = {1000, 0, 0, 0};
  double neighbour_per_minute = 0;  ///< Another integration of the same company, at random.
};

/// Sends through a limiter as fast as it allows: at most 16 requests in flight, each 10 to 200 ms
/// on its way.
Traffic Simulate(SimulatedProvider& provider, const SimulationPlan& plan);

}  // namespace sb::core::quota
