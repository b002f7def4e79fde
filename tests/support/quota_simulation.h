#pragma once

#include <array>

#include "engine/core/quota/limiter.h"
#include "tests/support/simulated_provider.h"

namespace sb::testing {

/// What somebody wants to send in one lane.
struct LaneDemand {
  double per_minute = 0;     ///< At random instants.
  bool without_end = false;  ///< There is always more.
};

/// How it is sent.
enum class Sending {
  kRetry,        ///< At once, and again after 1, 2, 4 ... 32 s when it was refused.
  kTokenBucket,  ///< From a bucket of the whole limit, and again likewise when it was refused.
  kLimiter       ///< Through core::quota::Limiter.
};

/// "retry with back-off", "token bucket", "Switchboard"
const char* ToString(Sending sending);

/// One simulated time: 16 requests under way at most, each 10 to 200 ms there and as long back.
struct QuotaPlan {
  unsigned seed = 1;
  Counting counting = Counting::kFixedWindow;
  Sending sending = Sending::kLimiter;
  std::array<LaneDemand, core::quota::kLaneCount> demand;
  bool names_reset =
      false;  ///< Refusals say when the provider serves again. Only Switchboard reads it.
  double neighbour_per_minute = 0;  ///< Another integration of the company, at random instants.
  Millis warm_up = std::chrono::minutes(2);  ///< Does not count.
  Millis span = std::chrono::hours(1);       ///< Whole minutes, after the warm-up.
};

/// Of a company whose provider serves 100 requests a minute.
struct QuotaOutcome {
  double served = 0;   ///< A minute, as all rates here.
  double refused = 0;  ///< With 429, ours.
  int most_refused_in_a_minute = 0;
  double neighbour_refused = 0;
  int fewest_in_a_minute = 0;                             ///< Served in the worst minute.
  std::array<double, core::quota::kLaneCount> by_lane{};  ///< Served.
  /// Seconds from when an interactive request was wanted until the try left that was served.
  double interactive_wait_middle = 0;
  double interactive_wait_late = 0;  ///< 99 % waited less.
  double backfill_gap = 0;           ///< The longest time in seconds without a backfill request.
};

/// In virtual time: an hour takes a fraction of a second, and equal plans have equal outcomes.
QuotaOutcome Simulate(const QuotaPlan& plan);

/// A company that is used as a busy one is: people click, events come in, a sync and an import want
/// all there is.
std::array<LaneDemand, core::quota::kLaneCount> BusyCompany();

}  // namespace sb::testing
