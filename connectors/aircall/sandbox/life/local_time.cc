#include "connectors/aircall/sandbox/life/local_time.h"

#include <algorithm>
#include <array>

namespace sb::aircall::sandbox {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::sys_days;

enum class Summer { kNone, kAmerican, kEuropean };

struct Zone {
  std::string_view name;
  int hours;  ///< Ahead of UTC in winter.
  Summer summer;
};

constexpr std::array<Zone, 6> kZones = {{{"America/New_York", -5, Summer::kAmerican},
                                         {"America/Chicago", -6, Summer::kAmerican},
                                         {"America/Denver", -7, Summer::kAmerican},
                                         {"America/Los_Angeles", -8, Summer::kAmerican},
                                         {"Europe/Paris", 1, Summer::kEuropean},
                                         {"Europe/London", 0, Summer::kEuropean}}};

const Zone* FindZone(std::string_view name) {
  const auto* const found = std::find_if(kZones.begin(), kZones.end(),
                                         [&](const Zone& each) { return each.name == name; });
  return found == kZones.end() ? nullptr : &*found;
}

/// The United States change at two in the morning, local time: second Sunday of March, first of
/// November. Europe changes everywhere at 01:00 UTC: last Sundays of March and October.
bool IsSummer(const Zone& zone, WallTime when) {
  using namespace std::chrono;  // NOLINT(google-build-using-namespace): calendar arithmetic
  const year in = year_month_day(floor<days>(when)).year();
  if (zone.summer == Summer::kAmerican) {
    const WallTime begins = sys_days(in / March / Sunday[2]) + hours(2 - zone.hours);
    const WallTime ends = sys_days(in / November / Sunday[1]) + hours(1 - zone.hours);
    return begins <= when && when < ends;
  }
  const WallTime begins = sys_days(in / March / Sunday[last]) + hours(1);
  const WallTime ends = sys_days(in / October / Sunday[last]) + hours(1);
  return zone.summer == Summer::kEuropean && begins <= when && when < ends;
}

}  // namespace

Seconds OffsetOf(std::string_view zone, WallTime when) {
  const Zone* found = FindZone(zone);
  if (found == nullptr) return Seconds(0);
  return hours(found->hours + (IsSummer(*found, when) ? 1 : 0));
}

WallTime FromLocal(std::string_view zone, std::chrono::local_seconds local) {
  const WallTime as_utc = std::chrono::sys_seconds(local.time_since_epoch());
  return as_utc - OffsetOf(zone, as_utc - OffsetOf(zone, as_utc));
}

std::chrono::local_seconds ToLocal(std::string_view zone, WallTime when) {
  return std::chrono::local_seconds(
      std::chrono::floor<Seconds>(when + OffsetOf(zone, when)).time_since_epoch());
}

}  // namespace sb::aircall::sandbox
