#include <chrono>

#include <gtest/gtest.h>

#include "tests/unit/quota/simulated_provider.h"

// The limiter against providers whose way of counting it is not told, with nothing but bare 429s.
namespace sb::core::quota {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): literals only

enum class Counting { kFixedWindow, kSlidingLog, kTokenBucket };

std::unique_ptr<SimulatedProvider> Make(Counting counting, unsigned seed) {
  switch (counting) {
    case Counting::kFixedWindow:
      return FixedWindowProvider(100, Millis(7'919 * seed % 60'000));
    case Counting::kSlidingLog:
      return SlidingLogProvider(100);
    case Counting::kTokenBucket:
      return TokenBucketProvider(100);
  }
  return nullptr;
}

class LimiterAgainst : public ::testing::TestWithParam<Counting> {};

TEST_P(LimiterAgainst, AnIdleNeighbourhoodUsesTheQuotaWithoutOneRefusal) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(seed);
    const auto provider = Make(GetParam(), seed);
    const Traffic traffic = Simulate(*provider, {.seed = seed});
    EXPECT_EQ(traffic.refused, 0);
    EXPECT_GE(traffic.served, 95);
  }
}

TEST_P(LimiterAgainst, AllLanesTogetherUseTheQuotaWithoutOneRefusal) {
  const auto provider = Make(GetParam(), 3);
  const Traffic traffic = Simulate(*provider, {.seed = 3, .backlog = {1000, 1000, 1000, 1000}});
  EXPECT_EQ(traffic.refused, 0);
  EXPECT_GE(traffic.served, 95);
}

TEST_P(LimiterAgainst, ASmallNeighbourCostsFewRefusals) {
  for (unsigned seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(seed);
    const auto provider = Make(GetParam(), seed);
    const Traffic traffic = Simulate(
        *provider,
        {.seed = seed, .span = 1h, .backlog = {0, 1000, 0, 0}, .neighbour_per_minute = 25});
    EXPECT_LE(traffic.refused, 1);
    EXPECT_GE(traffic.served, 45);
  }
}

TEST_P(LimiterAgainst, AGreedyNeighbourCostsFewRefusals) {
  for (unsigned seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(seed);
    const auto provider = Make(GetParam(), seed);
    const Traffic traffic = Simulate(
        *provider,
        {.seed = seed, .span = 1h, .backlog = {0, 1000, 0, 0}, .neighbour_per_minute = 60});
    EXPECT_LE(traffic.refused, 1.5);
    EXPECT_GE(traffic.served, 20);
  }
}

INSTANTIATE_TEST_SUITE_P(AnyProvider, LimiterAgainst,
                         ::testing::Values(Counting::kFixedWindow, Counting::kSlidingLog,
                                           Counting::kTokenBucket),
                         [](const auto& chosen) {
                           switch (chosen.param) {
                             case Counting::kFixedWindow:
                               return "FixedWindow";
                             case Counting::kSlidingLog:
                               return "SlidingLog";
                             case Counting::kTokenBucket:
                               return "TokenBucket";
                           }
                           return "";
                         });

}  // namespace
}  // namespace sb::core::quota
