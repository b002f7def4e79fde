#include "engine/core/peers/failed_logins.h"

#include <gtest/gtest.h>

namespace sb::core {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class FailedLoginsTest : public ::testing::Test {
 protected:
  void Fail(const std::string& peer, int times = 1) {
    for (int i = 0; i < times; ++i) logins_.Failed(peer, now_);
  }

  Millis Wait(const std::string& peer) { return logins_.WaitOf(peer, now_); }

  WallTime now_ = std::chrono::sys_days(std::chrono::June / 1 / 2026);
  FailedLogins logins_{{.free = 3,
                        .back_after = seconds(10),
                        .first_wait = seconds(10),
                        .longest_wait = seconds(60),
                        .most_peers = 4}};
};

TEST_F(FailedLoginsTest, AFewAreFree) {
  Fail("a", 2);
  EXPECT_EQ(Wait("a"), Millis(0));
  Fail("a");
  EXPECT_EQ(Wait("a"), seconds(10));
}

TEST_F(FailedLoginsTest, OthersAreNotMadeToWait) {
  Fail("a", 5);
  EXPECT_EQ(Wait("b"), Millis(0));
}

TEST_F(FailedLoginsTest, WhoWaitedMayTryOnceAndWaitsLongerIfThatIsWrong) {
  Fail("a", 3);
  for (const auto wait : {seconds(20), seconds(40), seconds(60), seconds(60)}) {
    now_ += Wait("a");
    EXPECT_EQ(Wait("a"), Millis(0));
    Fail("a");
    EXPECT_EQ(Wait("a"), wait);
  }
}

TEST_F(FailedLoginsTest, AFreeOneComesBackInTime) {
  Fail("a", 2);
  now_ += seconds(10);
  Fail("a");
  EXPECT_EQ(Wait("a"), Millis(0));
  Fail("a");
  EXPECT_EQ(Wait("a"), seconds(10));
}

TEST_F(FailedLoginsTest, WhoWasQuietForAWhileBeginsAnew) {
  Fail("a", 3);
  now_ += seconds(10);
  Fail("a");
  now_ += minutes(5);
  Fail("a", 3);
  EXPECT_EQ(Wait("a"), seconds(10));
}

TEST_F(FailedLoginsTest, RemembersSoManyAndTheLatest) {
  for (const char* peer : {"a", "b", "c", "d", "e"}) {
    Fail(peer, 3);
    now_ += seconds(1);
  }
  EXPECT_EQ(logins_.size(), 4U);
  EXPECT_EQ(Wait("a"), Millis(0)) << "the oldest is forgotten";
  EXPECT_GT(Wait("e"), Millis(0));
}

TEST_F(FailedLoginsTest, ForgetsThoseThatAreForgivenFirst) {
  Fail("patient", 1);
  now_ += hours(1);
  Fail("a", 3);
  now_ += seconds(1);
  for (const char* peer : {"b", "c", "d"}) Fail(peer, 3);
  EXPECT_GT(Wait("a"), Millis(0));
}

}  // namespace
}  // namespace sb::core
