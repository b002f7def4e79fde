#include "engine/core/sync/cadence.h"

#include <algorithm>

namespace sb::core::sync {
namespace {

bool IsDue(const std::optional<WallTime>& last, Millis interval, WallTime now) {
  return !last || *last + interval <= now;
}

}  // namespace

std::optional<DueReading> NextReading(const Stream& stream, const Cadence& cadence,
                                      const StreamProgress& progress, WallTime now) {
  if (!stream.is_listed()) return {};
  if (IsDue(progress.whole_at, cadence.rescan, now))
    return DueReading{ReadingKind::kWhole, {cadence.start, now}};
  if (!IsDue(progress.asked_at, cadence.every, now)) return {};
  // A list without windows is short, or there is no other way.
  if (!stream.changes && !stream.shape.windowed)
    return DueReading{ReadingKind::kWhole, {cadence.start, now}};
  const WallTime known = progress.known_until.value_or(cadence.start);
  const WallTime since = std::max(cadence.start, known - stream.overlap);
  return DueReading{stream.changes ? ReadingKind::kChanges : ReadingKind::kTail, {since, now}};
}

WallTime NextReadingAt(const Cadence& cadence, const StreamProgress& progress) {
  const WallTime whole = progress.whole_at ? *progress.whole_at + cadence.rescan : WallTime();
  const WallTime asked = progress.asked_at ? *progress.asked_at + cadence.every : WallTime();
  return std::min(whole, asked);
}

StreamProgress AfterReading(StreamProgress progress, const DueReading& reading, WallTime begun_at,
                            bool proven) {
  progress.asked_at = begun_at;
  if (reading.kind == ReadingKind::kWhole) progress.whole_at = begun_at;
  if (proven) progress.known_until = std::max(progress.known_until.value_or(begun_at), begun_at);
  return progress;
}

}  // namespace sb::core::sync
