#include "engine/base/time.h"

#include <gtest/gtest.h>

namespace sb {
namespace {

using std::chrono::microseconds;

TEST(Rfc3339, WritesMillisecondsInUtc) {
  EXPECT_EQ(ToRfc3339(WallTime(microseconds(1'780'306'200'250'999))), "2026-06-01T09:30:00.250Z");
  EXPECT_EQ(ToRfc3339(WallTime()), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(ToRfc3339(WallTime(microseconds(-1))), "1969-12-31T23:59:59.999Z");
}

TEST(Rfc3339, ReadsFractionsAndOffsets) {
  const WallTime expected(microseconds(1'780'306'200'000'000));
  EXPECT_EQ(ParseRfc3339("2026-06-01T09:30:00Z"), expected);
  EXPECT_EQ(ParseRfc3339("2026-06-01T09:30:00z"), expected);
  EXPECT_EQ(ParseRfc3339("2026-06-01T11:30:00+02:00"), expected);
  EXPECT_EQ(ParseRfc3339("2026-06-01T00:00:00-09:30"), expected);
  EXPECT_EQ(ParseRfc3339("2026-06-01T09:30:00.5Z"), expected + microseconds(500'000));
  EXPECT_EQ(ParseRfc3339("2026-06-01T09:30:00.000001Z"), expected + microseconds(1));
  EXPECT_EQ(ParseRfc3339("2026-06-01T09:30:00.123456789+00:00"), expected + microseconds(123'456));
}

TEST(Rfc3339, RefusesWhatIsNoInstant) {
  for (const char* text :
       {"", "2026-06-01", "2026-06-01T09:30:00", "2026-06-01 09:30:00Z", "2026-13-01T09:30:00Z",
        "2026-02-30T09:30:00Z", "2026-06-01T25:30:00Z", "2026-06-01T09:30:00Z ",
        "2026-06-01T09:30:00ZZ", "yesterday", "2026-06-01T09:30:00.Z", "2026-06-01T09:30Z"}) {
    EXPECT_FALSE(ParseRfc3339(text)) << text;
  }
}

TEST(HumanText, PicksAUnitThatReadsWell) {
  EXPECT_EQ(ToHumanText(Millis(0)), "0 ms");
  EXPECT_EQ(ToHumanText(Millis(250)), "250 ms");
  EXPECT_EQ(ToHumanText(Millis(1400)), "1.4 s");
  EXPECT_EQ(ToHumanText(Millis(185'000)), "3 min 05 s");
  EXPECT_EQ(ToHumanText(Millis(7'800'000)), "2 h 10 min");
}

TEST(HumanText, NeverRoundsUpIntoTheNextUnit) {
  EXPECT_EQ(ToHumanText(Millis(59'999)), "59.9 s");
}

}  // namespace
}  // namespace sb
