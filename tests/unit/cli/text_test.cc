#include "engine/app/cli/text.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace sb::app::cli {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr WallTime kNow = testing::kStoryTime;

TEST(Text, CountsTheColumnsThatATerminalUses) {
  EXPECT_EQ(WidthOf("Zoë"), 3);
  EXPECT_EQ(WidthOf("東京"), 4);
  EXPECT_EQ(WidthOf("e\u0301"), 1);
  EXPECT_EQ(WidthOf("📞"), 2);
}

TEST(Text, ShortensToTheColumnsGivenAndSaysSo) {
  EXPECT_EQ(Shorten("missed-call-follow-up", 10), "missed-ca…");
  EXPECT_EQ(Shorten("東京都港区", 6), "東京…");
  EXPECT_EQ(Shorten("short", 5), "short");
}

TEST(Text, LetsNobodySteerTheTerminal) {
  EXPECT_EQ(Printable("Zoë\x1b[2J\n\x07ok"), "Zoë\uFFFD[2J \uFFFDok");
  EXPECT_EQ(Printable("\u009b2J"), "\uFFFD2J");
}

TEST(Text, SaysHowLongAgo) {
  EXPECT_EQ(Relative(kNow - minutes(3) - seconds(5), kNow), ToHumanText(seconds(185)) + " ago");
  EXPECT_EQ(Relative(kNow + seconds(12), kNow), "in " + ToHumanText(seconds(12)));
  EXPECT_EQ(Relative(kNow - hours(72), kNow), "3 days ago");
  EXPECT_EQ(Relative(kNow, kNow), "now");
}

TEST(Text, SaysNothingOfATimeThatIsNotSet) {
  EXPECT_EQ(Relative(google::protobuf::Timestamp(), kNow), "");
  EXPECT_EQ(Dated(google::protobuf::Timestamp(), kNow), "");
}

TEST(Text, GivesTheTimeOfDayToTheMillisecond) {
  EXPECT_EQ(TimeOfDay(kNow + std::chrono::milliseconds(250)), "09:00:00.250");
}

TEST(Text, TakesThePrefixOffAnEnumValue) {
  EXPECT_EQ(Word("STATE_NEEDS_REAUTH", "STATE_"), "NEEDS_REAUTH");
  EXPECT_EQ(Word("7", "STATE_"), "7");
}

}  // namespace
}  // namespace sb::app::cli
