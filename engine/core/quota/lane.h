#pragma once

#include <array>

namespace sb::core::quota {

/// The priority class of a request, most urgent first.
enum class Lane { kInteractive = 0, kLive = 1, kSync = 2, kBackfill = 3 };

inline constexpr int kLaneCount = 4;

inline const char* ToString(Lane lane) {
  constexpr std::array<const char*, kLaneCount> kNames = {"interactive", "live", "sync",
                                                          "backfill"};
  return kNames[static_cast<std::size_t>(lane)];
}

}  // namespace sb::core::quota
