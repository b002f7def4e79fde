// A webhook is switched off, and calls happen. The engine notices, switches it on again, and runs
// the workflow once for each call that it was not told of, also when it is killed in the middle.
#include <algorithm>
#include <fstream>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/live/eventually.h"
#include "tests/support/live/live_system.h"

namespace sb::live {
namespace {

using namespace std::chrono_literals;
using ::testing::SizeIs;

constexpr const char* kOnHangup = R"(
document: { dsl: '1.0.3', namespace: story, name: hungup, version: '1.0.0' }
schedule: { on: { one: { with: { type: io.aircall.call.hungup } } } }
do:
  - note: { set: { call: '${ $workflow.input[0].data.id }', recovered: '${ $workflow.input[0].recovered }' } }
)";

class KillGap : public ::testing::Test {
 protected:
  void SetUp() override {
    system_.StartSandbox();
    Serve();
    account_ = system_.ConnectWithKey();
    const auto file = system_.folder() / "hungup.yaml";
    std::ofstream(file) << kOnHangup;
    system_.Cli({"workflow", "deploy", file.string()});
    system_.Cli({"workflow", "enable", "story/hungup", "--all-accounts"});
    ASSERT_TRUE(Eventually(
        20s, [this] { return Asks(Hook(), "call.hungup"); }, 500ms))
        << system_.ServeLog();
  }

  void Serve() { system_.StartServe({"--watch-interval", "2"}); }

  Json Hook() { return system_.Aircall("/v1/webhooks").at("webhooks").at(0); }

  static bool Asks(const Json& hook, const std::string& event) {
    const Json& events = hook.at("events");
    return std::find(events.begin(), events.end(), event) != events.end();
  }

  void Strike(const std::string& path, const std::string& action, int status, int delay_ms) {
    Json fault{{"match", {{"method", "GET"}, {"path_regex", path}}},
               {"action", action},
               {"delay_ms", delay_ms},
               {"times", 0}};
    if (status != 0) fault["status"] = status;
    system_.Control("POST", "faults", fault);
  }

  void SwitchHookOff() {
    const Json hook = Hook();
    system_.PutAtAircall("/v1/webhooks/" + TextMember(hook, "webhook_id"),
                         {{"events", hook.at("events")}, {"active", false}});
  }

  void HangUp(int calls) {
    for (int i = 0; i < calls; ++i) {
      const Json placed = system_.Control("POST", "calls",
                                          {{"direction", "inbound"},
                                           {"from", "+16175550142"},
                                           {"answered", false},
                                           {"ended_lag_seconds", 0}});
      calls_.insert("calls/" + DumpJson(placed.at("call").at("id")));
    }
  }

  Json Gap() {
    const Json gaps = system_.Cli({"account", "gaps", account_});
    const Json& list = Member(gaps, "gaps");
    return list.empty() ? Json() : list.at(0);
  }

  bool AwaitClosed() {
    return Eventually(
        90s, [this] { return TextMember(Gap(), "state") == "STATE_CLOSED"; }, 200ms);
  }

  /// One recovered event and one run for each call, and nothing else.
  void ExpectARunForEach() {
    std::set<std::string> recovered;
    const Json events =
        system_.Cli({"event", "list", "--type", "io.aircall.call.hungup", "--limit", "1000"});
    for (const Json& event : events.at("events")) {
      EXPECT_EQ(TextMember(event, "origin"), "ORIGIN_RECOVERED");
      EXPECT_TRUE(recovered.insert(TextMember(event, "subject")).second) << "twice: " << event;
    }
    EXPECT_EQ(recovered, calls_);
    EXPECT_TRUE(Eventually(
        30s,
        [this] {
          return Member(system_.Cli({"run", "list", "--state", "succeeded", "--limit", "1000"}),
                        "runs")
                     .size() >= calls_.size();
        },
        200ms))
        << system_.ServeLog();
    std::set<std::string> by_event;
    const Json runs = system_.Cli({"run", "list", "--limit", "1000"});
    for (const Json& run : runs.at("runs")) by_event.insert(TextMember(run, "event"));
    EXPECT_THAT(runs.at("runs"), SizeIs(calls_.size()));
    EXPECT_THAT(by_event, SizeIs(calls_.size()));
  }

  LiveSystem system_;
  std::string account_;
  std::set<std::string> calls_;
};

TEST_F(KillGap, IsClosedAfterTheWebhookWasSwitchedOff) {
  const Json hook_before = Hook();
  Strike("^/v1/webhooks$", "status", 503, 0);  // nobody notices before the calls have happened
  system_.PutAtAircall("/v1/webhooks/" + TextMember(hook_before, "webhook_id"),
                       {{"events", hook_before.at("events")}, {"active", false}});
  HangUp(5);
  system_.Control("DELETE", "faults");
  ASSERT_TRUE(AwaitClosed()) << Gap() << system_.ServeLog();

  EXPECT_EQ(TextMember(Gap(), "reason"), "REASON_INACTIVE");
  EXPECT_EQ(TextMember(Gap(), "missed_count"), "5");
  EXPECT_EQ(TextMember(Gap(), "recovered_count"), "5");
  EXPECT_EQ(TextMember(Gap(), "open_count"), "0");
  const Json hook = Hook();
  EXPECT_EQ(hook.at("active"), true);
  EXPECT_THAT(hook.at("events"), SizeIs(2)) << "as explicit as it was: " << hook.at("events");
  ExpectARunForEach();
  const Json runs = system_.Cli({"run", "list"});
  const Json run = system_.Cli({"run", "get", TextMember(runs.at("runs").at(0), "id")});
  const Json& output = run.at("output");
  const Json said = output.is_string() ? Json::parse(output.get<std::string>()) : output;
  EXPECT_EQ(Member(said, "recovered"), true) << run;
}

TEST_F(KillGap, IsClosedByTheProcessAfterTheOneThatWasKilled) {
  constexpr int kCalls = 160;  // four pages
  system_.StopServe();
  SwitchHookOff();
  HangUp(kCalls);
  Strike("^/v1/calls$", "delay", 0, 2000);  // a page takes long enough to be killed in
  Serve();
  ASSERT_TRUE(Eventually(
      60s,
      [this] {
        const Json gap = Gap();
        return TextMember(gap, "state") == "STATE_READING" &&
               TextMember(gap, "record_count") != "0";
      },
      50ms))
      << Gap() << system_.ServeLog();
  system_.KillServe();
  Serve();
  ASSERT_TRUE(AwaitClosed()) << Gap() << system_.ServeLog();

  EXPECT_EQ(TextMember(Gap(), "missed_count"), std::to_string(kCalls));
  EXPECT_EQ(TextMember(Gap(), "recovered_count"), std::to_string(kCalls));
  ExpectARunForEach();
}

}  // namespace
}  // namespace sb::live
