#include <chrono>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "tests/support/quota_simulation.h"

// The limiter against providers whose way of counting it is not told, with bare 429s, and with such
// that say when the provider serves again.
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

  /// For two hours beside another program.
  static QuotaPlan Beside(double neighbour, unsigned seed, bool names_reset) {
    QuotaPlan plan = Plan(seed);
    plan.neighbour_per_minute = neighbour;
    plan.names_reset = names_reset;
    plan.span = 2h;
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

TEST_P(LimiterAgainst, ASmallNeighbourCostsFewRefusalsAndKeepsNobodyWaiting) {
  for (const bool names_reset : {false, true}) {
    for (unsigned seed = 1; seed <= 3; ++seed) {
      SCOPED_TRACE(seed);
      const QuotaOutcome outcome = Simulate(Beside(25, seed, names_reset));
      EXPECT_LE(outcome.refused, 0.5);
      EXPECT_GE(outcome.served, 55);
      EXPECT_LT(outcome.interactive_wait_late, 2);
      EXPECT_GE(outcome.by_lane.at(kBackfill), 2);
      EXPECT_LE(outcome.backfill_gap, 100);
    }
  }
}

/// He alone takes more than half, and at times, as he is no clockwork, eighty or ninety in a
/// minute: until those have gone out of the provider's count nobody is served, and people wait with
/// the rest. That is longer than two seconds for one in a hundred at most in one history of
/// several.
TEST_P(LimiterAgainst, AGreedyNeighbourCostsFewRefusalsAndHoldsUpFewPeople) {
  for (const bool names_reset : {false, true}) {
    for (unsigned seed = 1; seed <= 3; ++seed) {
      SCOPED_TRACE(seed);
      const QuotaOutcome outcome = Simulate(Beside(60, seed, names_reset));
      EXPECT_LE(outcome.refused, 0.5);
      EXPECT_GE(outcome.served, 18);
      EXPECT_LT(outcome.interactive_wait_late, 12);
      EXPECT_GE(outcome.by_lane.at(kBackfill), 0.9);
      EXPECT_LE(outcome.backfill_gap, 100);
    }
  }
}

/// An import alone has what the neighbour leaves, less a margin for his worst minute.
TEST_P(LimiterAgainst, AnImportBesideANeighbourGetsMostOfWhatHeLeaves) {
  for (const auto& [neighbour, least] : {std::pair(25, 55), {60, 20}}) {
    QuotaPlan plan = Beside(neighbour, 1, false);
    plan.demand = {};
    plan.demand.at(kBackfill).without_end = true;
    const QuotaOutcome outcome = Simulate(plan);
    EXPECT_GE(outcome.served, least);
    EXPECT_LE(outcome.refused, 0.5);
    EXPECT_LE(outcome.backfill_gap, 62);
  }
}

INSTANTIATE_TEST_SUITE_P(AnyProvider, LimiterAgainst,
                         ::testing::Values(Counting::kFixedWindow, Counting::kSlidingLog,
                                           Counting::kTokenBucket),
                         [](const auto& chosen) { return NameOf(chosen.param); });

}  // namespace
}  // namespace sb::testing
