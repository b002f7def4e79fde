#include "engine/core/settling/settling.h"

#include <utility>

namespace sb::core::settling {

std::optional<WallTime> NextLook(const Schedule& schedule, WallTime ended_at, WallTime after) {
  for (const Millis look : schedule.looks) {
    if (ended_at + look > after) return ended_at + look;
  }
  return {};
}

Standing Begin(const Schedule& schedule, WallTime ended_at, const Seen& seen) {
  const auto look = NextLook(schedule, ended_at, seen.at);
  return {ended_at, seen.at, seen.content, look.value_or(seen.at)};
}

Standing AfterEvent(Standing standing, const Seen& seen, bool confirms) {
  // Sources tell whole seconds: of two of the same second the later one to arrive is believed.
  if (!standing.look_at || seen.at < standing.seen_at) return standing;
  standing.seen_at = seen.at;
  standing.content = seen.content;
  if (confirms && seen.complete) standing.look_at.reset();
  return standing;
}

Standing AfterLook(const Schedule& schedule, Standing standing, const Seen& seen) {
  const bool unchanged = seen.content == standing.content;
  standing.seen_at = seen.at;
  standing.content = seen.content;
  if (seen.complete && unchanged) {
    standing.look_at.reset();
  } else {
    standing.look_at = NextLook(schedule, standing.ended_at, seen.at);
  }
  return standing;
}

}  // namespace sb::core::settling
