#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/core/run_harness.h"

namespace sb::core::workflow {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr const char* kParent = R"(
do:
  - helper:
      run: { workflow: { namespace: acme, name: helper, version: '1.0.0', input: { who: '${ .name }' } } }
)";

TEST(RunWorkflow, StartsTheOtherWorkflowAndTakesItsOutput) {
  RunHarness run(WorkflowWith(kParent));
  run.Start({{"name", "Ada"}});
  ASSERT_THAT(run.children(), SizeIs(1));
  const ChildWanted& wanted = run.children()[0].wanted;
  EXPECT_EQ(wanted.workspace, "acme");
  EXPECT_EQ(wanted.name, "helper");
  EXPECT_EQ(wanted.version, "1.0.0");
  EXPECT_EQ(wanted.input, (Json{{"who", "Ada"}}));
  EXPECT_EQ(run.children()[0].depth, 1);
  run.StartChild("helper");
  EXPECT_EQ(run.status(), RunStatus::kRunning);
  run.EndChild("helper", {{"helped", true}});
  EXPECT_EQ(run.output(), (Json{{"helped", true}}));
}

TEST(RunWorkflow, PassesItsInputOnWhenNoneIsGiven) {
  RunHarness run(
      WorkflowWith("do: [ { h: { run: { workflow: { namespace: acme, name: helper } } } } ]"));
  run.Start({{"n", 1}});
  EXPECT_EQ(run.children().at(0).wanted.input, (Json{{"n", 1}}));
  EXPECT_EQ(run.children().at(0).wanted.version, "");
}

TEST(RunWorkflow, GoesOnAtOnceWhenItDoesNotAwait) {
  RunHarness run(
      WorkflowWith("do: [ { h: { run: { workflow: { namespace: a, name: b, version: latest }, "
                   "await: false } } } ]"));
  run.Start({{"n", 1}});
  run.StartChild("h");
  EXPECT_EQ(run.output(), (Json{{"n", 1}}));
}

TEST(RunWorkflow, FailsWhereItStandsWhenTheChildFails) {
  RunHarness run(WorkflowWith(kParent));
  run.Start();
  run.FailChild("helper", {"https://acme.example/errors/full", 507, "FULL", "no room", "/do/3/x"});
  ASSERT_EQ(run.status(), RunStatus::kFailed);
  EXPECT_EQ(run.run().error->status, 507);
  EXPECT_EQ(run.run().error->instance, "/do/0/helper");
}

TEST(RunWorkflow, AsksAgainForTheSameChildAfterACrash) {
  RunHarness run(WorkflowWith(kParent));
  run.Start();
  run.StartChild("helper");
  const Unfinished unfinished = FindUnfinished(run.run());
  ASSERT_THAT(unfinished.effects, SizeIs(1));
  EXPECT_EQ(std::get<StartChild>(unfinished.effects[0]).wanted.op_key,
            run.children()[0].wanted.op_key);
}

TEST(RunWorkflow, CancelsAChildThatTookTooLong) {
  RunHarness run(WorkflowWith(
      "do: [ { h: { run: { workflow: { namespace: a, name: b } }, timeout: { after: PT1M } } } ]"));
  run.Start();
  run.StartChild("h");
  run.Advance(std::chrono::minutes(1));
  EXPECT_EQ(run.status(), RunStatus::kFailed);
  EXPECT_THAT(run.cancelled_children(), ElementsAre("/do/0/h"));
}

TEST(RunWorkflow, EndsAChainThatNeverWould) {
  RunHarness run(WorkflowWith(kParent));
  run.Give(Start{Json::object(), "", kMaxRunDepth});
  ASSERT_EQ(run.status(), RunStatus::kFailed);
  EXPECT_EQ(run.run().error->title, "RUN_TOO_DEEP");
}

}  // namespace
}  // namespace sb::core::workflow
