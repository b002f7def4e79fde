#include <chrono>

#include <gtest/gtest.h>

#include "tests/unit/connector/acme.h"

namespace sb::connector {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): literals only

constexpr WallTime kNow{1'790'676'000s};

core::quota::LimitFeedback Feedback(ports::HttpHeaders headers) {
  return FeedbackOf(*Acme().FindConnector("acme"), {200, std::move(headers), ""}, kNow);
}

TEST(FeedbackOf, ReadsTheHeadersThatTheConnectorNames) {
  const auto feedback = Feedback({{"x-quota", "60"},
                                  {"x-quota-left", "0"},
                                  {"x-quota-back", "1790676030"},
                                  {"retry-after", "30"}});
  EXPECT_EQ(feedback.limit, 60);
  EXPECT_EQ(feedback.remaining, 0);
  EXPECT_EQ(feedback.reset, kNow + 30s);
  EXPECT_EQ(feedback.retry_after, 30s);
}

TEST(FeedbackOf, SaysNothingWhereTheAnswerSaysNothing) {
  const auto feedback = Feedback({{"x-other", "60"}});
  EXPECT_FALSE(feedback.limit || feedback.remaining || feedback.reset || feedback.retry_after);
}

TEST(FeedbackOf, IgnoresWhatIsNoNumber) {
  const auto feedback = Feedback({{"x-quota", "many"},
                                  {"x-quota-left", "-1"},
                                  {"x-quota-back", "2e9"},
                                  {"retry-after", "Tue"}});
  EXPECT_FALSE(feedback.limit || feedback.remaining || feedback.reset || feedback.retry_after);
}

TEST(FeedbackOf, TakesTheDifferenceOfClocksOut) {
  // The provider's clock is 90 s ahead of ours.
  const auto feedback =
      Feedback({{"date", "Tue, 29 Sep 2026 10:01:30 GMT"}, {"x-quota-back", "1790676120"}});
  EXPECT_EQ(feedback.reset, kNow + 30s);
}

}  // namespace
}  // namespace sb::connector
