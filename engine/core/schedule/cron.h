#pragma once

#include <bitset>
#include <optional>
#include <string_view>
#include <vector>

#include <date/tz.h>

#include "engine/base/result.h"

namespace sb::core::schedule {

/// A moment to the second: what a schedule plans with.
using Instant = date::sys_seconds;

/// The five fields of a cron line: minute, hour, day of month, month, day of week. Each is `*`, a
/// number, a range `a-b`, `*` or a range with a step `/n`, or a list of those with commas. Months
/// and weekdays may go by their English names' first three letters; Sunday is 0 or 7. When both
/// kinds of day are restricted, either one suffices, as in every cron. A plain value: any thread
/// may read it.
///
/// When clocks change: a line that names its hours goes by the clock on the wall, so a time that
/// the clocks skip is due at the moment they skip it, and one that they show twice is due the first
/// time only. A line of every hour goes by time passed: nothing is due for what is skipped, and
/// what is shown twice is due twice.
class Cron {
 public:
  /// Reads a line. kInvalid WORKFLOW_FIELD_INVALID names the field, what stands there and what may;
  /// a day that no calendar has (30 February) is refused as well.
  static Result<Cron> Parse(std::string_view text);

  /// The first planned moment later than `after`, by the clocks of `zone`; nothing only where the
  /// calendar of the computer ends.
  std::optional<Instant> NextAfter(Instant after, const date::time_zone& zone) const;
  /// The last planned moment from `from` to `now`, both included.
  std::optional<Instant> LastWithin(Instant from, Instant now, const date::time_zone& zone) const;

 private:
  bool FallsOn(date::local_days day) const;
  bool CanFall() const;
  std::vector<Instant> MomentsOf(date::local_days day, const date::time_zone& zone) const;
  void AddMoments(date::local_seconds local, const date::time_zone& zone,
                  std::vector<Instant>& moments) const;

  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;
  std::bitset<13> months_;
  std::bitset<8> weekdays_;
  bool any_day_ = false;
  bool any_weekday_ = false;
};

}  // namespace sb::core::schedule
