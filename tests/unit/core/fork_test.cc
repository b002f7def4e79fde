#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/core/run_harness.h"

namespace sb::core::workflow {
namespace {

using ::testing::ElementsAre;

constexpr const char* kTwoCalls = R"(
do:
  - both:
      fork:
        branches:
          - tags: { call: aircall.tags.list, with: {} }
          - note: { call: aircall.calls.comment, with: { call_id: 7, content: Hello } }
)";

constexpr const char* kRace = R"(
do:
  - first:
      fork:
        compete: true
        branches:
          - slow: { wait: PT10S }
          - quick: { call: aircall.tags.list, with: {} }
)";

TEST(Fork, StartsItsBranchesTogetherAndGathersTheirOutputsInOrder) {
  RunHarness run(WorkflowWith(kTwoCalls));
  run.Start();
  EXPECT_THAT(run.requests(),
              ElementsAre("aircall.tags.list:1.0.0#1", "aircall.calls.comment:1.0.0#1"));
  run.SucceedCall("note", {{"note", 1}});
  EXPECT_EQ(run.status(), RunStatus::kRunning);
  run.SucceedCall("tags", {{"tags", 2}});
  EXPECT_EQ(run.output(), (Json{{{"tags", 2}}, {{"note", 1}}}));
  EXPECT_EQ(run.TaskNamed("note").ref, "/do/0/both/fork/branches/1/note");
  EXPECT_EQ(run.TaskNamed("note").parent, "/do/0/both");
}

TEST(Fork, GivesEveryBranchTheSameInput) {
  RunHarness run(WorkflowWith(R"(
do:
  - count: { set: { n: 1 } }
  - both:
      fork:
        branches:
          - a: { set: { a: '${ .n }' } }
          - b: { set: { b: '${ .n }' } }
)"));
  run.Start();
  EXPECT_EQ(run.output(), (Json{{{"a", 1}}, {{"b", 1}}}));
}

TEST(Fork, ThatCompetesGoesOnWithTheFirstAndGivesUpTheOthers) {
  RunHarness run(WorkflowWith(kRace));
  run.Start();
  run.SucceedCall("quick", {{"won", true}});
  EXPECT_EQ(run.output(), (Json{{"won", true}}));
  EXPECT_EQ(run.TaskNamed("slow").status, TaskStatus::kCancelled);
  run.Advance(std::chrono::minutes(1));
  EXPECT_EQ(run.status(), RunStatus::kSucceeded);
}

TEST(Fork, ThatCompetesWithBranchesThatEndAtOnceHasOneWinner) {
  RunHarness run(WorkflowWith(R"(
do:
  - branchWithCompete:
      fork:
        compete: true
        branches:
          - setRed: { set: { colors: '${ .colors + ["red"] }' } }
          - setGreen: { set: { colors: '${ .colors + ["green"] }' } }
)"));
  run.Start();
  EXPECT_EQ(run.output(), (Json{{"colors", {"red"}}}));
}

TEST(Fork, FailsWithItsFirstBranchThatFailsAndGivesUpTheOthers) {
  RunHarness run(WorkflowWith(kTwoCalls));
  run.Start();
  run.FailCall("tags", NotFound("GONE", "there are no tags"));
  EXPECT_EQ(run.status(), RunStatus::kFailed);
  EXPECT_EQ(run.run().error->instance, "/do/0/both/fork/branches/0/tags");
  EXPECT_EQ(run.TaskNamed("note").status, TaskStatus::kCancelled);
}

TEST(Fork, ThatCompetesFailsOnlyWhenAllBranchesFail) {
  RunHarness run(WorkflowWith(R"(
do:
  - first:
      fork:
        compete: true
        branches:
          - one: { call: aircall.tags.list, with: {} }
          - two: { call: aircall.tags.list, with: {} }
)"));
  run.Start();
  run.FailCall("one", NotFound("GONE", "the first"));
  EXPECT_EQ(run.status(), RunStatus::kRunning);
  run.FailCall("two", NotFound("GONE", "the second"));
  EXPECT_EQ(run.status(), RunStatus::kFailed);
  EXPECT_EQ(run.run().error->detail, "the second");
}

TEST(Fork, ThatCompetesIsWonByABranchThatEndsRightAfterTheOtherFailed) {
  RunHarness run(WorkflowWith(R"(
do:
  - first:
      fork:
        compete: true
        branches:
          - broken: { raise: { error: { type: 'https://example.com/broken', status: 400 } } }
          - quick: { set: { won: true } }
)"));
  run.Start();
  EXPECT_EQ(run.output(), (Json{{"won", true}}));
}

TEST(Fork, CanBeCaughtAndRetriedWhole) {
  RunHarness run(WorkflowWith(R"(
do:
  - attempt:
      try:
        - both:
            fork:
              branches:
                - one: { call: aircall.tags.list, with: {} }
                - two: { wait: PT1S }
      catch: { retry: { limit: { attempt: { count: 2 } } } }
)"));
  run.Start();
  run.FailCall("one", NotFound("GONE", "not yet"));
  EXPECT_EQ(run.status(), RunStatus::kRunning);
  run.SucceedCall("one", Json::object());
  run.Advance(std::chrono::seconds(2));
  EXPECT_EQ(run.status(), RunStatus::kSucceeded);
}

TEST(Fork, GoesOnBesideABranchThatWaitsForAPerson) {
  RunHarness run(WorkflowWith(kTwoCalls));
  run.Start();
  run.FailCall("tags", Unauthorized("AIRCALL_UNAUTHORIZED", "the key was revoked"));
  EXPECT_EQ(run.status(), RunStatus::kParked);
  run.SucceedCall("note", {{"note", 1}});
  EXPECT_EQ(run.TaskNamed("note").status, TaskStatus::kCompleted);
  run.Resume();
  run.SucceedCall("tags", {{"tags", 2}});
  EXPECT_EQ(run.output(), (Json{{{"tags", 2}}, {{"note", 1}}}));
}

TEST(Fork, IsNoLongerParkedWhenTheBranchThatWaitedHasLost) {
  RunHarness run(WorkflowWith(R"(
do:
  - first:
      fork:
        compete: true
        branches:
          - locked: { call: aircall.tags.list, with: {} }
          - timer: { wait: PT1S }
  - after: { wait: PT1S }
)"));
  run.Start();
  run.FailCall("locked", Unauthorized("AIRCALL_UNAUTHORIZED", "the key was revoked"));
  EXPECT_EQ(run.status(), RunStatus::kParked);
  run.Advance(std::chrono::seconds(1));
  EXPECT_EQ(run.status(), RunStatus::kRunning);
  run.Advance(std::chrono::seconds(1));
  EXPECT_EQ(run.status(), RunStatus::kSucceeded);
}

TEST(Fork, LetsABranchEndTheRun) {
  RunHarness run(WorkflowWith(R"(
do:
  - both:
      fork:
        branches:
          - stop: { set: { stopped: true }, then: end }
          - never: { wait: PT1H }
)"));
  run.Start();
  EXPECT_EQ(run.status(), RunStatus::kSucceeded);
  EXPECT_EQ(run.output(), (Json{{"stopped", true}}));
}

}  // namespace
}  // namespace sb::core::workflow
