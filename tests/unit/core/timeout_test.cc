#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/core/run_harness.h"

namespace sb::core::workflow {
namespace {

using namespace std::chrono_literals;

TEST(Timeout, FailsATaskThatTakesTooLong) {
  RunHarness run(WorkflowWith(R"(
do:
  - tags: { call: aircall.tags.list, with: {}, timeout: { after: PT5S } }
)"));
  run.Start();
  run.Advance(4999ms);
  EXPECT_EQ(run.status(), RunStatus::kRunning);
  run.Advance(1ms);
  ASSERT_EQ(run.status(), RunStatus::kFailed);
  EXPECT_EQ(run.run().error->type,
            std::string("https://serverlessworkflow.io/spec/1.0.0/errors/timeout"));
  EXPECT_EQ(run.run().error->status, 408);
  EXPECT_EQ(run.run().error->instance, "/do/0/tags");
}

TEST(Timeout, LeavesATaskAloneThatIsDoneInTime) {
  RunHarness run(WorkflowWith(R"(
do:
  - tags: { call: aircall.tags.list, with: {}, timeout: { after: { seconds: 5 } } }
  - rest: { wait: PT1M }
)"));
  run.Start();
  run.SucceedCall("tags", Json::object());
  run.Advance(1min);
  EXPECT_EQ(run.status(), RunStatus::kSucceeded);
}

TEST(Timeout, GivesUpEverythingInsideOfABlock) {
  RunHarness run(WorkflowWith(R"(
do:
  - block:
      timeout: { after: PT5S }
      do:
        - inner: { do: [ { nap: { wait: PT1H } } ] }
)"));
  run.Start();
  run.Advance(5s);
  EXPECT_EQ(run.status(), RunStatus::kFailed);
  EXPECT_EQ(run.TaskNamed("nap").status, TaskStatus::kCancelled);
  EXPECT_EQ(run.run().error->instance, "/do/0/block");
}

TEST(Timeout, CanBeNamedAndCaught) {
  RunHarness run(WorkflowWith(R"(
use: { timeouts: { brief: { after: PT2S } } }
do:
  - attempt:
      try: [ { nap: { wait: PT1H, timeout: brief } } ]
      catch:
        errors: { with: { type: https://serverlessworkflow.io/dsl/errors/types/timeout, status: 408 } }
        do: [ { late: { set: { late: true } } } ]
)"));
  run.Start();
  run.Advance(2s);
  EXPECT_EQ(run.output(), (Json{{"late", true}}));
}

TEST(Timeout, TakesItsTimeFromAnExpression) {
  RunHarness run(WorkflowWith(R"yaml(
do:
  - nap: { wait: PT1H, timeout: { after: '${ "PT\(.patience)S" }' } }
)yaml"));
  run.Start({{"patience", 3}});
  run.Advance(3s);
  EXPECT_EQ(run.status(), RunStatus::kFailed);
}

TEST(Timeout, OfTheWorkflowEndsTheRun) {
  RunHarness run(WorkflowWith(R"(
timeout: { after: PT10S }
do:
  - attempt: { try: [ { nap: { wait: PT1H } } ], catch: { do: [ { never: { set: { n: 1 } } } ] } }
)"));
  run.Start();
  run.Advance(10s);
  ASSERT_EQ(run.status(), RunStatus::kFailed);
  EXPECT_EQ(run.run().error->status, 408);
  EXPECT_EQ(run.TaskNamed("nap").status, TaskStatus::kCancelled);
}

TEST(Timeout, OfOneAttemptIsRetried) {
  RunHarness run(WorkflowWith(R"(
do:
  - attempt:
      try: [ { tags: { call: aircall.tags.list, with: {} } } ]
      catch:
        retry: { delay: PT1S, limit: { attempt: { count: 3, duration: PT5S } } }
)"));
  run.Start();
  run.Advance(5s);  // the first attempt is given up
  run.Advance(1s);  // and the second begins
  run.Advance(4s);
  run.SucceedCall("tags", {{"tags", 1}});
  EXPECT_EQ(run.output(), (Json{{"tags", 1}}));
}

TEST(Timeout, OfOneAttemptDoesNotRunWhileTheNextOneIsWaitedFor) {
  RunHarness run(WorkflowWith(R"(
do:
  - attempt:
      try: [ { tags: { call: aircall.tags.list, with: {} } } ]
      catch:
        retry: { delay: PT1M, limit: { attempt: { count: 2, duration: PT5S } } }
)"));
  run.Start();
  run.FailCall("tags", NotFound("GONE", "not yet"));
  run.Advance(1min);
  EXPECT_EQ(run.TaskNamed("attempt").round, 1);
  run.SucceedCall("tags", {{"tags", 1}});
  EXPECT_EQ(run.status(), RunStatus::kSucceeded);
}

TEST(Timeout, OfAllAttemptsTogetherEndsTheRetries) {
  RunHarness run(WorkflowWith(R"(
do:
  - attempt:
      try: [ { tags: { call: aircall.tags.list, with: {} } } ]
      catch: { retry: { delay: PT10S, limit: { duration: PT25S } } }
)"));
  run.Start();
  for (int i = 0; i < 2; ++i) {
    run.FailCall("tags", NotFound("GONE", "not yet"));
    EXPECT_EQ(run.status(), RunStatus::kRunning);
    run.Advance(10s);
  }
  run.FailCall("tags", NotFound("GONE", "not yet"));  // 20 s have passed: another would begin at 30
  EXPECT_EQ(run.status(), RunStatus::kFailed);
}

TEST(Timeout, IsRememberedOverACrash) {
  RunHarness run(WorkflowWith(
      "do: [ { tags: { call: aircall.tags.list, with: {}, timeout: { after: PT5S } } } ]"));
  run.Start();
  const Unfinished unfinished = FindUnfinished(run.run());
  bool woken = false;
  for (const Effect& effect : unfinished.effects) {
    const auto* wake = std::get_if<WakeAt>(&effect);
    woken = woken || (wake != nullptr && wake->due == run.now() + 5s);
  }
  EXPECT_TRUE(woken);
}

}  // namespace
}  // namespace sb::core::workflow
