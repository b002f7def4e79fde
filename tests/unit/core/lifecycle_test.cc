#include "engine/core/workflow/lifecycle.h"

#include <gmock/gmock.h>

#include "tests/support/fake_clock.h"

namespace sb::core::workflow {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> TypesOf(FactBody body) {
  std::vector<std::string> types;
  for (const auto& event :
       LifecycleOf({testing::kStoryTime, std::move(body)}, {"run_1", "acc_1", "acme", "note", "1"}))
    types.push_back(event.type);
  return types;
}

LifecycleEvent TheOne(FactBody body) {
  return LifecycleOf({testing::kStoryTime, std::move(body)},
                     {"run_1", "acc_1", "acme", "note", "1.0.0"})
      .at(0);
}

TEST(Lifecycle, SpeaksTheWordsOfTheSpecification) {
  EXPECT_THAT(TypesOf(RunStarted{}), ElementsAre("io.serverlessworkflow.workflow.started.v1"));
  EXPECT_THAT(TypesOf(RunSucceeded{}), ElementsAre("io.serverlessworkflow.workflow.completed.v1"));
  EXPECT_THAT(TypesOf(RunFailed{}), ElementsAre("io.serverlessworkflow.workflow.faulted.v1"));
  EXPECT_THAT(TypesOf(RunCancelled{}), ElementsAre("io.serverlessworkflow.workflow.cancelled.v1"));
  EXPECT_THAT(TypesOf(RunResumed{}), ElementsAre("io.serverlessworkflow.workflow.resumed.v1"));
  EXPECT_THAT(TypesOf(RunParked{"CODE", "", "/do/0/a"}),
              ElementsAre("io.serverlessworkflow.workflow.suspended.v1",
                          "io.serverlessworkflow.task.suspended.v1"));
  EXPECT_THAT(TypesOf(TaskEntered{"/do/0/a", "a", "set", {}}),
              ElementsAre("io.serverlessworkflow.task.created.v1",
                          "io.serverlessworkflow.task.started.v1"));
  EXPECT_THAT(TypesOf(TaskCompleted{"/do/0/a", {}, {}, false, ""}),
              ElementsAre("io.serverlessworkflow.task.completed.v1"));
  EXPECT_THAT(TypesOf(TaskFailed{"/do/0/a", {}}),
              ElementsAre("io.serverlessworkflow.task.faulted.v1"));
  EXPECT_THAT(TypesOf(RetryPlanned{"/do/0/a", 2, {}, "AWAY"}),
              ElementsAre("io.serverlessworkflow.task.retried.v1"));
}

TEST(Lifecycle, KeepsTheEnginesOwnBusinessToItself) {
  EXPECT_THAT(TypesOf(CallStarted{"/do/0/a", 1, "key"}), IsEmpty());
  EXPECT_THAT(TypesOf(TimerSet{"/do/0/a", {}}), IsEmpty());
}

TEST(Lifecycle, SaysWhichRunOfWhichWorkflowAndWhen) {
  const auto event = TheOne(RunFailed{{"type", 404, "Not found", "", ""}});
  EXPECT_EQ(event.time, testing::kStoryTime);
  EXPECT_EQ(event.task, "");
  EXPECT_EQ(event.data["name"], "run_1");
  EXPECT_EQ(event.data["definition"],
            (Json{{"namespace", "acme"}, {"name", "note"}, {"version", "1.0.0"}}));
  EXPECT_EQ(event.data["faultedAt"], "2026-06-01T09:00:00.000Z");
  EXPECT_EQ(event.data["error"]["title"], "Not found");
}

TEST(Lifecycle, SaysWhichTaskAndNothingOfWhatItWorkedOn) {
  const auto event = TheOne(TaskCompleted{"/do/0/a", Json("secret"), {}, true, ""});
  EXPECT_EQ(event.task, "/do/0/a");
  EXPECT_EQ(event.data, (Json{{"workflow", "run_1"},
                              {"task", "/do/0/a"},
                              {"completedAt", "2026-06-01T09:00:00.000Z"},
                              {"skipped", true}}));
}

TEST(Lifecycle, KnowsItsOwnTypes) {
  EXPECT_TRUE(IsLifecycleType("io.serverlessworkflow.task.completed.v1"));
  EXPECT_TRUE(IsLifecycleType("io.serverlessworkflow.workflow.started.v1"));
  EXPECT_FALSE(IsLifecycleType("io.aircall.call.ended"));
  EXPECT_FALSE(IsLifecycleType("io.serverlessworkflow.else"));
}

}  // namespace
}  // namespace sb::core::workflow
