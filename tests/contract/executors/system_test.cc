#include <set>

#include <gtest/gtest.h>

#include "engine/adapters/system/system_clock.h"
#include "engine/adapters/system/system_random.h"
#include "tests/support/seeded_random.h"

namespace sb::testing {
namespace {

TEST(SystemClock, FollowsTheDatabasesClock) {
  adapters::system::SystemClock clock;
  const WallTime before = clock.Now();
  clock.SetOffset(std::chrono::hours(2));
  EXPECT_GE(clock.Now(), before + std::chrono::hours(2));
  EXPECT_LT(clock.Now(), before + std::chrono::hours(3));
}

TEST(SystemRandom, GivesAsManyBytesAsAskedForAndNeverTheSame) {
  adapters::system::SystemRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(random.Bytes(16));
  EXPECT_EQ(seen.size(), 100U);
  EXPECT_EQ(random.Bytes(0), "");
  EXPECT_EQ(random.Bytes(1000).size(), 1000U)
      << "more than the kernel gives at once to be interrupted";
}

TEST(SeededRandom, RepeatsItselfFromItsSeed) {
  SeededRandom one(7);
  SeededRandom two(7);
  EXPECT_EQ(one.Bytes(32), two.Bytes(32));
  EXPECT_NE(SeededRandom(8).Bytes(32), SeededRandom(7).Bytes(32));
}

}  // namespace
}  // namespace sb::testing
