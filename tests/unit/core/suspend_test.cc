#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/core/run_harness.h"

namespace sb::core::workflow {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

constexpr const char* kTwoCalls = R"(
do:
  - tags: { call: aircall.tags.list, with: {} }
  - note: { call: aircall.calls.comment, with: { call_id: 7, content: Hello } }
)";

TEST(Suspend, StartsNothingMoreAndKeepsWhatComesIn) {
  RunHarness run(WorkflowWith(kTwoCalls));
  run.Start();
  run.Suspend();
  EXPECT_EQ(run.status(), RunStatus::kParked);
  EXPECT_EQ(run.run().parked_code, kSuspended);
  run.SucceedCall("tags", {{"tags", 1}});
  EXPECT_THAT(run.requests(), ElementsAre("aircall.tags.list:1.0.0#1"));
  run.Resume();
  EXPECT_EQ(run.status(), RunStatus::kRunning);
  EXPECT_THAT(run.requests(),
              ElementsAre("aircall.tags.list:1.0.0#1", "aircall.calls.comment:1.0.0#1"));
}

TEST(Suspend, WantsARequestAnewThatNeverLeft) {
  RunHarness run(WorkflowWith(kTwoCalls));
  run.Start();
  run.Suspend();
  run.Resume();
  EXPECT_THAT(run.requests(),
              ElementsAre("aircall.tags.list:1.0.0#1", "aircall.tags.list:1.0.0#2"));
}

TEST(Suspend, DoesNotRepeatARequestThatIsUnderWay) {
  RunHarness run(WorkflowWith(kTwoCalls));
  run.Start();
  run.SucceedCall("tags", Json::object());
  run.AdmitCall("note");
  run.Suspend();
  run.Resume();
  EXPECT_EQ(run.requests().size(), 2U);
  run.SucceedCall("note", Json::object());
  EXPECT_EQ(run.status(), RunStatus::kSucceeded);
}

TEST(Suspend, LetsAnAdmittedRequestGoByUnused) {
  RunHarness run(WorkflowWith(kTwoCalls));
  run.Start();
  run.SucceedCall("tags", Json::object());
  run.Suspend();
  const TaskState& note = run.TaskNamed("note");
  EXPECT_TRUE(run.Give(CallAdmitted{note.ref, note.attempt}).facts.empty());
}

TEST(Suspend, HoldsTimersAndLetsThemGoWhenItIsResumed) {
  RunHarness run(WorkflowWith("do: [ { nap: { wait: PT1M } } ]"));
  run.Start();
  run.Suspend();
  run.Advance(2min);
  EXPECT_EQ(run.status(), RunStatus::kParked);
  run.Resume();
  run.Advance(1ms);
  EXPECT_EQ(run.status(), RunStatus::kSucceeded);
}

TEST(Suspend, HoldsDeadlinesToo) {
  RunHarness run(WorkflowWith("timeout: { after: PT1M }\ndo: [ { nap: { wait: PT1H } } ]"));
  run.Start();
  run.Suspend();
  run.Advance(2min);
  EXPECT_EQ(run.status(), RunStatus::kParked);
  run.Resume();
  run.Advance(1ms);
  EXPECT_EQ(run.status(), RunStatus::kFailed);
}

TEST(Suspend, ConsumesNoEvents) {
  RunHarness run(WorkflowWith("do: [ { w: { listen: { to: { one: { with: { type: a } } } } } } ]"));
  run.Start();
  run.Suspend();
  run.Arrive("a");
  run.Resume();
  EXPECT_EQ(run.status(), RunStatus::kRunning);
  run.Arrive("a");
  EXPECT_EQ(run.status(), RunStatus::kSucceeded);
}

TEST(Suspend, RecallsNothingAfterACrashButWhatIsInDoubt) {
  RunHarness run(WorkflowWith(kTwoCalls));
  run.Start();
  run.SucceedCall("tags", Json::object());
  run.AdmitCall("note");
  run.Suspend();
  const Unfinished unfinished = FindUnfinished(run.run());
  EXPECT_TRUE(unfinished.effects.empty());
  ASSERT_EQ(unfinished.in_doubt.size(), 1U);
  run.Give(unfinished.in_doubt[0]);
  run.Resume();
  EXPECT_EQ(run.TaskNamed("note").awaiting, Awaiting::kReadBack);
}

TEST(Suspend, CanBeCancelled) {
  RunHarness run(WorkflowWith(kTwoCalls));
  run.Start();
  run.Suspend();
  run.Cancel("enough");
  EXPECT_EQ(run.status(), RunStatus::kCancelled);
}

}  // namespace
}  // namespace sb::core::workflow
