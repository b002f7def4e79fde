#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/core/run_harness.h"

namespace sb::core::workflow {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(Flow, RunsTasksInTheOrderTheyStand) {
  RunHarness run(WorkflowWith(R"(
do:
  - setRed: { set: { colors: '${ .colors + [ "red" ] }' } }
  - setGreen: { set: { colors: '${ .colors + [ "green" ] }' } }
  - setBlue: { set: { colors: '${ .colors + [ "blue" ] }' } }
)"));
  run.Start();
  EXPECT_EQ(run.output(), (Json{{"colors", {"red", "green", "blue"}}}));
  EXPECT_THAT(run.Path(), ElementsAre("setRed", "setGreen", "setBlue"));
}

TEST(Flow, FollowsThenForwardsAndBackwards) {
  RunHarness run(WorkflowWith(R"(
do:
  - setRed: { set: { colors: '${ .colors + [ "red" ] }' }, then: setGreen }
  - setBlue: { set: { colors: '${ .colors + [ "blue" ] }' }, then: end }
  - setGreen: { set: { colors: '${ .colors + [ "green" ] }' }, then: setBlue }
)"));
  run.Start();
  EXPECT_EQ(run.output(), (Json{{"colors", {"red", "green", "blue"}}}));
}

TEST(Flow, ABlockPassesOnWhatItsLastTaskLeft) {
  RunHarness run(WorkflowWith(R"(
do:
  - block:
      do:
        - one: { set: { n: 1 } }
        - inner: { do: [ { two: { set: { n: '${ .n + 1 }' } } } ] }
  - three: { set: { n: '${ .n + 1 }' } }
)"));
  run.Start();
  EXPECT_EQ(run.output(), (Json{{"n", 3}}));
  EXPECT_EQ(run.TaskNamed("two").ref, "/do/0/block/do/1/inner/do/0/two");
  EXPECT_EQ(run.TaskNamed("two").parent, "/do/0/block/do/1/inner");
  EXPECT_EQ(run.TaskNamed("block").parent, "");
}

TEST(Flow, ExitLeavesTheBlockAndEndTheWorkflow) {
  RunHarness run(WorkflowWith(R"(
do:
  - block:
      do:
        - one: { set: { n: 1 }, then: exit }
        - never: { set: { n: 99 } }
  - two:
      do:
        - last: { set: { n: '${ .n + 1 }' }, then: end }
  - neverToo: { set: { n: 99 } }
)"));
  run.Start();
  EXPECT_EQ(run.output(), (Json{{"n", 2}}));
  EXPECT_THAT(run.Path(), ElementsAre("block", "one", "two", "last"));
  EXPECT_EQ(run.TaskNamed("two").status, TaskStatus::kCompleted);
}

TEST(Flow, ExitInTheOutermostBlockEndsTheWorkflow) {
  RunHarness run(
      WorkflowWith("do: [ { one: { set: { n: 1 }, then: exit } }, { two: { set: { n: 2 } } } ]"));
  run.Start();
  EXPECT_EQ(run.output(), (Json{{"n", 1}}));
}

TEST(Flow, ATaskWhoseIfIsFalseIsSkippedAndPassesItsInputOn) {
  RunHarness run(WorkflowWith(R"(
do:
  - one: { set: { n: 1 } }
  - two: { if: .n > 5, set: { n: 99 }, then: four }
  - three: { set: { n: 98 } }
  - four: { if: '${ $steps.two == null }', set: { n: '${ .n + 1 }' } }
)"));
  run.Start();
  EXPECT_EQ(run.TaskNamed("two").status, TaskStatus::kSkipped);
  EXPECT_THAT(run.Path(), ElementsAre("one", "two", "four"))
      << "a skipped task still leads where its `then` says";
  EXPECT_EQ(run.output(), (Json{{"n", 2}})) << "and it is no step with an output";
}

TEST(Flow, AnIfThatCannotBeEvaluatedFailsTheTask) {
  RunHarness run(WorkflowWith("do: [ { one: { if: .a.b, set: { n: 1 } } } ]"));
  run.Start({{"a", "text"}});
  EXPECT_EQ(run.status(), RunStatus::kFailed);
  EXPECT_EQ(run.TaskNamed("one").status, TaskStatus::kFailed);
  EXPECT_EQ(run.run().error->type, "https://serverlessworkflow.io/spec/1.0.0/errors/expression");
}

TEST(Switch, TakesTheFirstCaseThatMatches) {
  const std::string yaml = WorkflowWith(R"(
do:
  - choose:
      switch:
        - other: { then: setOther }
        - red: { when: .color == "red", then: setRed }
        - alsoRed: { when: '${ .color == "red" }', then: end }
  - setRed: { set: { is: red }, then: end }
  - setOther: { set: { is: '${ "not red but " + $input.color }' } }
)");
  RunHarness red(yaml);
  red.Start({{"color", "red"}});
  EXPECT_EQ(red.output(), (Json{{"is", "red"}}));
  RunHarness yellow(yaml);
  yellow.Start({{"color", "yellow"}});
  EXPECT_EQ(yellow.output(), (Json{{"is", "not red but yellow"}}));
}

TEST(Switch, WithoutAMatchGoesWhereItsThenSays) {
  RunHarness run(WorkflowWith(R"(
do:
  - choose: { switch: [ { red: { when: .color == "red", then: paint } } ], then: end }
  - paint: { set: { painted: true } }
)"));
  run.Start({{"color", "blue"}});
  EXPECT_EQ(run.output(), (Json{{"color", "blue"}}));
}

TEST(Switch, FailsWhenACaseCannotBeEvaluated) {
  RunHarness run(
      WorkflowWith("do: [ { choose: { switch: [ { red: { when: .a.b, then: end } } ] } } ]"));
  run.Start({{"a", 1}});
  EXPECT_EQ(run.status(), RunStatus::kFailed);
}

TEST(Set, CanBeOneExpression) {
  RunHarness run(WorkflowWith("do: [ { pick: { set: '${ .a }' } } ]"));
  run.Start({{"a", {1, 2}}});
  EXPECT_EQ(run.output(), (Json{1, 2}));
}

TEST(Wait, WaitsForItsDuration) {
  RunHarness run(WorkflowWith(
      "do: [ { pause: { wait: { minutes: 15 } } }, { after: { set: { done: true } } } ]"));
  run.Start({{"n", 1}});
  EXPECT_EQ(run.TaskNamed("pause").status, TaskStatus::kWaiting);
  EXPECT_EQ(*run.TaskNamed("pause").due, run.now() + minutes(15));
  run.Advance(minutes(14));
  EXPECT_EQ(run.status(), RunStatus::kRunning);
  run.Advance(minutes(1));
  EXPECT_EQ(run.status(), RunStatus::kSucceeded);
  EXPECT_EQ(run.TaskNamed("pause").output, (Json{{"n", 1}}));
}

TEST(Wait, TakesIsoTextsAndExpressions) {
  RunHarness iso(WorkflowWith("do: [ { pause: { wait: P1DT1H } } ]"));
  iso.Start();
  EXPECT_EQ(*iso.TaskNamed("pause").due, iso.now() + hours(25));
  RunHarness dynamic(WorkflowWith("do: [ { pause: { wait: '${ .for }' } } ]"));
  dynamic.Start({{"for", "PT2S"}});
  EXPECT_EQ(*dynamic.TaskNamed("pause").due, dynamic.now() + seconds(2));
  RunHarness wrong(WorkflowWith("do: [ { pause: { wait: '${ .for }' } } ]"));
  wrong.Start({{"for", "soon"}});
  EXPECT_EQ(wrong.run().error->title, "DURATION_INVALID");
}

TEST(Wait, ATimerThatGoesOffTooEarlyIsSetAgain) {
  RunHarness run(WorkflowWith("do: [ { pause: { wait: PT10S } } ]"));
  run.Start();
  const Decision decision = run.Give(Due{"/do/0/pause"});
  EXPECT_THAT(decision.facts, IsEmpty());
  ASSERT_THAT(decision.effects, SizeIs(1));
  EXPECT_EQ(std::get<WakeAt>(decision.effects[0]).due, run.now() + seconds(10));
}

TEST(Raise, FailsTheRunWithItsError) {
  RunHarness run(WorkflowWith(R"(
use: { errors: { tooMany: { type: 'https://acme.com/errors/too-many', status: 429, title: Too many } } }
do:
  - named: { if: .named, raise: { error: tooMany } }
  - inline:
      raise: { error: { type: 'https://acme.com/errors/odd', status: '${ .status }', detail: '${ "because " + .why }' } }
)"));
  run.Start({{"named", false}, {"status", 418}, {"why", "tea"}});
  EXPECT_EQ(*run.run().error,
            (TaskError{"https://acme.com/errors/odd", 418, "", "because tea", "/do/1/inline"}));
  RunHarness named(WorkflowWith(R"(
use: { errors: { tooMany: { type: 'https://acme.com/errors/too-many', status: 429, title: Too many } } }
do: [ { named: { raise: { error: tooMany } } } ]
)"));
  named.Start();
  EXPECT_EQ(*named.run().error,
            (TaskError{"https://acme.com/errors/too-many", 429, "Too many", "", "/do/0/named"}));
}

TEST(Cancel, EndsTheRunAndWhatComesLateIsIgnored) {
  RunHarness run(WorkflowWith(
      "do: [ { note: { call: aircall.calls.comment, with: { call_id: 1, content: x } } } ]"));
  run.Start();
  run.Cancel("no longer needed");
  EXPECT_EQ(run.status(), RunStatus::kCancelled);
  EXPECT_EQ(run.TaskNamed("note").status, TaskStatus::kCancelled);
  EXPECT_THAT(run.Give(CallOutcome{"/do/0/note", 1, Json()}).facts, IsEmpty());
  EXPECT_THAT(run.Give(Due{"/do/0/note"}).facts, IsEmpty());
  EXPECT_THAT(run.Give(Cancel{"again"}).facts, IsEmpty());
}

TEST(Cancel, EndsAParkedOrWaitingRunToo) {
  RunHarness waiting(WorkflowWith("do: [ { pause: { wait: PT10S } } ]"));
  waiting.Start();
  waiting.Cancel("enough");
  EXPECT_EQ(waiting.status(), RunStatus::kCancelled);
  RunHarness parked(
      WorkflowWith("do: [ { ring: { call: aircall.calls.dial, with: { to: '1' } } } ]"));
  parked.Start();
  parked.FailCall("ring", InDoubt("LOST", "lost"));
  parked.Cancel("enough");
  EXPECT_EQ(parked.status(), RunStatus::kCancelled);
  EXPECT_EQ(parked.run().parked_code, "");
}

TEST(Inputs, ThatNeverFitChangeNothing) {
  RunHarness run(WorkflowWith(
      "do: [ { note: { call: aircall.calls.comment, with: { call_id: 1, content: x } } } ]"));
  EXPECT_THAT(run.Give(Cancel{"before it began"}).facts, IsEmpty());
  EXPECT_THAT(run.Give(Resume{}).facts, IsEmpty());
  EXPECT_THAT(run.Give(CallOutcome{"/do/0/note", 1, Json()}).facts, IsEmpty());
  run.Start();
  EXPECT_THAT(run.Give(CallOutcome{"/do/0/note", 2, Json()}).facts, IsEmpty());
  EXPECT_THAT(run.Give(CallOutcome{"/do/0/nobody", 1, Json()}).facts, IsEmpty());
  EXPECT_THAT(run.Give(ReadBackOutcome{"/do/0/note", 1, 1, std::optional<Json>()}).facts,
              IsEmpty());
  EXPECT_THAT(run.Give(Due{"/do/0/note"}).facts, IsEmpty());
  EXPECT_THAT(run.Give(Resume{}).facts, IsEmpty());
}

TEST(Limits, AFlowThatNeverEndsFailsWithAReason) {
  RunHarness run(WorkflowWith(R"(
do:
  - pause: { wait: PT1S }
  - block: { do: [ { spin: { switch: [ { again: { when: .go, then: spin } } ] } } ] }
)"));
  run.Start({{"go", true}});
  // Straight to the core: the harness' check of every prefix would take minutes for ten thousand
  // tasks.
  workflow::Run state = run.run();
  DecideContext context = run.Context();
  context.now += seconds(1);
  const Decision decision = DecideAndApply(context, state, Due{"/do/0/pause"});
  EXPECT_EQ(state.status, RunStatus::kFailed);
  EXPECT_EQ(state.error->title, "RUN_TOO_LONG");
  EXPECT_THAT(state.error->detail, HasSubstr("10,000 tasks"));
  EXPECT_EQ(state.entered, kMaxTasksEntered);
  EXPECT_EQ(state.tasks.size(), 3);
}

}  // namespace
}  // namespace sb::core::workflow
