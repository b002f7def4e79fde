#include "engine/app/cli/run_story.h"

#include <gmock/gmock.h>

namespace sb::app::cli {
namespace {

namespace v1 = switchboard::v1;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr std::int64_t kBegin = 1'780'304'400;  // 2026-06-01T09:00:00Z

v1::Run Begun() {
  v1::Run run;
  run.set_id("run_1");
  run.set_workflow_name("acme/note:1.0.0");
  run.set_state(v1::Run::STATE_RUNNING);
  run.mutable_create_time()->set_seconds(kBegin);
  run.mutable_update_time()->set_seconds(kBegin + 1);
  return run;
}

v1::Task& AddCall(v1::Run& run, const std::string& name) {
  v1::Task& task = *run.add_tasks();
  task.set_ref("/do/" + name);
  task.set_name(name);
  task.set_kind("call");
  task.set_action("aircall.calls.comment:1.0.0");
  task.set_attempt(1);
  task.set_state(v1::Task::STATE_WAITING);
  task.mutable_start_time()->set_seconds(kBegin);
  task.mutable_wait()->set_kind(v1::TaskWait::KIND_CALL);
  return task;
}

void End(v1::Task& task, v1::Task::State state) {
  task.set_state(state);
  task.clear_wait();
  task.mutable_end_time()->set_seconds(kBegin + 2);
  task.mutable_duration()->set_nanos(312'000'000);
}

TEST(RunStory, TellsTheBeginningOnce) {
  RunStory story({});
  EXPECT_THAT(story.Tell(Begun()),
              ElementsAre(AllOf(StartsWith("09:00:00.000  run_1"), HasSubstr("STARTED"),
                                EndsWith("acme/note:1.0.0"))));
  EXPECT_THAT(story.Tell(Begun()), IsEmpty());
}

TEST(RunStory, TellsATaskWhenItWaitsAndWhenItIsDone) {
  RunStory story({});
  v1::Run run = Begun();
  story.Tell(run);
  v1::Task& task = AddCall(run, "note");
  EXPECT_THAT(story.Tell(run), ElementsAre(AllOf(HasSubstr("note"), HasSubstr("WAITING"),
                                                 EndsWith("waits for the answer"))));
  EXPECT_THAT(story.Tell(run), IsEmpty());
  End(task, v1::Task::STATE_COMPLETED);
  EXPECT_THAT(story.Tell(run),
              ElementsAre(AllOf(StartsWith("09:00:02.000"), HasSubstr("COMPLETED"),
                                HasSubstr("312 ms"), EndsWith("aircall.calls.comment:1.0.0"))));
}

TEST(RunStory, TellsHowTheRunEnded) {
  RunStory story({});
  v1::Run run = Begun();
  story.Tell(run);
  run.set_state(v1::Run::STATE_FAILED);
  run.mutable_error()->set_title("Not found");
  run.mutable_error()->set_detail("there is no such call");
  run.mutable_end_time()->set_seconds(kBegin + 3);
  EXPECT_THAT(story.Tell(run),
              ElementsAre(AllOf(StartsWith("09:00:03.000  run_1"), HasSubstr("FAILED"),
                                HasSubstr("3"), EndsWith("Not found: there is no such call"))));
}

TEST(RunStory, TellsThatARunWasParkedAndThatItGoesOn) {
  RunStory story({});
  v1::Run run = Begun();
  story.Tell(run);
  run.set_state(v1::Run::STATE_PARKED);
  run.set_parked_code("ACCOUNT_NEEDS_REAUTH");
  run.set_parked_reason("connect it again");
  EXPECT_THAT(story.Tell(run), ElementsAre(EndsWith("ACCOUNT_NEEDS_REAUTH: connect it again")));
  run.set_state(v1::Run::STATE_RUNNING);
  EXPECT_THAT(story.Tell(run), ElementsAre(HasSubstr("RUNNING")));
}

TEST(RunStory, TellsWhichTryThisIs) {
  RunStory story({});
  v1::Run run = Begun();
  story.Tell(run);
  v1::Task& task = AddCall(run, "note");
  story.Tell(run);
  task.set_attempt(2);
  EXPECT_THAT(story.Tell(run), ElementsAre(HasSubstr("try 2")));
}

TEST(RunStory, LeavesTasksThatOnlyHoldOthersToTheirChildren) {
  RunStory story({});
  v1::Run run = Begun();
  story.Tell(run);
  v1::Task& group = *run.add_tasks();
  group.set_ref("/do/0/group");
  group.set_name("group");
  group.set_kind("do");
  v1::Task& child = AddCall(run, "child");
  child.set_parent("/do/0/group");
  EXPECT_THAT(story.Tell(run), ElementsAre(HasSubstr("child")));
}

}  // namespace
}  // namespace sb::app::cli
