// A kept recording at the door: whole, in parts, and only for who has a link that holds.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/encoding.h"
#include "tests/integration/edge/door_world.h"
#include "tests/support/matchers.h"

namespace sb::testing {
namespace {

using ports::Recording;
using ports::RecordingState;
using std::chrono::hours;
using ::testing::HasSubstr;
using ::testing::Not;

class RecordingDoor : public ::testing::Test {
 protected:
  void SetUp() override {
    // Longer than a piece, and no two parts alike.
    for (int i = 0; sound_.size() < 700'000; ++i) sound_ += std::to_string(i) + " ";
    Recording recording;
    recording.id = id_;
    recording.account = AccountId(1001);
    recording.call = "4190000017";
    recording.kind = core::recordings::Kind::kVoicemail;
    ASSERT_TRUE(world_.recordings.Want(recording).value());
    recording.state = RecordingState::kKept;
    recording.kept_at = world_.clock.Now();
    recording.size = static_cast<std::int64_t>(sound_.size());
    recording.sha256 = Sha256(sound_);
    recording.content_type = "audio/mpeg";
    recording.step = world_.recordings.Save(recording).value();
    kept_ = recording;
    auto writer = world_.media.Create(ports::MediaKeyOf(recording.account, id_)).value();
    ASSERT_THAT(writer->Write(sound_), IsOk());
    ASSERT_THAT(writer->Finish(), IsOk());
  }

  std::string Link(Millis life = hours(1)) {
    return world_.recording_links.PathFor(id_, world_.clock.Now() + life);
  }

  const ports::RecordingId id_{4242};
  std::string sound_;
  Recording kept_;
  DoorWorld world_;
};

TEST_F(RecordingDoor, GivesTheWholeFileByALinkThatHolds) {
  const HttpAnswer answer = world_.Ask("GET", Link());
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.body == sound_) << answer.body.size() << " of " << sound_.size();
  EXPECT_EQ(answer.Header("content-type"), "audio/mpeg");
  EXPECT_EQ(answer.Header("content-length"), std::to_string(sound_.size()));
  EXPECT_EQ(answer.Header("content-disposition"),
            "attachment; filename=\"voicemail-4190000017.mp3\"");
  EXPECT_EQ(answer.Header("x-content-type-options"), "nosniff");
  EXPECT_THAT(answer.Header("cache-control"), HasSubstr("private"));
  EXPECT_EQ(answer.Header("accept-ranges"), "bytes");
}

TEST_F(RecordingDoor, GivesThePartThatAPlayerAsksFor) {
  const HttpAnswer part = world_.Ask("GET", Link(), "Range: bytes=5-300004\r\n");
  EXPECT_EQ(part.status, 206);
  EXPECT_TRUE(part.body == sound_.substr(5, 300'000));
  EXPECT_EQ(part.Header("content-range"), "bytes 5-300004/" + std::to_string(sound_.size()));
  const HttpAnswer end = world_.Ask("GET", Link(), "Range: bytes=-7\r\n");
  EXPECT_EQ(end.status, 206);
  EXPECT_EQ(end.body, sound_.substr(sound_.size() - 7));
  const HttpAnswer outside = world_.Ask("GET", Link(), "Range: bytes=99999999-\r\n");
  EXPECT_EQ(outside.status, 416);
  EXPECT_EQ(outside.Header("content-range"), "bytes */" + std::to_string(sound_.size()));
  const HttpAnswer changed =
      world_.Ask("GET", Link(), "Range: bytes=0-4\r\nIf-Range: \"another\"\r\n");
  EXPECT_EQ(changed.status, 200);
}

TEST_F(RecordingDoor, ServesOneRequestAfterTheOtherOnAConnection) {
  HttpConnection connection(world_.address);
  EXPECT_TRUE(connection.Ask("GET", Link()).body == sound_);
  EXPECT_EQ(connection.Ask("GET", Link(), "Range: bytes=0-3\r\n").body, sound_.substr(0, 4));
  EXPECT_EQ(connection.Ask("GET", "/healthz").status, 200);
}

TEST_F(RecordingDoor, RefusesALinkThatIsForgedOrOver) {
  std::string forged = Link();
  forged.back() = forged.back() == '0' ? '1' : '0';
  const HttpAnswer refused = world_.Ask("GET", forged);
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, HasSubstr("RECORDING_LINK_INVALID"));
  EXPECT_EQ(world_.Ask("GET", "/recordings/" + ports::ToText(id_)).status, 403);
  const std::string link = Link();
  world_.clock.Advance(hours(2));
  const HttpAnswer over = world_.Ask("GET", link);
  EXPECT_EQ(over.status, 403);
  EXPECT_THAT(over.body, HasSubstr("RECORDING_LINK_EXPIRED"));
  const HttpAnswer page = world_.Browse(link);
  EXPECT_EQ(page.status, 403);
  EXPECT_THAT(page.body, HasSubstr("This link does not hold"));
  EXPECT_THAT(page.body, Not(HasSubstr("signature=")));
}

TEST_F(RecordingDoor, HasNothingOfARecordingThatWasErased) {
  kept_.state = RecordingState::kErased;
  kept_.erased_at = world_.clock.Now();
  ASSERT_THAT(world_.recordings.Save(kept_), IsOk());
  const HttpAnswer gone = world_.Ask("GET", Link());
  EXPECT_EQ(gone.status, 404);
  EXPECT_THAT(gone.body, HasSubstr("RECORDING_NOT_FOUND"));
}

TEST_F(RecordingDoor, HasNothingOfAFileThatIsNotThere) {
  ASSERT_THAT(world_.media.Erase(ports::MediaKeyOf(kept_.account, id_)), IsOk());
  EXPECT_EQ(world_.Ask("GET", Link()).status, 404);
}

TEST_F(RecordingDoor, TakesReadingOnly) {
  EXPECT_EQ(world_.Ask("POST", Link()).status, 405);
  HttpConnection connection(world_.address);
  ASSERT_TRUE(connection.Send("HEAD " + Link() + " HTTP/1.1\r\nHost: x\r\n\r\n"));
  const HttpAnswer head = connection.Receive(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.Header("content-length"), std::to_string(sound_.size()));
}

}  // namespace
}  // namespace sb::testing
