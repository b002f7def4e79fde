#include "engine/core/schedule/timetable.h"

#include <algorithm>

#include <fmt/format.h>

namespace sb::core::schedule {
namespace {

std::string SecondsOf(Millis duration) {
  return fmt::format("PT{}S", static_cast<double>(duration.count()) / 1000);
}

struct Plan {
  std::string operator()(const Every& every) const { return "every " + SecondsOf(every.interval); }

  std::string operator()(const After& after) const { return "after " + SecondsOf(after.pause); }

  std::string operator()(const ByClock& clock) const {
    return "cron " + clock.line + " " + clock.zone->name();
  }
};

struct First {
  std::optional<WallTime> last;
  WallTime now;

  std::optional<WallTime> operator()(const Every& every) const {
    return std::max(now, last.value_or(now) + every.interval);
  }

  std::optional<WallTime> operator()(const After& after) const {
    return last ? std::max(now, *last + after.pause) : now;
  }

  std::optional<WallTime> operator()(const ByClock& clock) const {
    return clock.cron.NextAfter(date::floor<std::chrono::seconds>(now), *clock.zone);
  }
};

struct FireAt {
  WallTime due;
  WallTime now;

  Firing operator()(const Every& every) const {
    const auto missed = std::max<std::int64_t>(0, (now - due) / every.interval);
    const WallTime planned = due + missed * every.interval;
    return {planned, planned + every.interval};
  }

  Firing operator()(const After&) const { return {due, {}}; }

  Firing operator()(const ByClock& clock) const {
    const auto second = date::floor<std::chrono::seconds>(std::max(due, now));
    const auto newest =
        clock.cron.LastWithin(date::floor<std::chrono::seconds>(due), second, *clock.zone);
    return {newest ? WallTime(*newest) : due, clock.cron.NextAfter(second, *clock.zone)};
  }
};

}  // namespace

std::string PlanOf(const Timetable& timetable) {
  return std::visit(Plan{}, timetable);
}

std::optional<WallTime> FirstDue(const Timetable& timetable, std::optional<WallTime> last,
                                 WallTime now) {
  return std::visit(First{last, now}, timetable);
}

Firing Fire(const Timetable& timetable, WallTime due, WallTime now) {
  return std::visit(FireAt{due, now}, timetable);
}

}  // namespace sb::core::schedule
