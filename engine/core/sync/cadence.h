#pragma once

#include <optional>

#include "engine/base/time.h"
#include "engine/core/sync/scan.h"
#include "engine/core/sync/streams.h"

namespace sb::core::sync {

/// How a stream is read.
enum class ReadingKind {
  kWhole,    ///< All that there is; proves what is absent.
  kTail,     ///< The windows since what is known.
  kChanges,  ///< Newest changes first, until what is known.
};

/// How far the reading of a stream is.
struct StreamProgress {
  std::optional<WallTime> known_until;  ///< Everything of before was read or told.
  std::optional<WallTime> whole_at;     ///< When the last whole reading began that came to its end.
  std::optional<WallTime> asked_at;     ///< When the last reading of any kind began that did.
};

/// How often a stream is read, and since when.
struct Cadence {
  Millis every{0};
  Millis rescan{0};
  WallTime start;  ///< Nothing of before is wanted.
};

/// What is to be read.
struct DueReading {
  ReadingKind kind = ReadingKind::kWhole;
  Window window;  ///< Of kChanges: what changed in it.

  bool operator==(const DueReading&) const = default;
};

/// What is due at `now` of a stream that is not being read; nothing: wait until NextReadingAt.
std::optional<DueReading> NextReading(const Stream& stream, const Cadence& cadence,
                                      const StreamProgress& progress, WallTime now);
WallTime NextReadingAt(const Cadence& cadence, const StreamProgress& progress);

/// The progress once this reading, begun at `begun_at`, came to its end with all its windows
/// proven, or with some that are not: then what is known does not reach further.
StreamProgress AfterReading(StreamProgress progress, const DueReading& reading, WallTime begun_at,
                            bool proven);

}  // namespace sb::core::sync
