// How far a reading is, and when it will be done: by what was read of it.
#include "engine/core/sync/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sb::core::sync {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr WallTime kProgressNoon = std::chrono::sys_days(std::chrono::June / 1 / 2026) + hours(12);

/// Ten days, of which the last `days` are left, begun a hundred seconds ago.
ReadingFacts TenDays(int days, std::int64_t read) {
  ReadingFacts facts;
  facts.whole = {kProgressNoon - hours(240), kProgressNoon};
  if (days > 0) facts.left = {{kProgressNoon - hours(24 * days), kProgressNoon}};
  facts.read = read;
  facts.begun_at = kProgressNoon - seconds(100);
  return facts;
}

TEST(SyncProgress, GoesByTheTimeThatIsCovered) {
  const ReadingProgress progress = ProgressAt(TenDays(6, 4000), kProgressNoon);
  EXPECT_DOUBLE_EQ(progress.done, 0.4);
  EXPECT_DOUBLE_EQ(progress.rows_per_second, 40);
  EXPECT_EQ(progress.items_left, 6000);
  EXPECT_EQ(progress.requests_left, 121) << "fifty to a page, and one for the window";
  EXPECT_EQ(progress.ends_at, kProgressNoon + seconds(150)) << "at its own pace";
}

TEST(SyncProgress, CountsNoPauseAsWork) {
  ReadingFacts facts = TenDays(6, 4000);
  // A window every 25 seconds; then a night's rest, and a window more.
  facts.begun_at = kProgressNoon - hours(12) - seconds(100);
  for (int i = 3; i > 0; --i) facts.finished.push_back(kProgressNoon - hours(12) - seconds(25 * i));
  facts.finished.push_back(kProgressNoon);
  const ReadingProgress progress = ProgressAt(facts, kProgressNoon);
  EXPECT_DOUBLE_EQ(progress.rows_per_second, 40);
  EXPECT_EQ(progress.ends_at, kProgressNoon + seconds(150));
}

TEST(SyncProgress, TakesSlowWindowsForWhatTheyAre) {
  ReadingFacts facts = TenDays(6, 4000);
  facts.begun_at = kProgressNoon - hours(4);
  facts.finished = {kProgressNoon, kProgressNoon - hours(2)};
  EXPECT_EQ(ProgressAt(facts, kProgressNoon).ends_at, kProgressNoon + hours(6));
}

TEST(SyncProgress, SaysNothingBeforeTheFirstWindowIsDone) {
  const ReadingProgress progress = ProgressAt(TenDays(10, 0), kProgressNoon);
  EXPECT_DOUBLE_EQ(progress.done, 0);
  EXPECT_FALSE(progress.items_left);
  EXPECT_FALSE(progress.ends_at);
}

TEST(SyncProgress, IsCompleteWithoutWindows) {
  const ReadingProgress progress = ProgressAt(TenDays(0, 9000), kProgressNoon);
  EXPECT_DOUBLE_EQ(progress.done, 1);
  EXPECT_EQ(progress.items_left, 0);
  EXPECT_EQ(progress.requests_left, 0);
  EXPECT_EQ(progress.ends_at, kProgressNoon);
}

TEST(SyncProgress, OfAWindowOfNoLengthIsNothing) {
  ReadingFacts facts;
  facts.whole = {kProgressNoon, kProgressNoon};
  facts.left = {facts.whole};
  facts.begun_at = kProgressNoon;
  EXPECT_EQ(ProgressAt(facts, kProgressNoon), ReadingProgress());
}

TEST(SyncProgress, CountsOnlyWhatTheListReaches) {
  ScanShape shape;
  shape.reach = hours(48);
  const Window whole = WholeOf(shape, {WallTime(), kProgressNoon + hours(1)}, kProgressNoon);
  EXPECT_EQ(whole, (Window{kProgressNoon - hours(48), kProgressNoon}));
}

TEST(SyncProgress, LagsByWhatIsKnown) {
  StreamProgress progress;
  EXPECT_FALSE(LagAt(progress, kProgressNoon));
  progress.known_until = kProgressNoon - minutes(3);
  EXPECT_EQ(LagAt(progress, kProgressNoon), Millis(minutes(3)));
  EXPECT_EQ(LagAt(progress, kProgressNoon - hours(1)), Millis(0));
}

}  // namespace
}  // namespace sb::core::sync
