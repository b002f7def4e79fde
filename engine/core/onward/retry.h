#pragma once

#include <optional>
#include <string_view>

#include "engine/base/time.h"

namespace sb::core::onward {

/// How deliveries are repeated.
struct RetryPolicy {
  Millis first = std::chrono::seconds(5);   ///< The wait after the first try that failed.
  Millis most = std::chrono::hours(1);      ///< No wait is longer, unless the receiver asks for it.
  Millis give_up = std::chrono::hours(72);  ///< So long after its first try an event is given up.
  Millis most_asked = std::chrono::hours(6);  ///< No Retry-After counts for more.
};

/// What an answer means.
enum class Verdict {
  kDelivered,
  kAgain,    ///< It may succeed later: the receiver is down, busy, or not set up.
  kRefused,  ///< The receiver does not want this request, and will not later.
  kStopped   ///< The receiver does not know us (any more): a person has to look.
};

/// Of an HTTP status. Redirects are not followed, so they count as an address that is not right.
Verdict JudgeStatus(int status);

/// The wait before the next try, after `tries` (1 or more) that failed: it triples, and is
/// shortened by up to a third so that what failed together does not come back together. The same
/// for the same `seed`: a crash changes nothing. `asked`: what the receiver asked for; it is never
/// undercut.
Millis WaitBefore(const RetryPolicy& policy, int tries, std::string_view seed,
                  std::optional<Millis> asked);

/// Whether an event that was first tried at `first` is given up at `now`.
bool IsGivenUp(const RetryPolicy& policy, WallTime first, WallTime now);

}  // namespace sb::core::onward
