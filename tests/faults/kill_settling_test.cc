// A call has ended, and the engine is killed before it has settled. The process after it reads the
// call again when that is due, and tells once that it changes no more.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/live/eventually.h"
#include "tests/support/live/live_system.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;

constexpr const char* kOnSettled = R"(
document: { dsl: '1.0.3', namespace: story, name: settled, version: '1.0.0' }
schedule: { on: { one: { with: { type: io.aircall.call.settled } } } }
do:
  - note: { set: { call: '${ $workflow.input[0].data.id }', settled: '${ $workflow.input[0].data.settled }' } }
)";

class KillSettling : public ::testing::Test {
 protected:
  void SetUp() override {
    MakeCallsSettleSooner();
    system_.StartSandbox();
    Serve();
    system_.ConnectWithKey();
    const auto file = system_.folder() / "settled.yaml";
    std::ofstream(file) << kOnSettled;
    system_.Cli({"workflow", "deploy", file.string()});
    system_.Cli({"workflow", "enable", "story/settled", "--all-accounts"});
    ASSERT_TRUE(Eventually(
        20s, [this] { return AsksForEnds(); }, 500ms))
        << system_.ServeLog();
  }

  void Serve() { system_.StartServe({"--connectors", (system_.folder() / "own").string()}); }

  /// The connector as it is shipped, with looks that a test can wait for.
  void MakeCallsSettleSooner() {
    const std::filesystem::path shipped = "connectors/aircall";
    const auto own = system_.folder() / "own" / "aircall";
    std::filesystem::create_directories(own);
    for (const char* folder : {"actions", "objects", "schemas"}) {
      std::filesystem::copy(shipped / folder, own / folder,
                            std::filesystem::copy_options::recursive);
    }
    std::filesystem::copy(shipped / "events.yaml", own / "events.yaml");
    std::ostringstream text;
    text << std::ifstream(shipped / "connector.yaml").rdbuf();
    std::string manifest = text.str();
    Replace(manifest, "connector: aircall\n", "connector: aircall\nreplaces: true\n");
    Replace(manifest, "looks: [PT30M, PT2H, P1D, P7D]", "looks: [PT3S, PT8S]");
    std::ofstream(own / "connector.yaml") << manifest;
  }

  static void Replace(std::string& text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
  }

  bool AsksForEnds() {
    const Json hooks = system_.Aircall("/v1/webhooks").at("webhooks");
    if (hooks.empty()) return false;
    const Json& events = hooks.at(0).at("events");
    return std::find(events.begin(), events.end(), "call.ended") != events.end();
  }

  Json Events(const std::string& type) {
    const Json listed = system_.Cli({"event", "list", "--type", type});
    return Member(listed, "events");
  }

  bool Await(const std::string& type, std::size_t count) {
    return Eventually(
        60s, [&] { return Events(type).size() == count; }, 200ms);
  }

  bool AwaitSucceeded(std::size_t count) {
    return Eventually(
        30s,
        [&] {
          const Json runs = system_.Cli({"run", "list", "--state", "succeeded"});
          return Member(runs, "runs").size() == count;
        },
        200ms);
  }

  LiveSystem system_;
};

TEST_F(KillSettling, IsToldOnceByTheProcessAfterTheOneThatWasKilled) {
  const Json placed = system_.Control("POST", "calls",
                                      {{"direction", "inbound"},
                                       {"from", "+16175550142"},
                                       {"ended_lag_seconds", 0},
                                       {"finalise_after_seconds", 1}});
  const std::string call = "calls/" + DumpJson(placed.at("call").at("id"));
  ASSERT_TRUE(Await("io.aircall.call.ended", 1)) << system_.ServeLog();
  system_.KillServe();
  Serve();
  ASSERT_TRUE(Await("io.aircall.call.settled", 1)) << system_.ServeLog();
  EXPECT_EQ(TextMember(Events("io.aircall.call.settled").at(0), "subject"), call);
  ASSERT_TRUE(AwaitSucceeded(1)) << system_.ServeLog();

  system_.KillServe();
  Serve();
  system_.Control("POST", "calls",
                  {{"direction", "inbound"},
                   {"from", "+16175550199"},
                   {"ended_lag_seconds", 0},
                   {"finalise_after_seconds", 1}});
  ASSERT_TRUE(Await("io.aircall.call.settled", 2)) << "another one, and the first not again";
  EXPECT_TRUE(AwaitSucceeded(2)) << system_.ServeLog();
}

}  // namespace
}  // namespace sb::live
