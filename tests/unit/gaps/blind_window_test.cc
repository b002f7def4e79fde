// Since when events may have been missed, as far as can be known.
#include "engine/core/gaps/blind_window.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sb::core::gaps {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr WallTime kNow = std::chrono::sys_days(std::chrono::June / 1 / 2026) + hours(9);

Sighting ConnectedLongAgo() {
  Sighting sighting;
  sighting.connected_at = kNow - hours(24 * 20);
  sighting.now = kNow;
  return sighting;
}

TEST(BlindSince, IsAQuarterOfAnHourBeforeTheLastEventThatCame) {
  Sighting sighting = ConnectedLongAgo();
  sighting.last_delivery = kNow - hours(3);
  EXPECT_EQ(BlindSince(sighting), kNow - hours(3) - minutes(15));
}

TEST(BlindSince, TrustsAnEventMoreThanALook) {
  Sighting sighting = ConnectedLongAgo();
  sighting.last_delivery = kNow - hours(3);
  sighting.last_good = kNow - minutes(5);
  EXPECT_EQ(BlindSince(sighting), kNow - hours(3) - minutes(15))
      << "it was not answered for a while before it was switched off";
}

TEST(BlindSince, TakesTheLastLookWhereNothingEverCame) {
  Sighting sighting = ConnectedLongAgo();
  sighting.last_good = kNow - hours(1);
  EXPECT_EQ(BlindSince(sighting), kNow - hours(1) - minutes(15));
}

TEST(BlindSince, TrustsALookMoreThanAnEventWhereOtherEventsCameAllTheWhile) {
  Sighting sighting = ConnectedLongAgo();
  sighting.blindness = Blindness::kSomethingCame;
  sighting.last_delivery = kNow - minutes(1);
  sighting.last_good = kNow - minutes(50);
  EXPECT_EQ(BlindSince(sighting), kNow - minutes(65));
}

TEST(BlindSince, IsNeverBeforeTheAccount) {
  Sighting sighting = ConnectedLongAgo();
  sighting.connected_at = kNow - minutes(10);
  EXPECT_EQ(BlindSince(sighting), kNow - minutes(10));
  sighting.last_delivery = kNow - minutes(5);
  EXPECT_EQ(BlindSince(sighting), kNow - minutes(10));
}

TEST(BlindSince, HoldsWhatHappenedInTheSecondOfTheConnection) {
  Sighting sighting = ConnectedLongAgo();
  sighting.connected_at = kNow + std::chrono::milliseconds(111);
  sighting.now = kNow + minutes(1);
  EXPECT_EQ(BlindSince(sighting), kNow) << "a list tells of an instant by its second";
}

TEST(BlindSince, IsNeverBeforeWhatIsRemembered) {
  Sighting sighting = ConnectedLongAgo();
  sighting.memory = hours(24 * 7);
  EXPECT_EQ(BlindSince(sighting), kNow - hours(24 * 7))
      << "what is older would be taken for new, and start runs again";
}

TEST(BlindSince, IsNeverInTheFuture) {
  Sighting sighting = ConnectedLongAgo();
  sighting.last_delivery = kNow + hours(1);
  EXPECT_EQ(BlindSince(sighting), kNow);
}

}  // namespace
}  // namespace sb::core::gaps
