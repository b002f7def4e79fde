#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/quota_simulation.h"

// The limiter against providers whose way of counting it is not told, with nothing but bare 429s.
namespace sb::testing {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): literals only

using core::quota::Lane;

constexpr auto kBackfill = static_cast<std::size_t>(Lane::kBackfill);

std::string NameOf(Counting counting) {
  switch (counting) {
    case Counting::kFixedWindow:
      return "FixedWindow";
    case Counting::kSlidingLog:
      return "SlidingLog";
    case Counting::kTokenBucket:
      return "TokenBucket";
  }
  return "";
}

class LimiterAgainst : public ::testing::TestWithParam<Counting> {
 protected:
  static QuotaPlan Plan(unsigned seed) {
    QuotaPlan plan;
    plan.seed = seed;
    plan.counting = GetParam();
    plan.demand = BusyCompany();
    return plan;
  }
};

TEST_P(LimiterAgainst, AloneAtLeastNinetySevenRequestsAreServedInEachMinuteAndNoneIsRefused) {
  for (const Lane lane : {Lane::kLive, Lane::kSync, Lane::kBackfill}) {
    SCOPED_TRACE(ToString(lane));
    QuotaPlan plan = Plan(1);
    plan.demand = {};
    plan.demand.at(static_cast<std::size_t>(lane)).without_end = true;
    plan.span = 2h;
    const QuotaOutcome outcome = Simulate(plan);
    EXPECT_EQ(outcome.refused, 0);
    EXPECT_GE(outcome.fewest_in_a_minute, 97);
  }
}

TEST_P(LimiterAgainst, AllLanesTogetherCostNoRefusal) {
  for (unsigned seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(seed);
    const QuotaOutcome outcome = Simulate(Plan(seed));
    EXPECT_EQ(outcome.refused, 0);
    EXPECT_GE(outcome.served, 80) << "15 are kept for whoever clicks";
  }
}

TEST_P(LimiterAgainst, PeopleHardlyWaitWhileABackfillTakesAllThereIs) {
  for (unsigned seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(seed);
    const QuotaOutcome outcome = Simulate(Plan(seed));
    EXPECT_LT(outcome.interactive_wait_late, 2);
  }
}

TEST_P(LimiterAgainst, ABackfillNeverStarvesHoweverMuchElseIsWanted) {
  QuotaPlan plan = Plan(2);
  for (auto& lane : plan.demand) lane.without_end = true;
  const QuotaOutcome outcome = Simulate(plan);
  EXPECT_GE(outcome.by_lane.at(kBackfill), 4.8);
  EXPECT_LE(outcome.backfill_gap, 62);
}

TEST_P(LimiterAgainst, ASmallNeighbourCostsFewRefusals) {
  for (unsigned seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(seed);
    QuotaPlan plan = Plan(seed);
    plan.neighbour_per_minute = 25;
    const QuotaOutcome outcome = Simulate(plan);
    EXPECT_LE(outcome.refused, 3);
    EXPECT_GE(outcome.served, 45);
    EXPECT_GT(outcome.by_lane.at(kBackfill), 1);
  }
}

TEST_P(LimiterAgainst, AGreedyNeighbourCostsFewRefusals) {
  for (unsigned seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(seed);
    QuotaPlan plan = Plan(seed);
    plan.neighbour_per_minute = 60;
    const QuotaOutcome outcome = Simulate(plan);
    EXPECT_LE(outcome.refused, 3);
    EXPECT_GE(outcome.served, 20);
    EXPECT_GT(outcome.by_lane.at(kBackfill), 0.4);
  }
}

INSTANTIATE_TEST_SUITE_P(AnyProvider, LimiterAgainst,
                         ::testing::Values(Counting::kFixedWindow, Counting::kSlidingLog,
                                           Counting::kTokenBucket),
                         [](const auto& chosen) { return NameOf(chosen.param); });

}  // namespace
}  // namespace sb::testing
