#pragma once

#include <cstdint>

#include "tests/sim/twoway/history.h"

namespace sb::sim::twoway {

/// Which histories to tell, both ends included.
struct Seeds {
  std::uint64_t first = 1;
  std::uint64_t last = 1000;
};

/// What an environment variable wants: "1000" is how many, "17..40" which. Absent: `otherwise`.
Seeds SeedsOf(const char* variable, Seeds otherwise);

/// Fails the test where something does not hold, with the whole story.
bool Holds(const History::Options& options, const History::Account& account);

}  // namespace sb::sim::twoway
