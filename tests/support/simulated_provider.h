#pragma once

#include <memory>

#include "engine/base/time.h"

namespace sb::testing {

/// How a provider counts requests a minute; nobody outside knows which it is.
class SimulatedProvider {
 public:
  virtual ~SimulatedProvider() = default;
  /// Whether a request that arrives at `now` is served. `now` never goes back.
  virtual bool Serve(WallTime now) = 0;
  /// After a refusal: from when on it may serve again, in whole seconds, as providers name it.
  virtual WallTime Reset() const = 0;
};

enum class Counting { kFixedWindow, kSlidingLog, kTokenBucket };

/// "fixed window", "sliding log", "token bucket"
const char* ToString(Counting counting);

/// Serves `limit` a minute: by a counter that restarts every minute at `phase` past the full one,
/// `limit` in any 60 s, or from a bucket of `limit` that fills at `limit` a minute.
std::unique_ptr<SimulatedProvider> MakeProvider(Counting counting, int limit, Millis phase = {});

}  // namespace sb::testing
