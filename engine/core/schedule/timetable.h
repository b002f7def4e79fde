#pragma once

#include <optional>
#include <string>
#include <variant>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/core/schedule/cron.h"

namespace sb::core::schedule {

/// Again and again in the same distance, however long the runs take.
struct Every {
  Millis interval;
};

/// Again when the run before has ended and this time has passed.
struct After {
  Millis pause;
};

/// By the clock on a wall.
struct ByClock {
  Cron cron;
  std::string line;             ///< As written.
  const date::time_zone* zone;  ///< As TimeZones gives it.
};

/// When a workflow runs by itself. A plain value.
using Timetable = std::variant<Every, ByClock, After>;

/// Tells timetables apart: "every PT900S", "cron 0 9 * * 1-5 Europe/Paris", "after PT60S".
std::string PlanOf(const Timetable& timetable);

/// When a workflow that was switched on, or whose timetable was changed, is due: `Every` one
/// interval after `last`, the last time it was due, or after now; `After` its pause after `last`,
/// the end of the last run, or now; never before now. Nothing where the calendar ends.
std::optional<WallTime> FirstDue(const Timetable& timetable, std::optional<WallTime> last,
                                 WallTime now);

/// What a timetable that was due at `due` makes of it at `now`. However many times were missed,
/// one run makes up for them: the newest of them counts as its time.
struct Firing {
  WallTime planned;
  std::optional<WallTime> next;  ///< After now. Nothing for `After`: it waits for the run's end.
};

Firing Fire(const Timetable& timetable, WallTime due, WallTime now);

}  // namespace sb::core::schedule
