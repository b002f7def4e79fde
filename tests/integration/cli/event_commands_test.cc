#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "engine/api/event_stream.h"
#include "tests/integration/cli/command_house.h"

namespace sb::app::cli {
namespace {

using ::testing::AllOf;
using testing::CommandHouse;
using ::testing::HasSubstr;
using ::testing::Not;

class EventCommands : public ::testing::Test {
 protected:
  /// Deploys a workflow that an ended call starts.
  void AddFollowUp() {
    ports::WorkflowVersion version;
    version.id = shell_.house.ids.Next<WorkflowTag>(shell_.house.clock.Now());
    version.workspace = "acme";
    version.name = "follow-up";
    version.version = "1.0.0";
    version.source = R"(
document: { dsl: '1.0.3', namespace: acme, name: follow-up, version: '1.0.0' }
schedule: { on: { one: { with: { type: io.aircall.call.ended } } } }
do:
  - note: { call: aircall.calls.comment, with: { call_id: '${ $workflow.input[0].data.id }', content: hello } }
)";
    version.source_hash = version.source;
    ASSERT_TRUE(shell_.house.workflows.Deploy(version).ok());
  }

  CommandHouse shell_;
  AccountId account_ = shell_.house.AddAccount("acme");
};

TEST_F(EventCommands, PublishHandsAnEventInOnce) {
  const std::vector<std::string> publish = {
      "event",     "publish",  "--account", ToText(account_),
      "--id",      "order-1",  "--type",    "com.example.order.placed",
      "--subject", "orders/1", "--data",    R"({"total": 12.5})"};
  EXPECT_THAT(shell_.Run(publish).out,
              AllOf(HasSubstr("com.example.order.placed"), HasSubstr("orders/1")));
  EXPECT_THAT(shell_.Run(publish).out, HasSubstr("published before"));
  auto wrong = publish;
  wrong.back() = "[1]";
  EXPECT_EQ(shell_.Run(wrong).exit_code, kUsage);
}

TEST_F(EventCommands, ListTakesAFilter) {
  const EventId event = shell_.house.AddEvent(account_);
  EXPECT_THAT(shell_.Run({"event", "list", "--filter", "origin = WEBHOOK"}).out,
              HasSubstr(ToText(event)));
  EXPECT_THAT(shell_.Run({"event", "list", "--filter", "origin = API"}).out,
              HasSubstr("no events"));
}

TEST_F(EventCommands, WatchTellsEventsAndWhereToGoOn) {
  const EventId event = shell_.house.AddEvent(account_);
  const std::string beginning = api::MakeEventToken({{0, 1, 0}, {0, 1, 0}});
  const auto result = shell_.Run({"event", "watch", "--resume-token", beginning, "--count", "1"});
  EXPECT_EQ(result.exit_code, kOk) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("io.aircall.call.ended"), HasSubstr(ToText(event))));
  EXPECT_THAT(result.err, HasSubstr("--resume-token "));
  const auto json =
      shell_.Run({"event", "watch", "--resume-token", beginning, "--count", "1", "-o", "json"});
  EXPECT_EQ(json.json()["events"][0]["id"], ToText(event));
  EXPECT_EQ(shell_.Run({"event", "watch", "--resume-token", "nonsense"}).exit_code, kRefused);
}

TEST_F(EventCommands, ReplayShowsWhatADryRunWouldCall) {
  AddFollowUp();
  shell_.house.AddEvent(account_);
  const auto result = shell_.Run(
      {"event", "replay", "acme/follow-up", "--filter", "receive_time >= 2026-06-01", "--dry-run"});
  EXPECT_EQ(result.exit_code, kOk) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("/do/0/note  aircall.calls.comment"), HasSubstr("hello"),
                                HasSubstr("answered {}"), HasSubstr("SUCCEEDED"),
                                HasSubstr("1 events, 1 would start a run")));
  EXPECT_THAT(shell_.Run({"run", "list"}).out, HasSubstr("no runs"));
}

TEST_F(EventCommands, ReplayAsksBeforeItStartsRealRuns) {
  AddFollowUp();
  shell_.house.AddEvent(account_);
  const std::vector<std::string> replay = {
      "event",       "replay", "acme/follow-up", "--filter", "receive_time >= 2026-06-01",
      "--replay-id", "june"};
  const auto no = shell_.Run(replay, "n\n");
  EXPECT_EQ(no.exit_code, kRefused);
  EXPECT_THAT(no.err, AllOf(HasSubstr("[y/N]"), HasSubstr("nothing was done")));
  const auto yes = shell_.Run(replay, "y\n");
  EXPECT_EQ(yes.exit_code, kOk);
  EXPECT_THAT(yes.out, AllOf(HasSubstr("run_"), HasSubstr("1 started a run")));
  auto scripted = replay;
  scripted.insert(scripted.end(), {"-o", "json"});
  EXPECT_EQ(shell_.Run(scripted).exit_code, kUsage);
  scripted.emplace_back("--yes");
  EXPECT_THAT(shell_.Run(scripted).json()["run"].get<std::string>(), HasSubstr("run_"));
}

TEST_F(EventCommands, DeadLettersAreListedShownReplayedAndDiscarded) {
  const EventId event = shell_.house.AddEvent(account_);
  EXPECT_THAT(shell_.Run({"dead-letter", "list"}).out, HasSubstr("no dead letters"));
  ASSERT_TRUE(shell_.house.inbox.Bury(0, event, "WEBHOOK_UNREADABLE: no JSON").ok());
  EXPECT_THAT(shell_.Run({"dead-letter", "list"}).out,
              AllOf(HasSubstr(ToText(event)), HasSubstr("WEBHOOK_UNREADABLE")));
  EXPECT_THAT(shell_.Run({"dead-letter", "get", ToText(event)}).out, HasSubstr("no JSON"));
  EXPECT_THAT(shell_.Run({"dead-letter", "replay", ToText(event)}).out, HasSubstr("handed in"));
  EXPECT_EQ(shell_.Run({"dead-letter", "replay", ToText(event)}).exit_code, kRefused);
  ASSERT_TRUE(shell_.house.inbox.Bury(0, event, "WEBHOOK_UNREADABLE: no JSON").ok());
  EXPECT_THAT(shell_.Run({"dead-letter", "discard", ToText(event)}).out, HasSubstr("off the list"));
  EXPECT_THAT(shell_.Run({"dead-letter", "list"}).out, Not(HasSubstr(ToText(event))));
}

}  // namespace
}  // namespace sb::app::cli
