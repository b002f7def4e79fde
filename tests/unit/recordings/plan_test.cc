#include "engine/core/recordings/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sb::core::recordings {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr WallTime kNow = std::chrono::sys_days(std::chrono::June / 1 / 2026) + hours(9);

TEST(RecordingPolicy, KeepsWhatItNames) {
  Policy policy;
  EXPECT_FALSE(policy.KeepsAnything());
  policy.voicemails = true;
  EXPECT_TRUE(policy.Keeps(Kind::kVoicemail));
  EXPECT_FALSE(policy.Keeps(Kind::kRecording));
  EXPECT_TRUE(policy.KeepsAnything());
}

TEST(RecordingPolicy, EndsAfterItsDaysOrNever) {
  Policy policy;
  EXPECT_EQ(EraseAt(policy, kNow), std::nullopt);
  policy.retain_days = 90;
  EXPECT_EQ(EraseAt(policy, kNow), kNow + std::chrono::days(90));
}

TEST(RecordingKind, ReadsItsOwnNames) {
  EXPECT_EQ(ParseKind(ToString(Kind::kRecording)), Kind::kRecording);
  EXPECT_EQ(ParseKind(ToString(Kind::kVoicemail)), Kind::kVoicemail);
  EXPECT_EQ(ParseKind("fax"), std::nullopt);
}

TEST(RecordingLink, IsFreshForMostOfItsLife) {
  EXPECT_TRUE(IsFresh(kNow, minutes(10), kNow));
  EXPECT_TRUE(IsFresh(kNow, minutes(10), kNow + minutes(7)));
  EXPECT_FALSE(IsFresh(kNow, minutes(10), kNow + minutes(8)));
  EXPECT_FALSE(IsFresh(kNow, minutes(10), kNow + hours(1)));
}

TEST(RecordingFetches, WaitLongerEachTimeAndEndWithinADay) {
  EXPECT_EQ(WaitAfter(1), Millis(seconds(30)));
  EXPECT_EQ(WaitAfter(2), Millis(minutes(1)));
  EXPECT_EQ(WaitAfter(0), Millis(seconds(30)));
  Millis whole(0);
  Millis before(0);
  int attempts = 1;
  for (auto wait = WaitAfter(attempts); wait; wait = WaitAfter(++attempts)) {
    EXPECT_GE(*wait, before);
    before = *wait;
    whole += *wait;
    ASSERT_LT(attempts, 100);
  }
  EXPECT_GT(whole, hours(12));
  EXPECT_LT(whole, hours(30));
}

TEST(RecordingRange, ReadsTheFormsThatPlayersSend) {
  const auto part = [](std::string_view header) { return ReadRange(header, 1000); };
  EXPECT_EQ(part("bytes=0-99").verdict, RangeVerdict::kPart);
  EXPECT_EQ(part("bytes=0-99").span, (Span{0, 100}));
  EXPECT_EQ(part("bytes=900-").span, (Span{900, 100}));
  EXPECT_EQ(part("bytes=-10").span, (Span{990, 10}));
  EXPECT_EQ(part("bytes=-5000").span, (Span{0, 1000}));
  EXPECT_EQ(part("bytes=990-5000").span, (Span{990, 10}));
}

TEST(RecordingRange, TakesWhatItNeedNotUnderstandForNone) {
  for (const char* header :
       {"", "items=0-1", "bytes=", "bytes=a-b", "bytes=5-2", "bytes=0-1,4-5", "bytes=-",
        "bytes=--5", "bytes=1", "bytes= 0-1", "bytes=0-1x", "bytes=99999999999999999999-"}) {
    EXPECT_EQ(ReadRange(header, 1000).verdict, RangeVerdict::kWhole) << header;
  }
}

TEST(RecordingRange, SaysWhatLiesOutside) {
  EXPECT_EQ(ReadRange("bytes=1000-", 1000).verdict, RangeVerdict::kOutside);
  EXPECT_EQ(ReadRange("bytes=-0", 1000).verdict, RangeVerdict::kOutside);
}

}  // namespace
}  // namespace sb::core::recordings
