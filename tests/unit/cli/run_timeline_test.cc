#include "engine/app/cli/run_timeline.h"

#include <sstream>

#include <gmock/gmock.h>

#include "engine/app/cli/text.h"

namespace sb::app::cli {
namespace {

namespace v1 = switchboard::v1;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::Not;
using ::testing::ResultOf;
using ::testing::StartsWith;

constexpr std::int64_t kTimelineBegin = 1'780'304'400;  // 2026-06-01T09:00:00Z

WallTime At(int seconds) {
  return WallTime(std::chrono::seconds(kTimelineBegin + seconds));
}

v1::Run RunOf(int seconds) {
  v1::Run run;
  run.set_id("run_1");
  run.set_workflow_name("acme/note:1.0.0");
  run.set_state(v1::Run::STATE_SUCCEEDED);
  run.mutable_create_time()->set_seconds(kTimelineBegin);
  run.mutable_end_time()->set_seconds(kTimelineBegin + seconds);
  return run;
}

v1::Task& AddTask(v1::Run& run, const std::string& name, int from, int to,
                  const std::string& parent = "") {
  v1::Task& task = *run.add_tasks();
  task.set_ref(parent + "/do/" + name);
  task.set_name(name);
  task.set_parent(parent);
  task.set_kind("set");
  task.set_state(v1::Task::STATE_COMPLETED);
  task.mutable_start_time()->set_seconds(kTimelineBegin + from);
  task.mutable_end_time()->set_seconds(kTimelineBegin + to);
  return task;
}

void AddAttempt(v1::Task& task, int number, int from, int sent, int to,
                v1::Attempt::Outcome outcome) {
  v1::Attempt& attempt = *task.add_attempts();
  attempt.set_number(number);
  attempt.set_outcome(outcome);
  attempt.mutable_start_time()->set_seconds(kTimelineBegin + from);
  attempt.mutable_send_time()->set_seconds(kTimelineBegin + sent);
  attempt.mutable_end_time()->set_seconds(kTimelineBegin + to);
  attempt.mutable_duration()->set_seconds(to - from);
}

std::vector<std::string> LinesOf(const v1::Run& run, const Style& style = {60, false}) {
  std::vector<std::string> lines;
  std::istringstream text(TimelineOf(run, At(100), style));
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

/// The line of a task, from its bar on.
std::string BarOf(const v1::Run& run, const std::string& label) {
  for (const std::string& line : LinesOf(run)) {
    const auto at = line.find(label);
    if (at != std::string::npos && line.find_first_not_of(' ') == at)
      return line.substr(at + label.size());
  }
  return "no line for " + label;
}

int CountOf(const std::string& text, const std::string& glyph) {
  int count = 0;
  for (auto at = text.find(glyph); at != std::string::npos; at = text.find(glyph, at + 1)) ++count;
  return count;
}

TEST(Timeline, FitsIntoTheTerminal) {
  v1::Run run = RunOf(10);
  AddTask(run, "a_task_with_a_name_that_is_much_too_long_for_any_column", 0, 10);
  AddTask(run, "b", 3, 4);
  const auto width = [](const std::string& line) { return WidthOf(line); };
  EXPECT_THAT(LinesOf(run), Each(ResultOf(width, Le(60))));
  EXPECT_THAT(LinesOf(run, {100, false}), Each(ResultOf(width, Le(100))));
}

TEST(Timeline, DrawsATaskWhereAndAsLongAsItWas) {
  v1::Run run = RunOf(10);
  AddTask(run, "first", 0, 5);
  AddTask(run, "second", 5, 10);
  const std::string first = BarOf(run, "first");
  const std::string second = BarOf(run, "second");
  EXPECT_NEAR(CountOf(first, "█"), CountOf(second, "█"), 1);
  EXPECT_LT(first.find("█"), second.find("█"));
  EXPECT_THAT(first, HasSubstr("5.0 s"));
}

TEST(Timeline, ShowsParallelBranchesBelowEachOther) {
  v1::Run run = RunOf(10);
  AddTask(run, "fork", 0, 10);
  AddTask(run, "left", 0, 8, "/do/fork");
  AddTask(run, "right", 2, 10, "/do/fork");
  EXPECT_GT(CountOf(BarOf(run, "fork"), "─"), 20);
  EXPECT_THAT(BarOf(run, "fork"), Not(HasSubstr("█")));
  const auto lines = LinesOf(run);
  EXPECT_THAT(lines, Contains(StartsWith("  left")));
  EXPECT_THAT(lines, Contains(StartsWith("  right")));
}

TEST(Timeline, TellsWaitingFromWork) {
  v1::Run run = RunOf(12);
  AddTask(run, "pause", 0, 6).set_kind("wait");
  v1::Task& call = AddTask(run, "call", 6, 12);
  AddAttempt(call, 1, 6, 9, 12, v1::Attempt::OUTCOME_SUCCEEDED);
  EXPECT_THAT(BarOf(run, "pause"), AllOf(HasSubstr("░"), Not(HasSubstr("█"))));
  const std::string bar = BarOf(run, "call");
  EXPECT_NEAR(CountOf(bar, "░"), CountOf(bar, "█"), 1) << "half of it in the quota's queue";
}

TEST(Timeline, GivesEachOfSeveralAttemptsALine) {
  v1::Run run = RunOf(12);
  v1::Task& call = AddTask(run, "call", 0, 12);
  AddAttempt(call, 1, 0, 0, 2, v1::Attempt::OUTCOME_FAILED);
  AddAttempt(call, 2, 10, 10, 12, v1::Attempt::OUTCOME_SUCCEEDED);
  EXPECT_LT(BarOf(run, "try 1").find("█"), BarOf(run, "try 2").find("█"));
  EXPECT_GT(CountOf(BarOf(run, "call"), "░"), CountOf(BarOf(run, "call"), "█"));
}

TEST(Timeline, ShowsWhatTookNoTimeAtAll) {
  v1::Run run = RunOf(1000);
  AddTask(run, "quick", 500, 500);
  AddTask(run, "last", 1000, 1000);
  EXPECT_EQ(CountOf(BarOf(run, "quick"), "█"), 1);
  EXPECT_EQ(CountOf(BarOf(run, "last"), "█"), 1);
}

TEST(Timeline, DrawsWhatHasNotEndedUntilNow) {
  v1::Run run = RunOf(10);
  run.set_state(v1::Run::STATE_RUNNING);
  run.clear_end_time();
  AddTask(run, "going", 50, 60).clear_end_time();
  EXPECT_THAT(BarOf(run, "going"), HasSubstr("50.0 s ..."));
}

TEST(Timeline, UsesColoursOnlyWhereTheyAreWanted) {
  v1::Run run = RunOf(10);
  AddTask(run, "task", 0, 10).set_state(v1::Task::STATE_FAILED);
  EXPECT_THAT(TimelineOf(run, At(100), {60, false}), Not(HasSubstr("\x1b")));
  EXPECT_THAT(TimelineOf(run, At(100), {60, true}), HasSubstr("\x1b[31m█"));
}

TEST(Timeline, OfARunWithoutTasksSaysSo) {
  EXPECT_THAT(LinesOf(RunOf(1)), Contains("no tasks yet"));
}

}  // namespace
}  // namespace sb::app::cli
