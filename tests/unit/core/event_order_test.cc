// Events about one thing that are there together are put in the order in which they happened.
#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/event/order.h"

namespace sb::core::event {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

WallTime At(int second) {
  return WallTime(seconds(1'790'700'000 + second));
}

TEST(OrderOfEvents, IsThatInWhichThingsHappened) {
  EXPECT_THAT(InOrder({{"calls/1", At(30)}, {"calls/1", At(11)}, {"calls/1", At(0)}}),
              ElementsAre(2, 1, 0));
}

TEST(OrderOfEvents, IsThatOfALifeWithinAMoment) {
  EXPECT_THAT(InOrder({{"calls/1", At(0), 12}, {"calls/1", At(0), 1}, {"calls/1", At(0), 5}}),
              ElementsAre(1, 2, 0));
}

TEST(OrderOfEvents, IsThatInWhichEqualsCame) {
  EXPECT_THAT(InOrder({{"calls/1", At(0), 3}, {"calls/1", At(0), 3}}), ElementsAre(0, 1));
}

TEST(OrderOfEvents, LeavesThePlacesOfOtherThingsAlone) {
  EXPECT_THAT(
      InOrder({{"calls/1", At(9)}, {"calls/2", At(8)}, {"calls/1", At(7)}, {"calls/2", At(6)}}),
      ElementsAre(2, 3, 0, 1));
}

TEST(OrderOfEvents, LeavesWhatIsAboutNothingSingleWhereItCame) {
  EXPECT_THAT(InOrder({{"", At(9)}, {"", At(1)}}), ElementsAre(0, 1));
  EXPECT_THAT(InOrder({}), IsEmpty());
}

}  // namespace
}  // namespace sb::core::event
