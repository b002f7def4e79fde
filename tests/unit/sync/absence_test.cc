// A row goes only when two proven readings and the provider itself say that its object is gone.
#include "engine/core/sync/absence.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sb::core::sync {
namespace {

using std::chrono::hours;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr WallTime kAbsenceNoon = std::chrono::sys_days(std::chrono::June / 1 / 2026) + hours(12);

TEST(Absence, IsRememberedTheFirstTime) {
  const AbsenceRound round = AfterProvenWindow({"1", "2", "3"}, {"1", "3", "9"}, {}, kAbsenceNoon);
  EXPECT_THAT(round.watch, ElementsAre(Suspect{"2", kAbsenceNoon}));
  EXPECT_THAT(round.ask, IsEmpty());
  EXPECT_THAT(round.clear, IsEmpty());
}

TEST(Absence, IsAskedForTheSecondTime) {
  const AbsenceRound round =
      AfterProvenWindow({"1", "2"}, {"1"}, {{"2", kAbsenceNoon}}, kAbsenceNoon + hours(24));
  EXPECT_THAT(round.ask, ElementsAre("2"));
  EXPECT_THAT(round.watch, IsEmpty());
}

TEST(Absence, IsForgottenWhenTheObjectShows) {
  const AbsenceRound round =
      AfterProvenWindow({"1", "2"}, {"1", "2"}, {{"2", kAbsenceNoon}}, kAbsenceNoon + hours(24));
  EXPECT_THAT(round.clear, ElementsAre("2"));
  EXPECT_THAT(round.ask, IsEmpty());
}

TEST(Absence, TakesOneReadingForOneOnly) {
  const AbsenceRound round = AfterProvenWindow({"2"}, {}, {{"2", kAbsenceNoon}}, kAbsenceNoon);
  EXPECT_THAT(round.ask, IsEmpty()) << "after a restart the same reading tells the same";
  EXPECT_THAT(round.watch, IsEmpty());
}

TEST(DeleteBrake, HoldsBackWhatIsTooMuchForAnAccident) {
  const DeleteBrake brake{.count = 20, .percent = 2};
  EXPECT_FALSE(IsBraked(brake, 20, 10'000));
  EXPECT_TRUE(IsBraked(brake, 21, 10'000));
  EXPECT_TRUE(IsBraked(brake, 20, 500)) << "four percent";
  EXPECT_FALSE(IsBraked(brake, 5, 8)) << "a handful of a handful";
  EXPECT_TRUE(IsBraked({.count = 0, .percent = 100}, 1, 10)) << "every one is asked about";
}

}  // namespace
}  // namespace sb::core::sync
