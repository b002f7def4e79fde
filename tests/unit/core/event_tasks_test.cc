#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/workflow/trigger.h"
#include "tests/unit/core/run_harness.h"

namespace sb::core::workflow {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

// ---- emit ----

TEST(Emit, HandsTheEventToTheInboxAndGoesOnWhenItIsStored) {
  RunHarness run(WorkflowWith(R"yaml(
do:
  - greet:
      emit:
        event:
          with:
            source: https://fake-source.com
            type: com.fake-source.user.greeted.v1
            data: { greetings: '${ "Hello \(.name)!" }' }
)yaml"));
  run.Start({{"name", "Ada"}});
  ASSERT_THAT(run.emitted(), SizeIs(1));
  EXPECT_EQ(run.status(), RunStatus::kRunning);
  run.StoreEvent("greet");
  EXPECT_EQ(run.status(), RunStatus::kSucceeded);
  EXPECT_EQ(run.output()["type"], "com.fake-source.user.greeted.v1");
  EXPECT_EQ(run.output()["source"], "https://fake-source.com");
  EXPECT_EQ(run.output()["specversion"], "1.0");
  EXPECT_EQ(run.output()["data"], (Json{{"greetings", "Hello Ada!"}}));
  EXPECT_TRUE(run.output()["time"].is_string());
  EXPECT_TRUE(run.output()["id"].is_string());
}

TEST(Emit, ComesFromTheAccountUnlessItSaysOtherwise) {
  RunHarness run(WorkflowWith("do: [ { e: { emit: { event: { with: { type: a.b } } } } } ]"));
  run.Start();
  EXPECT_EQ(run.emitted().at(0)["source"], "/accounts/" + ToText(AccountId(7)));
}

TEST(Emit, IsAskedForAgainAfterACrashWithTheSameId) {
  RunHarness run(WorkflowWith("do: [ { e: { emit: { event: { with: { type: a.b } } } } } ]"));
  run.Start();
  const Unfinished unfinished = FindUnfinished(run.run());
  ASSERT_THAT(unfinished.effects, SizeIs(1));
  EXPECT_EQ(std::get<StoreEvent>(unfinished.effects[0]).emission.event["id"],
            run.emitted().at(0)["id"]);
}

TEST(Emit, FailsWhenWhatItMakesIsNoEvent) {
  RunHarness run(WorkflowWith(
      "do: [ { e: { emit: { event: { with: { type: a.b, subject: '${ .n }' } } } } } ]"));
  run.Start({{"n", 5}});
  ASSERT_EQ(run.status(), RunStatus::kFailed);
  EXPECT_EQ(run.run().error->title, "EVENT_INVALID");
}

// ---- listen ----

constexpr const char* kListenOne = R"(
do:
  - wait:
      listen: { to: { one: { with: { type: io.aircall.call.ended, data: '${ .id == 7 }' } } } }
)";

TEST(Listen, WaitsForTheEventThatFitsAndGivesItsData) {
  RunHarness run(WorkflowWith(kListenOne));
  run.Start();
  run.Arrive("io.aircall.call.created", {{"id", 7}});
  run.Arrive("io.aircall.call.ended", {{"id", 8}});
  EXPECT_EQ(run.status(), RunStatus::kRunning);
  run.Arrive("io.aircall.call.ended", {{"id", 7}});
  EXPECT_EQ(run.output(), (Json{{{"id", 7}}}));
}

TEST(Listen, IsWhatTheSubscriptionMustKnowOf) {
  const RunHarness run(WorkflowWith(kListenOne));
  EXPECT_THAT(WantedTypes(run.Context().workflow), ElementsAre("io.aircall.call.ended"));
}

TEST(Listen, IgnoresAnEventThatItHadBefore) {
  RunHarness run(WorkflowWith(R"(
do:
  - first: { listen: { to: { one: { with: { type: a } } } } }
  - second: { listen: { to: { one: { with: { type: a } } } } }
)"));
  run.Start();
  run.Arrive("a");  // the harness gives every input twice
  EXPECT_EQ(run.TaskNamed("second").status, TaskStatus::kWaiting);
}

TEST(Listen, ReadsTheEnvelopeOrTheRawData) {
  RunHarness envelope(WorkflowWith(
      "do: [ { w: { listen: { to: { one: { with: { type: a } } }, read: envelope } } } ]"));
  envelope.Start();
  envelope.Arrive("a", {{"n", 1}});
  EXPECT_EQ(envelope.output()[0]["type"], "a");
  EXPECT_EQ(envelope.output()[0]["data"], (Json{{"n", 1}}));
  RunHarness raw(
      WorkflowWith("do: [ { w: { listen: { to: { one: { with: { type: a } } }, read: raw } } } ]"));
  raw.Start();
  raw.Arrive("a", {{"n", 1}});
  EXPECT_EQ(raw.output(), (Json{R"({"n":1})"}));
}

TEST(Listen, ToAnyTakesTheFirstThatFits) {
  RunHarness run(
      WorkflowWith("do: [ { w: { listen: { to: { any: [ { with: { type: a } }, { with: { type: b } "
                   "} ] } } } } ]"));
  run.Start();
  run.Arrive("b", {{"n", 2}});
  EXPECT_EQ(run.output(), (Json{{{"n", 2}}}));
}

TEST(Listen, ToAllWaitsForOneOfEach) {
  RunHarness run(
      WorkflowWith("do: [ { w: { listen: { to: { all: [ { with: { type: a } }, { with: { type: b } "
                   "} ] } } } } ]"));
  run.Start();
  run.Arrive("a", {{"n", 1}});
  run.Arrive("a", {{"n", 2}});
  EXPECT_EQ(run.status(), RunStatus::kRunning);
  run.Arrive("b", {{"n", 3}});
  EXPECT_EQ(run.output(), (Json{{{"n", 1}}, {{"n", 3}}}));
}

TEST(Listen, GoesOnUntilAConditionHolds) {
  RunHarness run(
      WorkflowWith("do: [ { w: { listen: { to: { any: [ { with: { type: a } } ], until: '${ length "
                   ">= 2 }' } } } } ]"));
  run.Start();
  run.Arrive("a", {{"n", 1}});
  EXPECT_EQ(run.status(), RunStatus::kRunning);
  run.Arrive("a", {{"n", 2}});
  EXPECT_EQ(run.output(), (Json{{{"n", 1}}, {{"n", 2}}}));
}

TEST(Listen, GoesOnUntilAnEventEndsIt) {
  RunHarness run(WorkflowWith(R"(
do:
  - w: { listen: { to: { any: [], until: { one: { with: { type: stop } } } } } }
)"));
  run.Start();
  run.Arrive("a", {{"n", 1}});
  run.Arrive("b", {{"n", 2}});
  run.Arrive("stop");
  EXPECT_EQ(run.output(), (Json{{{"n", 1}}, {{"n", 2}}}));
}

TEST(Listen, TakesOnlyEventsOfTheSameStory) {
  RunHarness run(WorkflowWith(R"(
do:
  - w:
      listen:
        to:
          all:
            - with: { type: ringing }
              correlate: { call: { from: .data.id } }
            - with: { type: ended }
              correlate: { call: { from: .data.id } }
)"));
  run.Start();
  run.Arrive("ringing", {{"id", 7}});
  run.Arrive("ended", {{"id", 8}});
  EXPECT_EQ(run.status(), RunStatus::kRunning);
  run.Arrive("ended", {{"id", 7}});
  EXPECT_EQ(run.status(), RunStatus::kSucceeded);
}

TEST(Listen, CanExpectAValueOfTheRun) {
  RunHarness run(WorkflowWith(R"(
do:
  - w:
      listen:
        to: { one: { with: { type: ended }, correlate: { call: { from: .data.id, expect: '${ .wanted }' } } } }
)"));
  run.Start({{"wanted", 9}});
  run.Arrive("ended", {{"id", 8}});
  run.Arrive("ended", {{"id", 9}});
  EXPECT_EQ(run.output(), (Json{{{"id", 9}}}));
}

TEST(Listen, DoesItsTasksForEachEventOneAfterTheOther) {
  RunHarness run(WorkflowWith(R"yaml(
do:
  - w:
      listen: { to: { any: [ { with: { type: a } } ], until: '${ length >= 2 }' } }
      foreach:
        item: call
        at: i
        do:
          - note: { call: aircall.calls.comment, with: { call_id: '${ $call.id }', content: '${ "no. \($i)" }' } }
        output: { as: '${ { done: .id } }' }
)yaml"));
  run.Start();
  run.Arrive("a", {{"id", 11}});
  EXPECT_EQ(run.Wanted("note").input, (Json{{"call_id", 11}, {"content", "no. 0"}}));
  run.Arrive("a", {{"id", 12}});
  EXPECT_EQ(run.Wanted("note").input["call_id"], 11) << "one after the other";
  run.SucceedCall("note", {{"id", 1}});
  EXPECT_EQ(run.Wanted("note").input, (Json{{"call_id", 12}, {"content", "no. 1"}}));
  run.SucceedCall("note", {{"id", 2}});
  EXPECT_EQ(run.output(), (Json{{{"done", 1}}, {{"done", 2}}}));
}

TEST(Listen, EndsWithItsTimeout) {
  RunHarness run(
      WorkflowWith("do: [ { w: { listen: { to: { one: { with: { type: a } } } }, timeout: { after: "
                   "PT1M } } } ]"));
  run.Start();
  run.Advance(std::chrono::minutes(1));
  EXPECT_EQ(run.status(), RunStatus::kFailed);
  EXPECT_EQ(run.run().listening, 0);
}

TEST(Listen, KnowsAtAnyTimeWhetherItListens) {
  RunHarness run(WorkflowWith(kListenOne));
  EXPECT_EQ(run.run().listening, 0);
  run.Start();
  EXPECT_EQ(run.run().listening, 1);
  run.Arrive("io.aircall.call.ended", {{"id", 7}});
  EXPECT_EQ(run.run().listening, 0);
}

}  // namespace
}  // namespace sb::core::workflow
