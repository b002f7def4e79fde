#include "connectors/aircall/sandbox/stage/rate_limit.h"

#include <gmock/gmock.h>

#include "tests/unit/sandbox/company.h"

namespace sb::aircall::sandbox {
namespace {

const WallTime kNoon = FromUnixSeconds(kStart);

/// How many of `asked` requests, `gap` apart, are admitted.
int AdmittedOf(RateLimit& limit, const RateRules& rules, int asked, std::chrono::microseconds gap,
               WallTime from = kNoon) {
  int admitted = 0;
  for (int i = 0; i < asked; ++i) {
    if (limit.Count(rules, from + i * gap).admitted) ++admitted;
  }
  return admitted;
}

TEST(RateLimit, FixedAdmitsUpToTheLimitAndRestartsAtReset) {
  RateLimit limit;
  const RateRules rules{.limit = 2};
  const WallTime start = kNoon + 400ms;
  EXPECT_TRUE(limit.Count(rules, start).admitted);
  EXPECT_EQ(limit.Count(rules, start + 1s).remaining, 0);
  const RateLimit::Standing over = limit.Count(rules, start + 2s);
  EXPECT_FALSE(over.admitted);
  EXPECT_EQ(over.limit, 2);
  EXPECT_EQ(over.reset, FromUnixSeconds(kStart + 61)) << "a whole second";
  EXPECT_FALSE(limit.Count(rules, over.reset - 1us).admitted);
  EXPECT_TRUE(limit.Count(rules, over.reset).admitted);
}

TEST(RateLimit, FixedLetsTwoBurstsMeetAtTheBorder) {
  RateLimit limit;
  const RateRules rules{.limit = 100};
  EXPECT_EQ(AdmittedOf(limit, rules, 1, 0s), 1);
  EXPECT_EQ(AdmittedOf(limit, rules, 99, 0s, kNoon + 59s), 99);
  EXPECT_EQ(AdmittedOf(limit, rules, 200, 0s, kNoon + 60s), 100);
}

TEST(RateLimit, SlidingLooksAtTheLastMinuteWhereverItBegins) {
  RateLimit limit;
  const RateRules rules{.limit = 100, .shape = RateShape::kSliding};
  EXPECT_EQ(AdmittedOf(limit, rules, 100, 0s, kNoon + 59s), 100);
  const RateLimit::Standing over = limit.Count(rules, kNoon + 60s);
  EXPECT_FALSE(over.admitted);
  EXPECT_EQ(over.reset, kNoon + 119s) << "when the oldest one leaves the minute";
  EXPECT_TRUE(limit.Count(rules, kNoon + 119s).admitted);
}

TEST(RateLimit, BucketDripsEvenly) {
  RateLimit limit;
  const RateRules rules{.limit = 60, .shape = RateShape::kBucket};
  EXPECT_EQ(AdmittedOf(limit, rules, 100, 0s), 60) << "it begins full";
  EXPECT_EQ(AdmittedOf(limit, rules, 10, 0s, kNoon + 5s), 5) << "one a second";
}

TEST(RateLimit, NeighbourEatsItsShare) {
  for (const RateShape shape : {RateShape::kFixed, RateShape::kSliding}) {
    RateLimit limit;
    const RateRules rules{.limit = 120, .shape = shape, .neighbour = 60};
    const int ours = AdmittedOf(limit, rules, 300, 200ms);
    EXPECT_GE(ours, 85) << "one in six of the asked is the neighbour's";
    EXPECT_LE(ours, 105);
  }
}

TEST(RateLimit, BlockingShutsOutForAMinuteWhoeverPassesIt) {
  RateLimit limit;
  const RateRules rules{.limit = 1, .blocking = true};
  EXPECT_TRUE(limit.Count(rules, kNoon).admitted);
  EXPECT_FALSE(limit.Count(rules, kNoon + 50s).admitted);
  EXPECT_FALSE(limit.Count(rules, kNoon + 109s).admitted) << "though a new window began";
  EXPECT_TRUE(limit.Count(rules, kNoon + 110s).admitted);
}

TEST(RateLimit, StormRefusesEverythingForItsTime) {
  RateLimit limit;
  limit.Storm(kNoon + 30s);
  EXPECT_FALSE(limit.Count({.limit = 0}, kNoon + 29s).admitted);
  EXPECT_TRUE(limit.Count({.limit = 0}, kNoon + 30s).admitted);
}

TEST(RateLimit, CanBeSwitchedOff) {
  RateLimit limit;
  EXPECT_EQ(AdmittedOf(limit, {.limit = 0}, 1000, 0s), 1000);
}

TEST(RateLimit, CanBeLookedAtWithoutCounting) {
  RateLimit limit;
  const RateRules rules{.limit = 5};
  EXPECT_EQ(limit.Look(rules, kNoon).remaining, 5);
  limit.Count(rules, kNoon);
  EXPECT_EQ(limit.Look(rules, kNoon + 1s).remaining, 4);
  EXPECT_EQ(limit.Look(rules, kNoon + 60s).remaining, 5);
}

}  // namespace
}  // namespace sb::aircall::sandbox
