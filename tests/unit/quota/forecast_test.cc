#include "engine/core/quota/forecast.h"

#include <chrono>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sb::core::quota {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): literals only

using ::testing::AllOf;
using ::testing::Ge;
using ::testing::Le;

constexpr WallTime kForecastStart{std::chrono::seconds(1'790'000'000)};

std::optional<WallTime> EmptyAt(const LaneTimes& times, Lane lane) {
  return times.at(static_cast<std::size_t>(lane));
}

TEST(Forecast, SaysNothingOfLanesInWhichNothingWaits) {
  const LaneTimes times = ForecastEmpty(Limiter({}), {0, 0, 0, 0}, kForecastStart);
  for (const auto& time : times) EXPECT_FALSE(time);
}

TEST(Forecast, IsNowForWhatMayLeaveAtOnce) {
  EXPECT_EQ(EmptyAt(ForecastEmpty(Limiter({}), {3, 0, 0, 0}, kForecastStart), Lane::kInteractive),
            kForecastStart);
}

TEST(Forecast, CountsInTheCoolDown) {
  Limiter limiter({});
  limiter.OnRefused({.retry_after = 30s}, kForecastStart);
  const auto empty =
      EmptyAt(ForecastEmpty(limiter, {1, 0, 0, 0}, kForecastStart), Lane::kInteractive);
  EXPECT_THAT(*empty, AllOf(Ge(kForecastStart + 30s), Le(kForecastStart + 31s)));
}

TEST(Forecast, OfALongBackfillIsWhatThenHappens) {
  Limiter limiter({});
  Backlog backlog = {0, 0, 0, 400};
  const auto told = EmptyAt(ForecastEmpty(limiter, backlog, kForecastStart), Lane::kBackfill);
  WallTime now = kForecastStart;
  while (backlog[3] > 0) {
    while (backlog[3] > 0 && limiter.TryTake(Lane::kBackfill, backlog, now)) --backlog[3];
    now += 20ms;
  }
  EXPECT_THAT(*told, AllOf(Ge(now - 1s), Le(now + 1s)));
}

TEST(Forecast, OfMoreThanIsRehearsedIsNearWhatThenHappens) {
  Limiter limiter({});
  Backlog backlog = {0, 0, 0, 3000};
  const auto told = EmptyAt(ForecastEmpty(limiter, backlog, kForecastStart), Lane::kBackfill);
  WallTime now = kForecastStart;
  while (backlog[3] > 0) {
    while (backlog[3] > 0 && limiter.TryTake(Lane::kBackfill, backlog, now)) --backlog[3];
    now += 50ms;
  }
  EXPECT_THAT((*told - kForecastStart) / 1s, AllOf(Ge((now - kForecastStart) / 1s * 95 / 100),
                                                   Le((now - kForecastStart) / 1s * 105 / 100)));
}

TEST(Forecast, EmptiesUrgentLanesFirst) {
  const LaneTimes times = ForecastEmpty(Limiter({}), {50, 200, 2000, 9000}, kForecastStart);
  for (std::size_t lane = 1; lane < times.size(); ++lane)
    EXPECT_LT(*times.at(lane - 1), *times.at(lane));
}

TEST(Forecast, OfAMillionIsAMatterOfDays) {
  const auto empty =
      EmptyAt(ForecastEmpty(Limiter({}), {0, 0, 0, 1'000'000}, kForecastStart), Lane::kBackfill);
  EXPECT_THAT(*empty, AllOf(Ge(kForecastStart + 7 * 24h), Le(kForecastStart + 14 * 24h)));
}

TEST(Forecast, DoesNotTakeALargeQuotaForAnEndlessOne) {
  const Limiter limiter({.limit = 6000, .ceiling = 6000});
  const auto empty =
      EmptyAt(ForecastEmpty(limiter, {60'000, 0, 0, 0}, kForecastStart), Lane::kInteractive);
  EXPECT_GE(*empty, kForecastStart + 9min);
}

TEST(Forecast, OfARequestCountsThoseAheadInItsLane) {
  Limiter limiter({});
  while (limiter.TryTake(Lane::kInteractive, {0, 0, 0, 0}, kForecastStart)) {
  }
  const Backlog backlog = {0, 0, 0, 500};
  const WallTime first = ForecastTurn(limiter, Lane::kBackfill, 0, backlog, kForecastStart);
  const WallTime later = ForecastTurn(limiter, Lane::kBackfill, 100, backlog, kForecastStart);
  EXPECT_THAT(first, AllOf(Ge(kForecastStart + 61s), Le(kForecastStart + 62s)));
  EXPECT_THAT(later, AllOf(Ge(first + 60s), Le(first + 180s)));
}

TEST(Forecast, LeavesTheQuotaItselfAlone) {
  const Limiter limiter({});
  (void)ForecastEmpty(limiter, {100, 100, 100, 100}, kForecastStart);
  EXPECT_EQ(limiter.UsedInWindow(kForecastStart), 0);
}

}  // namespace
}  // namespace sb::core::quota
