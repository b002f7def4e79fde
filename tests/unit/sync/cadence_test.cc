// When a stream is read again, and how.
#include "engine/core/sync/cadence.h"

#include <gtest/gtest.h>

namespace sb::core::sync {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr WallTime kCadenceNoon = std::chrono::sys_days(std::chrono::June / 1 / 2026) + hours(12);
constexpr WallTime kStart = kCadenceNoon - hours(240);

Cadence Usual() {
  return {minutes(15), hours(24), kStart};
}

Stream WindowedStream() {
  Stream stream;
  stream.shape.windowed = true;
  stream.overlap = hours(6);
  return stream;
}

/// Everything was read at noon.
StreamProgress ReadAtNoon() {
  return AfterReading({}, {ReadingKind::kWhole, {kStart, kCadenceNoon}}, kCadenceNoon, true);
}

TEST(Cadence, BeginsWithEverything) {
  EXPECT_EQ(NextReading(WindowedStream(), Usual(), {}, kCadenceNoon),
            (DueReading{ReadingKind::kWhole, {kStart, kCadenceNoon}}));
}

TEST(Cadence, AsksForWhatIsNewOfWhatHasWindows) {
  const StreamProgress progress = ReadAtNoon();
  EXPECT_FALSE(NextReading(WindowedStream(), Usual(), progress, kCadenceNoon + minutes(14)));
  EXPECT_EQ(NextReadingAt(Usual(), progress), kCadenceNoon + minutes(15));
  const WallTime later = kCadenceNoon + minutes(15);
  EXPECT_EQ(NextReading(WindowedStream(), Usual(), progress, later),
            (DueReading{ReadingKind::kTail, {kCadenceNoon - hours(6), later}}));
}

TEST(Cadence, ReadsChangesWhereTheListIsOrderedByThem) {
  Stream stream = WindowedStream();
  stream.changes = Reading();
  const auto due = NextReading(stream, Usual(), ReadAtNoon(), kCadenceNoon + minutes(15));
  ASSERT_TRUE(due);
  EXPECT_EQ(due->kind, ReadingKind::kChanges);
}

TEST(Cadence, ReadsAllOfAListWithoutWindowsEachTime) {
  const auto due = NextReading(Stream(), Usual(), ReadAtNoon(), kCadenceNoon + minutes(15));
  ASSERT_TRUE(due);
  EXPECT_EQ(due->kind, ReadingKind::kWhole);
}

TEST(Cadence, ReadsEverythingAgainFromTimeToTime) {
  const auto due = NextReading(WindowedStream(), Usual(), ReadAtNoon(), kCadenceNoon + hours(24));
  ASSERT_TRUE(due);
  EXPECT_EQ(due->kind, ReadingKind::kWhole);
}

TEST(Cadence, GoesBackToWhatWasNotProven) {
  const WallTime later = kCadenceNoon + minutes(15);
  const StreamProgress doubtful =
      AfterReading(ReadAtNoon(), {ReadingKind::kTail, {kCadenceNoon, later}}, later, false);
  EXPECT_EQ(doubtful.known_until, kCadenceNoon);
  EXPECT_EQ(doubtful.asked_at, later);
  const auto due = NextReading(WindowedStream(), Usual(), doubtful, later + minutes(15));
  ASSERT_TRUE(due);
  EXPECT_EQ(due->window.from, kCadenceNoon - hours(6));
}

TEST(Cadence, NeverReadsFromBeforeTheStart) {
  const StreamProgress young{kStart + hours(1), kStart + hours(1), kStart + hours(1)};
  const auto due = NextReading(WindowedStream(), Usual(), young, kStart + hours(2));
  ASSERT_TRUE(due);
  EXPECT_EQ(due->window.from, kStart);
}

}  // namespace
}  // namespace sb::core::sync
