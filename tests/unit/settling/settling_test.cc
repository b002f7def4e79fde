// A record that has ended is looked at until it changes no more; what events tell spares looks, and
// what comes late tells nothing.
#include "engine/core/settling/settling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sb::core::settling {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr WallTime kEnd = std::chrono::sys_days(std::chrono::June / 1 / 2026) + hours(12);
const Schedule kSchedule{{minutes(30), hours(2), days(1), days(7)}};

Seen Raw(WallTime at, const std::string& content = "as it ended") {
  return {at, false, content};
}

Seen Complete(WallTime at, const std::string& content = "with its cost") {
  return {at, true, content};
}

Standing Begun() {
  return Begin(kSchedule, kEnd, Raw(kEnd + seconds(30)));
}

TEST(Settling, BeginsWithTheFirstLookAfterTheEnd) {
  const Standing standing = Begun();
  EXPECT_EQ(standing.ended_at, kEnd);
  EXPECT_EQ(standing.look_at, kEnd + minutes(30));
}

TEST(Settling, LooksOnceAtWhatEndedBeforeTheWholeSchedule) {
  const WallTime late = kEnd + days(30);
  const Standing standing = Begin(kSchedule, kEnd, Raw(late));
  EXPECT_EQ(standing.look_at, late);
  EXPECT_FALSE(AfterLook(kSchedule, standing, Raw(late)).look_at);
}

TEST(Settling, EndsWhenACompleteRecordIsAsItWasSeenBefore) {
  Standing standing = AfterLook(kSchedule, Begun(), Complete(kEnd + minutes(30)));
  EXPECT_EQ(standing.look_at, kEnd + hours(2)) << "it has just changed";
  standing = AfterLook(kSchedule, standing, Complete(kEnd + hours(2)));
  EXPECT_FALSE(standing.look_at);
}

TEST(Settling, EndsAtTheFirstLookWhereNothingHasChangedSinceTheEvent) {
  const Standing standing = Begin(kSchedule, kEnd, Complete(kEnd + seconds(30)));
  EXPECT_EQ(standing.look_at, kEnd + minutes(30)) << "its end does not confirm it";
  EXPECT_FALSE(AfterLook(kSchedule, standing, Complete(kEnd + minutes(30))).look_at);
}

TEST(Settling, WaitsForWhatIsMissingUntilTheScheduleEnds) {
  Standing standing = Begun();
  for (const Millis look : {Millis(minutes(30)), Millis(hours(2)), Millis(days(1))}) {
    EXPECT_EQ(standing.look_at, kEnd + look);
    standing = AfterLook(kSchedule, standing, Raw(kEnd + look));
  }
  EXPECT_EQ(standing.look_at, kEnd + days(7));
  EXPECT_FALSE(AfterLook(kSchedule, standing, Raw(kEnd + days(7))).look_at);
}

TEST(Settling, MakesUpForNoLook) {
  const Standing standing = AfterLook(kSchedule, Begun(), Raw(kEnd + hours(5)));
  EXPECT_EQ(standing.look_at, kEnd + days(1)) << "that of two hours would show the same";
}

TEST(Settling, NeedsNoLookWhereAnEventConfirmsACompleteRecord) {
  const Standing standing = AfterEvent(Begun(), Complete(kEnd + minutes(5)), /*confirms=*/true);
  EXPECT_FALSE(standing.look_at);
}

TEST(Settling, GoesOnWhereAnEventTellsOfAnIncompleteRecord) {
  const Standing standing =
      AfterEvent(Begun(), Raw(kEnd + minutes(5), "tagged"), /*confirms=*/true);
  EXPECT_EQ(standing.look_at, kEnd + minutes(30));
  EXPECT_EQ(standing.content, "tagged");
}

TEST(Settling, GoesOnWhereTheEventConfirmsNothing) {
  const Standing standing = AfterEvent(Begun(), Complete(kEnd + minutes(5)), /*confirms=*/false);
  EXPECT_EQ(standing.look_at, kEnd + minutes(30));
  EXPECT_FALSE(AfterLook(kSchedule, standing, Complete(kEnd + minutes(30))).look_at)
      << "the look finds what the event told";
}

TEST(Settling, IsNotChangedByWhatComesLate) {
  const Standing looked =
      AfterLook(kSchedule, Begun(), Complete(kEnd + minutes(30), "with its tag"));
  EXPECT_EQ(AfterEvent(looked, Raw(kEnd + seconds(30)), /*confirms=*/true), looked);
  EXPECT_EQ(AfterEvent(looked, Complete(kEnd + minutes(29)), /*confirms=*/true), looked);
}

TEST(Settling, IsNotChangedByWhatComesAgain) {
  const Seen tagged = Raw(kEnd + minutes(5), "tagged");
  const Standing once = AfterEvent(Begun(), tagged, /*confirms=*/true);
  EXPECT_EQ(AfterEvent(once, tagged, /*confirms=*/true), once);
}

TEST(Settling, IsOverOnceItIsOver) {
  const Standing settled = AfterEvent(Begun(), Complete(kEnd + minutes(5)), /*confirms=*/true);
  EXPECT_EQ(AfterEvent(settled, Complete(kEnd + days(3), "another tag"), /*confirms=*/true),
            settled);
}

}  // namespace
}  // namespace sb::core::settling
