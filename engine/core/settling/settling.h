#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/time.h"

namespace sb::core::settling {

/// When a record that has ended is looked at again, counted from its end: ascending, at least one.
struct Schedule {
  std::vector<Millis> looks;
};

/// What an event, or the record when it was read again, told of it.
struct Seen {
  WallTime at;            ///< When the record was so; of an event, when it happened.
  bool complete = false;  ///< It has all that the provider will add by itself.
  std::string content;    ///< A hash of what may still change.
};

/// How a record that has ended stands.
struct Standing {
  WallTime ended_at;
  WallTime seen_at;                      ///< Of the newest that was told of it.
  std::string content;                   ///< Of the same.
  std::optional<WallTime> look_at = {};  ///< When to read it again; nothing: it has settled.

  bool operator==(const Standing&) const = default;
};

/// The first look of the schedule after `after`; nothing when there is none left. Looks that were
/// not made in time are not made up for: the next one shows the same.
std::optional<WallTime> NextLook(const Schedule& schedule, WallTime ended_at, WallTime after);

/// An event said that a record has ended. One that ended before the whole schedule is looked at
/// once.
Standing Begin(const Schedule& schedule, WallTime ended_at, const Seen& seen);

/// Another event told of the record. `confirms`: one by which a complete record has settled,
/// without a look. What is older than what is known, comes again, or comes after the record has
/// settled changes nothing.
Standing AfterEvent(Standing standing, const Seen& seen, bool confirms);

/// The record was read again. It has settled when it is complete and as it was seen before, and
/// with the last look of the schedule.
Standing AfterLook(const Schedule& schedule, Standing standing, const Seen& seen);

}  // namespace sb::core::settling
