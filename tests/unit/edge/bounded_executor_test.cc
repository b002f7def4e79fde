#include "engine/edge/bounded_executor.h"

#include <gtest/gtest.h>

#include "tests/support/manual_executor.h"

namespace sb {
namespace {

TEST(BoundedExecutor, TurnsAwayWhatIsMoreThanItsLimitUntilSomethingIsDone) {
  testing::FakeClock clock;
  testing::ManualExecutor workers(clock);
  edge::BoundedExecutor bounded(workers, 2);
  int done = 0;
  const auto work = [&done] { ++done; };
  EXPECT_TRUE(bounded.TryPost(work));
  EXPECT_TRUE(bounded.TryPost(work));
  EXPECT_FALSE(bounded.TryPost(work));
  workers.RunOne();
  EXPECT_TRUE(bounded.TryPost(work));
  workers.RunReady();
  EXPECT_EQ(done, 3);
}

}  // namespace
}  // namespace sb
