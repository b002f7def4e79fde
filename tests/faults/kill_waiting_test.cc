// The engine is killed with SIGKILL while runs wait: for events, for other runs, for time. After
// the start that follows they wait on, and end.
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/live/eventually.h"
#include "tests/support/live/live_system.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;

constexpr const char* kChild = R"(
document: { dsl: '1.0.3', namespace: story, name: child, version: '1.0.0' }
do:
  - wait: { listen: { to: { one: { with: { type: story.go } } } } }
  - greet: { set: { heard: '${ .[0].text }' } }
)";

constexpr const char* kParent = R"(
document: { dsl: '1.0.3', namespace: story, name: parent, version: '1.0.0' }
do:
  - both:
      fork:
        branches:
          - help: { run: { workflow: { namespace: story, name: child } } }
          - nap: { wait: PT2S }
)";

constexpr const char* kTeller = R"(
document: { dsl: '1.0.3', namespace: story, name: teller, version: '1.0.0' }
do:
  - go: { emit: { event: { with: { type: story.go, data: { text: Hello } } } } }
)";

constexpr const char* kStarted = R"(
document: { dsl: '1.0.3', namespace: story, name: started, version: '1.0.0' }
schedule: { on: { one: { with: { type: story.go } } } }
do:
  - note: { set: { source: '${ $workflow.input[0].source }' } }
)";

constexpr const char* kLong = R"(
document: { dsl: '1.0.3', namespace: story, name: long, version: '1.0.0' }
do:
  - each:
      for: { each: n, in: '[range(40000)]' }
      do:
        - square: { set: { n: '${ $n }' } }
  - last: { set: { n: '${ $steps.square.output.n }' } }
)";

class KillWaiting : public ::testing::Test {
 protected:
  void SetUp() override {
    system_.StartSandbox();
    system_.StartServe();
    account_ = system_.ConnectWithKey();
    for (const auto& [name, yaml] : {std::pair{"child", kChild},
                                     {"parent", kParent},
                                     {"teller", kTeller},
                                     {"long", kLong},
                                     {"started", kStarted}}) {
      const auto file = system_.folder() / (std::string(name) + ".yaml");
      std::ofstream(file) << yaml;
      system_.Cli({"workflow", "deploy", file.string()});
    }
    system_.Cli({"workflow", "enable", "story/started", "--all-accounts"});
  }

  void Start(const std::string& workflow) {
    system_.Cli({"run", "start", "story/" + workflow, "--account", account_});
  }

  /// The states of all runs of this workflow, joined.
  std::string StatesOf(const std::string& workflow) {
    const Json runs = system_.Cli({"run", "list"});
    std::string states;
    for (const Json& run : Member(runs, "runs")) {
      if (run.dump().find("story/" + workflow) != std::string::npos)
        states += TextMember(run, "state") + " ";
    }
    return states;
  }

  LiveSystem system_;
  std::string account_;
};

TEST_F(KillWaiting, RunsGoOnListeningAndWaitingForTheirChildren) {
  Start("parent");
  ASSERT_TRUE(Eventually(20s, [&] { return StatesOf("child") == "STATE_RUNNING "; }))
      << system_.ServeLog();
  system_.KillServe();
  system_.StartServe();
  EXPECT_EQ(StatesOf("parent"), "STATE_RUNNING ");
  Start("teller");
  EXPECT_TRUE(Eventually(30s, [&] { return StatesOf("parent") == "STATE_SUCCEEDED "; }))
      << system_.ServeLog();
  EXPECT_EQ(StatesOf("child"), "STATE_SUCCEEDED ") << "one child, and no second one";
  EXPECT_EQ(StatesOf("started"), "STATE_SUCCEEDED ") << "one event, and no second one";
  EXPECT_EQ(StatesOf("teller"), "STATE_SUCCEEDED ");
}

TEST_F(KillWaiting, ALongLoopGoesOnFromItsSnapshot) {
  Start("long");
  for (int kill = 0; kill < 2; ++kill) {
    ASSERT_TRUE(Eventually(20s, [&] { return StatesOf("long") == "STATE_RUNNING "; }))
        << system_.ServeLog();
    system_.KillServe();
    system_.StartServe();
  }
  ASSERT_TRUE(Eventually(60s, [&] { return StatesOf("long") == "STATE_SUCCEEDED "; }))
      << system_.ServeLog();
  const Json runs = system_.Cli({"run", "list"});
  const Json run = system_.Cli({"run", "get", TextMember(Member(runs, "runs").at(0), "id")});
  EXPECT_EQ(DumpJson(Member(Member(run, "output"), "n")), "39999") << DumpJson(run).substr(0, 500);
  EXPECT_GT(Member(run, "omitted_tasks").get<int>(), 30'000);
}

}  // namespace
}  // namespace sb::live
