#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/base/time.h"
#include "engine/core/sync/cadence.h"
#include "engine/core/sync/scan.h"

namespace sb::core::sync {

/// What is known of a reading that is under way.
struct ReadingFacts {
  Window whole;              ///< All of it, as far as the list reaches.
  std::vector<Window> left;  ///< What is still to be read, in any order.
  std::int64_t read = 0;     ///< Items of the windows that are finished.
  WallTime begun_at;
  std::vector<WallTime> finished;  ///< When each of its windows was finished, in any order.
  int per_page = 50;
};

/// How far it is.
struct ReadingProgress {
  double done = 0;  ///< From 0 to 1, by the time that its windows cover.
  std::int64_t read = 0;
  double rows_per_second = 0;  ///< Since it began, without pauses.
  /// By the items of what was read; nothing before the first window is finished.
  std::optional<std::int64_t> items_left;
  std::optional<std::int64_t> requests_left;
  std::optional<WallTime> ends_at;

  bool operator==(const ReadingProgress&) const = default;
};

/// The progress of a reading at `now`. What comes is taken to be as dense as what was read, and to
/// go as fast: the pace of a reading has in it what the quota gave it, what others took, and how
/// quick the provider is. A time much longer than the other windows took is taken for a pause.
ReadingProgress ProgressAt(const ReadingFacts& facts, WallTime now);

/// The whole of a reading of `wanted`, begun at `begun_at`, of a list of this shape: what the list
/// does not reach, and what had not happened, is not part of it.
Window WholeOf(const ScanShape& shape, const Window& wanted, WallTime begun_at);

/// How old what is known may be; nothing: nothing is known yet.
std::optional<Millis> LagAt(const StreamProgress& progress, WallTime now);

}  // namespace sb::core::sync
