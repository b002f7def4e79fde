#include "engine/core/onward/batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sb::core::onward {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr BatchLimits kSmall{3, 100, 50};

TEST(NextBatch, TakesAsManyAsARequestMayHold) {
  EXPECT_THAT(NextBatch({{10}, {10}, {10}, {10}}, kSmall).send, ElementsAre(0, 1, 2));
}

TEST(NextBatch, CountsWhatStandsBetweenTwoMessages) {
  EXPECT_THAT(NextBatch({{49}, {49}, {1}}, kSmall).send, ElementsAre(0, 1));
  EXPECT_THAT(NextBatch({{50}, {49}}, kSmall).send, ElementsAre(0)) << "102 bytes with the commas";
}

TEST(NextBatch, LeavesNoneOutThatIsSmallEnoughForALaterPlace) {
  EXPECT_THAT(NextBatch({{40}, {40}, {40}, {1}}, kSmall).send, ElementsAre(0, 1))
      << "the small one may be about the same thing as the one before it";
}

TEST(NextBatch, GivesUpWhatNeverFits) {
  const BatchPlan plan = NextBatch({{51}, {10}, {500}}, kSmall);
  EXPECT_THAT(plan.too_large, ElementsAre(0, 2));
  EXPECT_THAT(plan.send, ElementsAre(1));
}

TEST(NextBatch, SendsByItselfWhatWasRefusedTogetherWithOthers) {
  EXPECT_THAT(NextBatch({{10, true}, {10}, {10}}, kSmall).send, ElementsAre(0));
  EXPECT_THAT(NextBatch({{10}, {10, true}, {10}}, kSmall).send, ElementsAre(0));
}

TEST(NextBatch, OfNothingIsNothing) {
  EXPECT_THAT(NextBatch({}, kSmall).send, IsEmpty());
}

}  // namespace
}  // namespace sb::core::onward
