// Recordings and voicemails kept by real processes, from a sandbox whose links die.

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/adapters/system/system_clock.h"
#include "tests/contract/media/s3_stand_in.h"
#include "tests/support/live/eventually.h"
#include "tests/support/live/live_system.h"
#include "tests/support/live/process.h"
#include "tests/support/live/secret_search.h"
#include "tests/support/live/visitor.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kCaller = "+33612345678";

class Keeping : public ::testing::Test {
 protected:
  void SetUp() override {
    system_.StartSandbox();
    Serve();
    account_ = system_.ConnectWithKey();
  }

  virtual void Serve() { system_.StartServe(); }

  /// And waits until the provider sends what tells of files.
  void Keep(const std::vector<std::string>& policy) {
    std::vector<std::string> words = {"recording", "policy", account_};
    words.insert(words.end(), policy.begin(), policy.end());
    system_.Cli(words);
    ASSERT_TRUE(Eventually(
        20s,
        [this] {
          const Json hook = system_.Aircall("/v1/webhooks").at("webhooks").at(0);
          return DumpJson(hook.at("events")).find("call.comm_assets_generated") !=
                 std::string::npos;
        },
        500ms))
        << system_.ServeLog();
  }

  void LeaveVoicemail() {
    system_.Control("POST", "calls",
                    {{"direction", "inbound"},
                     {"from", kCaller},
                     {"answered", false},
                     {"voicemail_seconds", 12},
                     {"ended_lag_seconds", 0}});
  }

  void Strike(const std::string& action, int status, int delay_ms, int times) {
    Json fault{{"match", {{"method", "GET"}, {"path_regex", "^/media/"}}},
               {"action", action},
               {"delay_ms", delay_ms},
               {"times", times}};
    if (status != 0) fault["status"] = status;
    system_.Control("POST", "faults", fault);
  }

  Json Only() {
    const Json listed = system_.Cli({"recording", "list", account_});
    const Json& list = Member(listed, "recordings");
    return list.empty() ? Json() : list.at(0);
  }

  bool AwaitState(const std::string& state) {
    return Eventually(
        60s, [&] { return TextMember(Only(), "state") == "STATE_" + state; }, 100ms);
  }

  /// What is kept on disk, the leftovers of killed writers not counted.
  std::vector<std::filesystem::path> Files() {
    std::vector<std::filesystem::path> files;
    const auto folder = system_.folder() / "data" / "recordings";
    for (const auto& each : std::filesystem::recursive_directory_iterator(folder)) {
      const bool leftover = each.path().parent_path().filename() == ".incoming";
      if (each.is_regular_file() && !leftover) files.push_back(each.path());
    }
    return files;
  }

  static std::string BytesOf(const std::filesystem::path& path) {
    std::ostringstream bytes;
    bytes << std::ifstream(path, std::ios::binary).rdbuf();
    return bytes.str();
  }

  static std::string Sound() { return BytesOf("connectors/aircall/sandbox/assets/voicemail.mp3"); }

  std::string LinkTo(const Json& recording) {
    return TextMember(system_.Cli({"recording", "link", TextMember(recording, "id")}), "url");
  }

  LiveSystem system_;
  std::string account_;
};

TEST_F(Keeping, AVoicemailIsKeptAndServedByALinkThatCannotBeForged) {
  Keep({"--keep", "both", "--retain-days", "90"});
  LeaveVoicemail();
  ASSERT_TRUE(AwaitState("KEPT")) << Only() << system_.ServeLog();
  const Json kept = Only();
  EXPECT_EQ(TextMember(kept, "kind"), "KIND_VOICEMAIL");
  EXPECT_EQ(TextMember(kept, "size"), std::to_string(Sound().size()));
  ASSERT_THAT(Files(), SizeIs(1));
  EXPECT_TRUE(BytesOf(Files()[0]) == Sound());

  const std::string link = LinkTo(kept);
  const auto heard = Visitor({}).Open(link);
  EXPECT_EQ(heard.status, 200);
  EXPECT_TRUE(heard.body == Sound());
  std::string forged = link;
  forged.back() = forged.back() == '0' ? '1' : '0';
  const auto refused = Visitor({}).Open(forged);
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, HasSubstr("not made here"));
}

TEST_F(Keeping, ALinkThatDiedIsAskedForAnew) {
  Keep({"--keep", "voicemails"});
  Strike("status", 403, 0, 1);
  LeaveVoicemail();
  ASSERT_TRUE(AwaitState("KEPT")) << Only() << system_.ServeLog();
  EXPECT_EQ(Member(Only(), "attempts"), Json(1)) << "within one fetch: " << Only();
  EXPECT_TRUE(BytesOf(Files().at(0)) == Sound());
}

TEST_F(Keeping, AFileThatIsTooLargeFailsWithTheReason) {
  Keep({"--keep", "voicemails", "--max-bytes", "100"});
  LeaveVoicemail();
  ASSERT_TRUE(AwaitState("FAILED")) << Only() << system_.ServeLog();
  EXPECT_EQ(TextMember(Only(), "reason"), "RECORDING_TOO_LARGE");
  EXPECT_THAT(Files(), IsEmpty());
}

TEST_F(Keeping, AProcessThatIsKilledInTheMiddleLeavesOneFile) {
  Keep({"--keep", "voicemails"});
  Strike("delay", 0, 3000, 0);  // long enough to be killed in
  LeaveVoicemail();
  ASSERT_TRUE(AwaitState("FETCHING")) << Only() << system_.ServeLog();
  system_.KillServe();
  system_.Control("DELETE", "faults");
  system_.StartServe();
  ASSERT_TRUE(AwaitState("KEPT")) << Only() << system_.ServeLog();
  const Json listed = system_.Cli({"recording", "list", account_});
  EXPECT_THAT(Member(listed, "recordings"), SizeIs(1));
  ASSERT_THAT(Files(), SizeIs(1));
  EXPECT_TRUE(BytesOf(Files()[0]) == Sound());
}

TEST_F(Keeping, APersonWhoIsErasedTakesTheirFilesAlong) {
  Keep({"--keep", "voicemails"});
  LeaveVoicemail();
  ASSERT_TRUE(AwaitState("KEPT")) << Only() << system_.ServeLog();
  const std::string link = LinkTo(Only());
  const Json done =
      system_.Cli({"erasure", "person", "--tenant", "acme", "--phone", kCaller, "--yes"});
  EXPECT_EQ(TextMember(done, "state"), "STATE_DONE");
  EXPECT_TRUE(Member(done, "counts").contains("recording")) << done;
  EXPECT_THAT(Files(), IsEmpty()) << "an erasure is done when its files are gone";
  EXPECT_EQ(TextMember(Only(), "state"), "STATE_ERASED");
  EXPECT_EQ(TextMember(Only(), "reason"), "PERSON_ERASED");
  EXPECT_EQ(Visitor({}).Open(link).status, 404);
}

TEST_F(Keeping, AnAccountThatIsErasedTakesItsFilesAlong) {
  Keep({"--keep", "voicemails"});
  LeaveVoicemail();
  ASSERT_TRUE(AwaitState("KEPT")) << Only() << system_.ServeLog();
  ASSERT_EQ(system_.TryCli({"account", "disconnect", account_, "--erase", "--yes"}).exit_status, 0);
  EXPECT_THAT(Files(), IsEmpty());
}

/// The same with a bucket, of which the server knows the key.
class KeepingInABucket : public Keeping {
 protected:
  void Serve() override { system_.StartServe(Words(), Environment()); }

  std::vector<std::string> Words() const {
    return {"--recordings-s3", "s3://calls/kept",        "--recordings-s3-endpoint",
            bucket_.url(),     "--recordings-s3-region", testing::S3StandIn::kRegion};
  }

  std::map<std::string, std::string> Environment() {
    const testing::S3StandIn::Key key{.secret = PlantedSecret("key of the bucket")};
    bucket_.Know(key);
    system_.Plant("key of the bucket", key.secret);
    return {{"AWS_ACCESS_KEY_ID", key.id}, {"AWS_SECRET_ACCESS_KEY", key.secret}};
  }

  adapters::system::SystemClock clock_;
  testing::S3StandIn bucket_{clock_};
};

TEST_F(KeepingInABucket, AVoicemailIsKeptThereServedFromThereAndErasedWithItsPerson) {
  EXPECT_THAT(bucket_.objects(), IsEmpty()) << "what it was tried with at the start";
  Keep({"--keep", "voicemails"});
  bucket_.TurnDown(1, 503, "SlowDown");
  LeaveVoicemail();
  ASSERT_TRUE(AwaitState("KEPT")) << Only() << system_.ServeLog();
  const auto objects = bucket_.objects();
  ASSERT_THAT(objects, SizeIs(1));
  EXPECT_EQ(objects.begin()->first, "kept/" + account_ + "/" + TextMember(Only(), "id"));
  EXPECT_TRUE(objects.begin()->second == Sound());
  EXPECT_EQ(Member(Only(), "attempts"), Json(1)) << "a busy store costs no try: " << Only();

  const std::string link = LinkTo(Only());
  const auto heard = Visitor({}).Open(link);
  EXPECT_EQ(heard.status, 200);
  EXPECT_TRUE(heard.body == Sound());
  const Json done =
      system_.Cli({"erasure", "person", "--tenant", "acme", "--phone", kCaller, "--yes"});
  EXPECT_EQ(TextMember(done, "state"), "STATE_DONE");
  EXPECT_THAT(bucket_.objects(), IsEmpty());
  EXPECT_EQ(Visitor({}).Open(link).status, 404);
}

TEST_F(KeepingInABucket, AServerWhoseKeyIsRefusedDoesNotStart) {
  system_.StopServe();
  Command command{{std::filesystem::path(SB_BIN_DIR) / "switchboard", "serve", "--data-dir",
                   system_.folder() / "data"},
                  Environment(),
                  {}};
  const auto words = Words();
  command.words.insert(command.words.end(), words.begin(), words.end());
  bucket_.Know({.secret = "another"});
  const Ended ended = RunToEnd(command);
  EXPECT_EQ(ended.exit_status, 1);
  EXPECT_THAT(ended.err, HasSubstr("MEDIA_STORE_REFUSED"));
  EXPECT_THAT(ended.err, HasSubstr("SignatureDoesNotMatch"));
  system_.Hear(ended);
}

}  // namespace
}  // namespace sb::live
