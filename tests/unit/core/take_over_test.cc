#include <gmock/gmock.h>

#include "tests/unit/core/run_harness.h"

namespace sb::core::workflow {
namespace {

using ::testing::ElementsAre;

constexpr const char* kTwoSteps = R"(do:
  - look: { call: aircall.contacts.search, with: { phone_number: "1" } }
  - group:
      do:
        - note: { call: aircall.calls.comment, with: { call_id: 1, content: "${ $steps.look.output.name }" } }
  - last: { set: { done: true } }
)";

/// A run of the two steps that failed at the second.
RunHarness Failed() {
  RunHarness run(WorkflowWith(kTwoSteps));
  run.Start();
  run.SucceedCall("look", {{"name", "Ada"}});
  run.FailCall("note", Invalid("AIRCALL_REFUSED", "no such call"));
  EXPECT_EQ(run.status(), RunStatus::kFailed);
  return run;
}

TEST(TakeOver, GoesOnAtTheTaskThatFailedAndDoesNothingTwice) {
  const RunHarness failed = Failed();
  const auto taken_over = TakeOver(failed.facts(), "run_1");
  ASSERT_TRUE(taken_over);
  EXPECT_EQ(taken_over->from, "/do/1/group/do/0/note");
  RunHarness again(WorkflowWith(kTwoSteps));
  again.Give(Start{Json(), "run_1", 0, taken_over});
  EXPECT_EQ(again.status(), RunStatus::kRunning);
  EXPECT_EQ(again.Wanted("note").input["content"], "Ada") << "what was done is there";
  EXPECT_THAT(again.Path(), ElementsAre("look", "group", "note", "note"));
  again.AdmitCall("note");
  again.SucceedCall("note", {{"id", 1}});
  EXPECT_EQ(again.status(), RunStatus::kSucceeded);
  EXPECT_EQ(again.output(), (Json{{"done", true}}));
}

TEST(TakeOver, NamesTheRunThatFailedInItsFirstFact) {
  const auto taken_over = TakeOver(Failed().facts(), "run_1");
  EXPECT_EQ(std::get<RunStarted>(taken_over->facts.front().body).retried_from, "run_1");
}

TEST(TakeOver, IsOnlyForRunsInWhichATaskFailed) {
  RunHarness going(WorkflowWith(kTwoSteps));
  going.Start();
  EXPECT_FALSE(TakeOver(going.facts(), "run_1"));
  going.Cancel("enough");
  EXPECT_FALSE(TakeOver(going.facts(), "run_1"));
  EXPECT_FALSE(TakeOver({}, "run_1"));
  RunHarness outside(WorkflowWith(
      "output: { schema: { document: { type: string } } }\ndo: [ { a: { set: { n: 1 } } } ]"));
  outside.Start();
  ASSERT_EQ(outside.status(), RunStatus::kFailed);
  EXPECT_FALSE(TakeOver(outside.facts(), "run_1"));
}

}  // namespace
}  // namespace sb::core::workflow
