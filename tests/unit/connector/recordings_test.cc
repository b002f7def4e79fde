// Which files calls leave behind, and how to get them: by the connector's data.
#include "engine/connector/recordings.h"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/connector/acme.h"

namespace sb::connector {
namespace {

using core::recordings::Kind;
using ::testing::ElementsAre;

constexpr const char* kBeforeFiles = "accounts: { company";
constexpr const char* kFilesThatDie = R"yaml(recordings:
  - kind: voicemail
    events: [parcel.sent, parcel.lost]
    link: .sound
    party: .from
    link_life: PT10M
    fresh: { action: parcels.find, with: { depot: north, text: '${ $id }' }, link: .found.sound }
)yaml";

Result<std::unique_ptr<Library>> LoadWithFiles(const std::string& from = "",
                                               const std::string& to = "") {
  std::string rules = kFilesThatDie;
  rules.replace(rules.find(from), from.size(), to);
  AcmeFiles files;
  files.Edit("acme/connector.yaml", kBeforeFiles, rules + kBeforeFiles);
  return files.Load();
}

class FilesOfCalls : public ::testing::Test {
 protected:
  RecordingNews Read(const Json& data) {
    auto news = ReadRecordingNews(rule_, data, Jq());
    EXPECT_THAT(news, Succeeds());
    return news.ok() ? *news : RecordingNews();
  }

  const std::unique_ptr<Library> library_ = LoadWithFiles().value();
  const Connector& acme_ = *library_->FindConnector("acme");
  const RecordingRule& rule_ = acme_.recordings.at(0);
};

TEST_F(FilesOfCalls, AreFoundByTheirKind) {
  EXPECT_EQ(FindRecordingRule(acme_, Kind::kVoicemail), &rule_);
  EXPECT_EQ(FindRecordingRule(acme_, Kind::kRecording), nullptr);
  EXPECT_EQ(rule_.types.size(), 2U);
  EXPECT_EQ(rule_.link_life, Millis(std::chrono::minutes(10)));
}

TEST_F(FilesOfCalls, AreToldOfByALinkAndAParty) {
  const RecordingNews news = Read({{"sound", "https://acme.example/1.mp3"}, {"from", "+3361"}});
  EXPECT_EQ(news.link, "https://acme.example/1.mp3");
  EXPECT_EQ(news.party, "+3361");
  EXPECT_FALSE(news.erased);
}

TEST_F(FilesOfCalls, AreNotToldOfByAnythingElse) {
  for (const Json& sound : {Json(), Json(17), Json::array()}) {
    const RecordingNews news = Read({{"sound", sound}});
    EXPECT_EQ(news.link, "") << sound;
    EXPECT_FALSE(news.erased) << sound;
  }
  EXPECT_EQ(Read({{"sound", "file:///etc/passwd"}}).link, "");
}

TEST_F(FilesOfCalls, AreKnownToBeErased) {
  EXPECT_TRUE(Read({{"sound", "[erased]"}}).erased);
}

TEST_F(FilesOfCalls, AreAskedForAnew) {
  const auto input = FreshLinkInput(rule_, "17", Jq());
  ASSERT_THAT(input, Succeeds());
  EXPECT_EQ(*input, (Json{{"depot", "north"}, {"text", 17}})) << "a number where it is one";
  EXPECT_EQ(FreshLinkInput(rule_, "a17", Jq())->at("text"), "a17");
  EXPECT_EQ(FreshLinkIn(rule_, {{"found", {{"sound", "https://x.example/"}}}}, Jq()).value(),
            "https://x.example/");
  EXPECT_EQ(FreshLinkIn(rule_, {{"found", nullptr}}, Jq()).value(), "");
}

TEST(LoadRecordings, RefusesWhatCannotBeApplied) {
  EXPECT_THAT(LoadWithFiles("parcel.lost", "parcel.found"), Says("parcel.found"));
  EXPECT_THAT(LoadWithFiles("kind: voicemail", "kind: fax"),
              FailsWith(ErrorKind::kInvalid, "CONNECTOR_INVALID"));
  EXPECT_THAT(LoadWithFiles("parcels.find", "parcels.seek"), Says("parcels.seek"));
  EXPECT_THAT(LoadWithFiles("depot: north", "depots: north"), Says("takes no 'depots'"));
  EXPECT_THAT(LoadWithFiles("link: .sound", "link: '.sound |'"),
              FailsWith(ErrorKind::kInvalid, "CONNECTOR_INVALID"));
  EXPECT_THAT(LoadWithFiles("$id", "$name"), FailsWith(ErrorKind::kInvalid, "CONNECTOR_INVALID"));
}

TEST(LoadRecordings, TheRealOneHasBothKinds) {
  const Connector& aircall = *Aircall().FindConnector("aircall");
  const RecordingRule* recording = FindRecordingRule(aircall, Kind::kRecording);
  ASSERT_NE(recording, nullptr);
  EXPECT_THAT(recording->types,
              ElementsAre("io.aircall.call.ended", "io.aircall.call.comm_assets_generated"));
  EXPECT_NE(FindRecordingRule(aircall, Kind::kVoicemail), nullptr);
}

}  // namespace
}  // namespace sb::connector
