#include "engine/core/schedule/cron.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace sb::core::schedule {
namespace {

/// The `count` moments after `after`, as UTC, e.g. "03-29 01:00", each followed by ";".
std::string Due(const std::string& line, const std::string& zone, date::sys_seconds after,
                int count) {
  const auto cron = Cron::Parse(line);
  if (!cron.ok()) return cron.error().message;
  std::string all;
  for (int i = 0; i < count; ++i) {
    const auto next = cron->NextAfter(after, *date::locate_zone(zone));
    if (!next) return all + "never";
    all += date::format("%m-%d %H:%M;", *next);
    after = *next;
  }
  return all;
}

date::sys_seconds Utc(int year, unsigned month, unsigned day, int hour = 0) {
  return date::sys_days(date::year(year) / month / day) + std::chrono::hours(hour);
}

TEST(Cron, WeekdaysAtNineSkipTheWeekend) {
  EXPECT_EQ(Due("0 9 * * mon-fri", "Etc/UTC", Utc(2026, 7, 2, 9), 2), "07-03 09:00;07-06 09:00;");
}

TEST(Cron, StepsAndListsCount) {
  EXPECT_EQ(Due("*/20,5 0 1 JAN *", "Etc/UTC", Utc(2026, 1, 1) - std::chrono::seconds(1), 4),
            "01-01 00:00;01-01 00:05;01-01 00:20;01-01 00:40;");
}

TEST(Cron, EitherKindOfDaySufficesWhenBothAreRestricted) {
  EXPECT_EQ(Due("0 0 13 * 7", "Etc/UTC", Utc(2026, 7, 6), 2), "07-12 00:00;07-13 00:00;");
}

TEST(Cron, LeapDayIsFoundAcrossACenturyWithoutOne) {
  EXPECT_EQ(Due("0 0 29 2 *", "Etc/UTC", Utc(2096, 3, 1), 1), "02-29 00:00;");
}

TEST(Cron, ANamedHourThatClocksSkipIsDueWhenTheySkipIt) {
  EXPECT_EQ(Due("30 2 * * *", "Europe/Paris", Utc(2026, 3, 28, 12), 2), "03-29 01:00;03-30 00:30;");
}

TEST(Cron, ANamedHourThatClocksShowTwiceIsDueOnce) {
  EXPECT_EQ(Due("30 2 * * *", "Europe/Paris", Utc(2026, 10, 24, 12), 2),
            "10-25 00:30;10-26 01:30;");
}

TEST(Cron, EveryHourGoesByTimePassed) {
  EXPECT_EQ(Due("30 * * * *", "Europe/Paris", Utc(2026, 3, 29, 0), 2), "03-29 00:30;03-29 01:30;");
  EXPECT_EQ(Due("30 * * * *", "Europe/Paris", Utc(2026, 10, 25, 0), 3),
            "10-25 00:30;10-25 01:30;10-25 02:30;");
}

TEST(Cron, ABadLineSaysWhichFieldAndWhatIsAllowed) {
  const auto bad = [](const char* line, const char* part) {
    const auto cron = Cron::Parse(line);
    ASSERT_FALSE(cron.ok()) << line;
    EXPECT_NE(cron.error().message.find(part), std::string::npos) << cron.error().message;
  };
  bad("* * * *", "it has 4 fields");
  bad("60 * * * *", "the minute `60` is not understood: write `*`, 0 to 59");
  bad("* 5-3 * * *", "the hour `5-3`");
  bad("* * 0 * *", "the day of month `0`");
  bad("* * * foo *", "the month `foo`");
  bad("* * * * 1,", "the day of week `1,`");
  bad("*/0 * * * *", "the minute `*/0`");
  bad("5/10 * * * *", "the minute `5/10`");
  bad("0 0 30 2 *", "never comes in the month `2`");
}

TEST(Cron, EveryMinuteIsDueAtTheNextFullMinuteWhereverTheClocksAre) {
  const auto cron = Cron::Parse("* * * * *");
  std::mt19937 any(20260329);
  std::uniform_int_distribution<long> seconds(0, 2'000'000'000);
  for (int i = 0; i < 200; ++i) {
    const Instant after{std::chrono::seconds(seconds(any))};
    EXPECT_EQ(cron->NextAfter(after, *date::locate_zone("Europe/Paris")),
              date::floor<std::chrono::minutes>(after) + std::chrono::minutes(1))
        << date::format("%F %T", after);
  }
}

}  // namespace
}  // namespace sb::core::schedule
