// Runs that several events start together: `schedule.on.all`, and `any` with `until`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/workflow/lifecycle.h"
#include "engine/core/workflow/trigger.h"
#include "tests/unit/core/run_harness.h"

namespace sb::core::workflow {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string StartedBy(const std::string& on) {
  return WorkflowWith("schedule: { on: " + on +
                      " }\ndo: [ { tell: { set: { types: '${ map(.type) }', first: "
                      "'${ $workflow.input[0].data.n }' } } } ]");
}

constexpr const char* kBoth =
    "{ all: [ { with: { type: a }, correlate: { call: { from: .data.call } } }, { with: { type: b "
    "}, "
    "correlate: { call: { from: .data.call } } } ] }";

TEST(Gathering, WaitsForOneOfEachAndHasThemAllAsItsInput) {
  RunHarness run(StartedBy("{ all: [ { with: { type: a } }, { with: { type: b } } ] }"));
  run.Open("b", {{"n", 1}});
  EXPECT_TRUE(run.run().gathering);
  EXPECT_EQ(run.status(), RunStatus::kRunning);
  run.Arrive("b", {{"n", 2}});
  EXPECT_TRUE(run.run().gathering) << "of each one, and no other";
  run.Arrive("a", {{"n", 3}});
  EXPECT_EQ(run.status(), RunStatus::kSucceeded);
  EXPECT_EQ(run.output(), (Json{{"types", {"b", "a"}}, {"first", 1}}));
}

TEST(Gathering, KeepsToOneStory) {
  RunHarness run(StartedBy(kBoth));
  run.Open("a", {{"call", 7}, {"n", 1}});
  run.Arrive("b", {{"call", 8}});
  EXPECT_TRUE(run.run().gathering);
  run.Arrive("b", {{"call", 7}});
  EXPECT_EQ(run.status(), RunStatus::kSucceeded);
}

TEST(Gathering, OpensNothingForAnEventThatDoesNotFit) {
  RunHarness run(StartedBy(kBoth));
  run.Open("b", {{"n", 1}});
  EXPECT_TRUE(run.run().gathered.empty()) << "it says nothing of a call";
}

TEST(Gathering, GoesOnUntilAConditionHolds) {
  RunHarness run(StartedBy("{ any: [ { with: { type: a } } ], until: '${ length >= 3 }' }"));
  run.Open("a", {{"n", 1}});
  run.Arrive("a", {{"n", 2}});
  EXPECT_TRUE(run.run().gathering);
  run.Arrive("a", {{"n", 3}});
  EXPECT_EQ(run.output()["types"], (Json{"a", "a", "a"}));
}

TEST(Gathering, GoesOnUntilAnEventEndsIt) {
  RunHarness run(
      StartedBy("{ any: [ { with: { type: a } } ], until: { one: { with: { type: stop } } } }"));
  run.Open("a", {{"n", 1}});
  run.Arrive("a", {{"n", 2}});
  run.Arrive("stop");
  EXPECT_EQ(run.output()["types"], (Json{"a", "a"})) << "what ends it is no part of it";
}

TEST(Gathering, IsNotOpenedByWhatWouldEndIt) {
  RunHarness run(
      StartedBy("{ any: [ { with: { type: a } } ], until: { one: { with: { type: stop } } } }"));
  run.Open("stop");
  EXPECT_THAT(run.run().gathered, IsEmpty());
}

TEST(Gathering, IsGivenUpAfterItsTime) {
  RunHarness run(
      WorkflowWith("schedule: { on: { all: [ { with: { type: a } }, { with: { type: b } } ] } }\n"
                   "do: [ { tell: { set: {} } } ]"));
  run.Open("a");
  run.Advance(23h);
  EXPECT_TRUE(run.run().gathering);
  run.Advance(1h);
  EXPECT_EQ(run.status(), RunStatus::kCancelled);
}

TEST(Gathering, HasATimeOfItsOwnAndBeginsThoseOfTheRunWhenItIsDone) {
  RunHarness run(
      "document: { dsl: '1.0.3', namespace: test, name: story, version: '1.0.0', metadata: { "
      "switchboard: { gather_for: PT10M } } }\n"
      "schedule: { on: { all: [ { with: { type: a } }, { with: { type: b } } ] } }\n"
      "timeout: { after: PT1H }\n"
      "do: [ { rest: { wait: PT2H } } ]");
  run.Open("a");
  run.Advance(9min);
  run.Arrive("b");
  run.Advance(59min);
  EXPECT_EQ(run.status(), RunStatus::kRunning);
  run.Advance(1min);
  EXPECT_EQ(run.status(), RunStatus::kFailed);
}

TEST(Gathering, CanBeCancelledButNotHeld) {
  RunHarness run(StartedBy(kBoth));
  run.Open("a", {{"call", 7}, {"n", 1}});
  run.Suspend();
  EXPECT_EQ(run.status(), RunStatus::kRunning) << "else its events would open another";
  run.Cancel("enough");
  EXPECT_EQ(run.status(), RunStatus::kCancelled);
}

TEST(Gathering, BeginsForWhoeverWatchesWhenAllIsThere) {
  RunHarness run(StartedBy(kBoth));
  run.Open("a", {{"call", 7}, {"n", 1}});
  std::vector<std::string> told;
  const auto tell = [&] {
    told.clear();
    for (const Fact& fact : run.facts()) {
      for (const LifecycleEvent& event : LifecycleOf(fact, {})) told.push_back(event.type);
    }
  };
  tell();
  EXPECT_THAT(told, IsEmpty());
  run.Arrive("b", {{"call", 7}});
  tell();
  EXPECT_EQ(told.front(), "io.serverlessworkflow.workflow.started.v1");
}

TEST(Gathering, WantsTheTypesOfAllItsEvents) {
  const RunHarness run(
      StartedBy("{ any: [ { with: { type: a } } ], until: { one: { with: { type: stop } } } }"));
  EXPECT_THAT(WantedTypes(run.Context().workflow), ElementsAre("a", "stop"));
  EXPECT_TRUE(Gathers(run.Context().workflow, "stop"));
  EXPECT_FALSE(Gathers(run.Context().workflow, "else"));
}

TEST(Gathering, CanBeDoneAgainWithWhatItWasStartedBy) {
  const std::string yaml = WorkflowWith(
      "schedule: { on: { all: [ { with: { type: a } }, { with: { type: b } } ] } }\n"
      "do: [ { look: { call: aircall.contacts.search, with: { phone_number: '1' } } } ]");
  RunHarness failed(yaml);
  failed.Open("a");
  failed.Arrive("b");
  failed.FailCall("look", Invalid("AIRCALL_REFUSED", "no"));
  const auto taken_over = TakeOver(failed.facts(), "run_1");
  ASSERT_TRUE(taken_over);
  RunHarness again(yaml);
  again.Give(Start{Json(), "run_1", 0, taken_over});
  again.SucceedCall("look", Json::object());
  EXPECT_EQ(again.status(), RunStatus::kSucceeded);
  EXPECT_EQ(again.run().input.size(), 2U);
}

}  // namespace
}  // namespace sb::core::workflow
