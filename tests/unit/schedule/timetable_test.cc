#include "engine/core/schedule/timetable.h"

#include <gtest/gtest.h>

#include "engine/adapters/system/system_time_zones.h"

namespace sb::core::schedule {
namespace {

using namespace std::chrono_literals;

const TimeZones& Zones() {
  static const adapters::system::SystemTimeZones kZones;
  return kZones;
}

Timetable AtClock(const std::string& line, const std::string& zone = "Europe/Paris") {
  return ByClock{Cron::Parse(line).value(), line, Zones().Find(zone)};
}

WallTime At(const std::string& text) {
  return ParseRfc3339(text).value();
}

std::string Text(std::optional<WallTime> when) {
  return when ? ToRfc3339(*when) : "never";
}

/// The times at which a process that looks every `step` from `from` to `to` starts runs.
std::string Watch(const Timetable& timetable, WallTime from, WallTime to, Millis step) {
  std::string fired;
  auto due = FirstDue(timetable, {}, from);
  for (WallTime now = from; now <= to; now += step) {
    if (!due || *due > now) continue;
    const Firing firing = Fire(timetable, *due, now);
    fired += Text(firing.planned).substr(5, 11) + ";";
    due = firing.next;
  }
  return fired;
}

TEST(Timetable, ATimeThatTheClocksSkipRunsOnceAfterTheJump) {
  EXPECT_EQ(
      Watch(AtClock("30 2 * * *"), At("2026-03-28T12:00:00Z"), At("2026-03-30T12:00:00Z"), 1min),
      "03-29T01:00;03-30T00:30;");
}

TEST(Timetable, ATimeThatTheClocksShowTwiceRunsOnce) {
  EXPECT_EQ(
      Watch(AtClock("30 2 * * *"), At("2026-10-24T12:00:00Z"), At("2026-10-26T12:00:00Z"), 1min),
      "10-25T00:30;10-26T01:30;");
}

TEST(Timetable, MissedTimesAreMadeUpForOnceAndCountAsTheNewest) {
  const Timetable daily = AtClock("0 9 * * *", "Etc/UTC");
  const Firing firing = Fire(daily, At("2026-06-01T09:00:00Z"), At("2026-06-04T17:30:00Z"));
  EXPECT_EQ(Text(firing.planned), "2026-06-04T09:00:00.000Z");
  EXPECT_EQ(Text(firing.next), "2026-06-05T09:00:00.000Z");
}

TEST(Timetable, EveryMinuteMissedForAMonthIsMadeUpForOnce) {
  const Firing firing =
      Fire(AtClock("* * * * *"), At("2026-03-01T00:00:00Z"), At("2026-04-01T00:00:30Z"));
  EXPECT_EQ(Text(firing.planned), "2026-04-01T00:00:00.000Z");
  EXPECT_EQ(Text(firing.next), "2026-04-01T00:01:00.000Z");
}

TEST(Timetable, AYearlyTimeMissedLongAgoIsStillTheOneMadeUpFor) {
  const Firing firing =
      Fire(AtClock("0 0 1 1 *", "Etc/UTC"), At("2026-01-01T00:00:00Z"), At("2026-11-24T11:00:00Z"));
  EXPECT_EQ(Text(firing.planned), "2026-01-01T00:00:00.000Z");
  EXPECT_EQ(Text(firing.next), "2027-01-01T00:00:00.000Z");
}

TEST(Timetable, EveryKeepsItsStepsHoweverLateItIsLookedAt) {
  const WallTime start = At("2026-06-01T09:00:00Z");
  EXPECT_EQ(Text(FirstDue(Every{15min}, {}, start)), "2026-06-01T09:15:00.000Z");
  const Firing on_time = Fire(Every{15min}, start, start + 2s);
  EXPECT_EQ(Text(on_time.planned), "2026-06-01T09:00:00.000Z");
  EXPECT_EQ(Text(on_time.next), "2026-06-01T09:15:00.000Z");
  const Firing late = Fire(Every{15min}, start, start + 2h + 1min);
  EXPECT_EQ(Text(late.planned), "2026-06-01T11:00:00.000Z");
  EXPECT_EQ(Text(late.next), "2026-06-01T11:15:00.000Z");
}

TEST(Timetable, EveryGoesByTimePassedWhereClocksChange) {
  EXPECT_EQ(Watch(Every{1h}, At("2026-03-28T23:30:00Z"), At("2026-03-29T02:31:00Z"), 1min),
            "03-29T00:30;03-29T01:30;03-29T02:30;");
}

TEST(Timetable, AfterBeginsAtOnceAndThenWaitsForTheEndOfItsRun) {
  const WallTime now = At("2026-06-01T09:00:00Z");
  EXPECT_EQ(FirstDue(After{10min}, {}, now), now);
  EXPECT_EQ(Fire(After{10min}, now, now + 1s).next, std::nullopt);
  EXPECT_EQ(FirstDue(After{10min}, now + 3min, now + 4min), now + 13min);
  EXPECT_EQ(FirstDue(After{10min}, now, now + 1h), now + 1h) << "never in the past";
}

TEST(Timetable, AChangedIntervalCountsFromTheLastTime) {
  const WallTime last = At("2026-06-01T09:00:00Z");
  EXPECT_EQ(FirstDue(Every{1h}, last, last + 10min), last + 1h);
  EXPECT_EQ(FirstDue(Every{5min}, last, last + 10min), last + 10min);
}

TEST(Timetable, PlansTellTimetablesApart) {
  EXPECT_EQ(PlanOf(Every{15min}), "every PT900S");
  EXPECT_EQ(PlanOf(After{1500ms}), "after PT1.5S");
  EXPECT_EQ(PlanOf(AtClock("0 9 * * 1-5")), "cron 0 9 * * 1-5 Europe/Paris");
}

TEST(Zones, AreKnownByTheirNamesOnly) {
  EXPECT_NE(Zones().Find("America/New_York"), nullptr);
  for (const char* name : {"Europe/Pariss", "", "../etc/passwd", "CEST+2"})
    EXPECT_EQ(Zones().Find(name), nullptr) << name;
}

}  // namespace
}  // namespace sb::core::schedule
