#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/accounts/recording_links.h"
#include "tests/support/fake_clock.h"
#include "tests/support/matchers.h"

namespace sb {
namespace {

using accounts::RecordingLinks;
using std::chrono::hours;
using std::chrono::seconds;
using testing::FailsWith;
using testing::IsOk;
using testing::kStoryTime;

/// A link taken apart, as the door does it.
struct Parts {
  std::string recording;
  std::string expires;
  std::string signature;
};

Parts PartsOf(const std::string& path) {
  const std::string prefix = "/recordings/";
  const std::size_t question = path.find("?expires=");
  const std::size_t ampersand = path.find("&signature=");
  EXPECT_TRUE(path.starts_with(prefix)) << path;
  return {path.substr(prefix.size(), question - prefix.size()),
          path.substr(question + 9, ampersand - question - 9), path.substr(ampersand + 11)};
}

class Link : public ::testing::Test {
 protected:
  Status Check(const Parts& parts, WallTime now = kStoryTime) {
    return links_.Check(parts.recording, parts.expires, parts.signature, now);
  }

  RecordingLinks links_{Secret("the key of this installation")};
  Parts good_ = PartsOf(links_.PathFor(ports::RecordingId(4242), kStoryTime + hours(1)));
};

TEST_F(Link, HoldsUntilItExpires) {
  EXPECT_EQ(good_.recording, ports::ToText(ports::RecordingId(4242)));
  EXPECT_THAT(Check(good_), IsOk());
  EXPECT_THAT(Check(good_, kStoryTime + hours(1) - seconds(1)), IsOk());
  EXPECT_THAT(Check(good_, kStoryTime + hours(1)),
              FailsWith(ErrorKind::kForbidden, "RECORDING_LINK_EXPIRED"));
}

TEST_F(Link, IsForOneRecordingOneTimeAndOneInstallation) {
  std::vector<Parts> forged(6, good_);
  forged[0].recording = ports::ToText(ports::RecordingId(4243));
  forged[1].expires += "0";
  forged[2].signature.back() = forged[2].signature.back() == '0' ? '1' : '0';
  forged[3].signature.clear();
  forged[4].signature.pop_back();
  forged[5] = PartsOf(
      RecordingLinks(Secret("another")).PathFor(ports::RecordingId(4242), kStoryTime + hours(1)));
  for (const Parts& each : forged)
    EXPECT_THAT(Check(each), FailsWith(ErrorKind::kForbidden, "RECORDING_LINK_INVALID"));
}

TEST_F(Link, TellsNothingOfAnExpiredOneThatWasForged) {
  Parts forged = good_;
  forged.expires = "1000000000";
  EXPECT_THAT(Check(forged), FailsWith(ErrorKind::kForbidden, "RECORDING_LINK_INVALID"));
}

}  // namespace
}  // namespace sb
