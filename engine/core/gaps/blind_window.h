#pragma once

#include <optional>

#include "engine/base/time.h"

namespace sb::core::gaps {

/// A stretch of time, both ends included. Lists of providers know whole seconds only.
struct Window {
  WallTime from;
  WallTime to;

  bool operator==(const Window&) const = default;

  bool Holds(WallTime when) const { return from <= when && when <= to; }
};

/// How events may have been missed.
enum class Blindness {
  kNothingCame,    ///< Whatever came was told until then, and nothing after.
  kSomethingCame,  ///< Some events came all the while: the last one proves nothing.
};

/// What is known when a webhook is found not to be as it should.
struct Sighting {
  Blindness blindness = Blindness::kNothingCame;
  std::optional<WallTime> last_delivery;  ///< When the last event arrived.
  std::optional<WallTime> last_good;      ///< When the webhook was last seen to be as it should.
  WallTime connected_at;                  ///< Nothing from before belongs to the account.
  WallTime now;
  /// So far back it is known which events came; what is older might be taken for new.
  Millis memory = std::chrono::days(30);
};

/// So much before the last event the blind time begins: deliveries overtake each other, and those
/// that failed before the last one that came were not told.
inline constexpr Millis kSlack = std::chrono::minutes(15);

/// Since when events may have been missed, in whole seconds.
WallTime BlindSince(const Sighting& sighting);

}  // namespace sb::core::gaps
