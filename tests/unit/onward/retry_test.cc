#include "engine/core/onward/retry.h"

#include <gtest/gtest.h>

namespace sb::core::onward {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(JudgeStatus, SaysWhatAnAnswerMeans) {
  for (const int status : {200, 201, 202, 204, 299})
    EXPECT_EQ(JudgeStatus(status), Verdict::kDelivered) << status;
  for (const int status : {400, 413, 422})
    EXPECT_EQ(JudgeStatus(status), Verdict::kRefused) << status;
  for (const int status : {401, 403, 410})
    EXPECT_EQ(JudgeStatus(status), Verdict::kStopped) << status;
  for (const int status : {301, 404, 408, 409, 425, 429, 500, 502, 503})
    EXPECT_EQ(JudgeStatus(status), Verdict::kAgain) << status;
}

TEST(WaitBefore, TriplesUpToAnHourAndIsShortenedByAThirdAtMost) {
  const RetryPolicy policy;
  Millis full = policy.first;
  for (int tries = 1; tries < 20; ++tries) {
    const Millis wait = WaitBefore(policy, tries, "evt_1", {});
    EXPECT_LE(wait, std::min(full, policy.most)) << tries;
    EXPECT_GE(wait, std::min(full, policy.most) * 2 / 3 - Millis(1)) << tries;
    if (full < policy.most) full *= 3;
  }
}

TEST(WaitBefore, IsTheSameForTheSameTryAndSpreadOverOthers) {
  const RetryPolicy policy;
  EXPECT_EQ(WaitBefore(policy, 3, "evt_1", {}), WaitBefore(policy, 3, "evt_1", {}));
  EXPECT_NE(WaitBefore(policy, 6, "evt_1", {}), WaitBefore(policy, 6, "evt_2", {}));
}

TEST(WaitBefore, NeverUndercutsWhatTheReceiverAsksForWithinReason) {
  const RetryPolicy policy;
  EXPECT_EQ(WaitBefore(policy, 1, "evt_1", minutes(10)), minutes(10));
  EXPECT_EQ(WaitBefore(policy, 1, "evt_1", hours(100)), policy.most_asked);
  EXPECT_GE(WaitBefore(policy, 10, "evt_1", seconds(1)), minutes(39)) << "ours is longer";
}

TEST(IsGivenUp, OnceThreeDaysHavePassedSinceTheFirstTry) {
  const RetryPolicy policy;
  const WallTime first{};
  EXPECT_FALSE(IsGivenUp(policy, first, first + hours(71)));
  EXPECT_TRUE(IsGivenUp(policy, first, first + hours(72)));
}

}  // namespace
}  // namespace sb::core::onward
