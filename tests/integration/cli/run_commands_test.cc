#include <thread>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "tests/integration/cli/command_house.h"

namespace sb::app::cli {
namespace {

namespace wf = core::workflow;
using ::testing::AllOf;
using testing::CommandHouse;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kNote = "/do/0/note";

class RunCommands : public ::testing::Test {
 protected:
  /// The engine performs the note of a run, as soon as somebody watches it.
  std::jthread PerformOnceWatched(RunId run) {
    return std::jthread([this, run] {
      while (shell_.house.engine.WatcherCount(run) == 0) std::this_thread::yield();
      auto& engine = shell_.house.engine;
      engine.Tell(run,
                  {wf::TaskEntered{kNote, "note", "call", {}},
                   wf::CallRequested{
                       kNote, 1, "aircall.calls.comment:1.0.0", {}, wf::EffectClass::kRead, ""}});
      shell_.house.clock.Advance(std::chrono::milliseconds(312));
      engine.Tell(run, {wf::CallEnded{kNote, 1, Json{{"id", 7}}, {}},
                        wf::TaskCompleted{kNote, {}, {}, false, "continue"}, wf::RunSucceeded{}});
    });
  }

  CommandHouse shell_;
  AccountId account_ = shell_.house.AddAccount("acme");
  WorkflowId workflow_ = shell_.house.AddWorkflow();
};

TEST_F(RunCommands, StartShowsTheRun) {
  const auto json = shell_
                        .Run({"run", "start", "acme/note", "--account", ToText(account_), "--input",
                              R"({"call_id": 4190000017})", "-o", "json"})
                        .json();
  EXPECT_THAT(json["id"].get<std::string>(), StartsWith("run_"));
  EXPECT_EQ(json["input"]["call_id"], 4190000017);
  EXPECT_EQ(json["state"], "STATE_RUNNING");
}

TEST_F(RunCommands, StartReadsItsInputFromAFileOrFromStandardInput) {
  const std::string file = shell_.File("input.json", R"({"from": "file"})");
  EXPECT_EQ(shell_
                .Run({"run", "start", "acme/note", "--account", ToText(account_), "--input",
                      "@" + file, "-o", "json"})
                .json()["input"]["from"],
            "file");
  EXPECT_EQ(shell_
                .Run({"run", "start", "acme/note", "--account", ToText(account_), "--input", "-",
                      "-o", "json"},
                     R"({"from": "stdin"})")
                .json()["input"]["from"],
            "stdin");
}

TEST_F(RunCommands, StartRefusesInputThatIsNoObject) {
  for (const std::string input : {"[1]", "{", "@/nowhere"}) {
    const auto result =
        shell_.Run({"run", "start", "acme/note", "--account", ToText(account_), "--input", input});
    EXPECT_EQ(result.exit_code, kUsage) << input;
  }
}

TEST_F(RunCommands, StartTakesManyInputsFromAFileAndARepeatedOneStartsNothing) {
  const std::string file = shell_.File("inputs.jsonl", "{\"n\": 1}\n\n{\"n\": 2}\n");
  const std::vector<std::string> words = {"run",       "start",          "acme/note",
                                          "--account", ToText(account_), "--inputs",
                                          file,        "--request-id",   "import"};
  EXPECT_EQ(shell_.Run(words).out, "started 2 runs\n");
  EXPECT_EQ(shell_.Run(words).out, "started 0 runs; 2 runs had been started before\n");
}

TEST_F(RunCommands, StartOfManySaysWhichLineCouldNotStartAndWhy) {
  const std::string file = shell_.File("inputs.jsonl", "{}\n{}\n");
  const auto result =
      shell_.Run({"run", "start", "acme/nothing", "--account", ToText(account_), "--inputs", file});
  EXPECT_EQ(result.exit_code, kRefused);
  EXPECT_THAT(result.out, AllOf(HasSubstr("started 0 runs"), HasSubstr("line 2: "),
                                HasSubstr("(WORKFLOW_NOT_FOUND)")));
}

TEST_F(RunCommands, AMalformedLineStartsNothing) {
  const std::string file = shell_.File("inputs.jsonl", "{}\n[1]\n");
  const auto result =
      shell_.Run({"run", "start", "acme/note", "--account", ToText(account_), "--inputs", file});
  EXPECT_EQ(result.exit_code, kUsage);
  EXPECT_THAT(result.err, HasSubstr("line 2 is no JSON object"));
  EXPECT_THAT(shell_.Run({"run", "list"}).out, HasSubstr("no runs"));
}

TEST_F(RunCommands, WatchTellsTheStoryLineByLine) {
  const RunId run = shell_.house.AddRun(account_, workflow_);
  const auto engine = PerformOnceWatched(run);
  const auto result = shell_.Run({"run", "watch", ToText(run)});
  EXPECT_EQ(result.exit_code, kOk) << result.err;
  EXPECT_THAT(result.out, StartsWith("09:00:00.000  " + ToText(run)));
  EXPECT_THAT(result.out, ::testing::ContainsRegex("09:00:00.312  note +COMPLETED  312 ms"));
  EXPECT_THAT(result.out,
              ::testing::ContainsRegex("09:00:00.312  run_[0-9a-z]+ +SUCCEEDED  312 ms"));
}

TEST_F(RunCommands, WatchPrintsOneJsonDocumentALineForScripts) {
  const RunId run = shell_.house.AddRun(account_, workflow_);
  const auto engine = PerformOnceWatched(run);
  const auto result = shell_.Run({"run", "watch", ToText(run), "-o", "json"});
  std::istringstream lines(result.out);
  std::string line;
  std::string last;
  while (std::getline(lines, line)) {
    EXPECT_TRUE(ParseJson(line).ok()) << line;
    last = line;
  }
  EXPECT_EQ(ParseJson(last).value()["state"], "STATE_SUCCEEDED");
}

TEST_F(RunCommands, WatchEndsWithOneWhenTheRunFails) {
  const RunId run = shell_.house.AddRun(account_, workflow_);
  shell_.house.engine.Tell(run,
                           {wf::RunFailed{{"", 404, "Not found", "there is no such call", kNote}}});
  const auto result = shell_.Run({"run", "watch", ToText(run)});
  EXPECT_EQ(result.exit_code, kRefused);
  EXPECT_THAT(result.out, HasSubstr("Not found: there is no such call"));
}

TEST_F(RunCommands, WatchSaysThatARunDoesNotExist) {
  const auto result = shell_.Run({"run", "watch", ToText(RunId(1))});
  EXPECT_EQ(result.exit_code, kRefused);
  EXPECT_THAT(result.err, HasSubstr("RUN_NOT_FOUND"));
}

TEST_F(RunCommands, GetShowsTheTasks) {
  const RunId run = shell_.house.AddRun(account_, workflow_);
  shell_.house.engine.Tell(
      run,
      {wf::TaskEntered{kNote, "note", "call", {}},
       wf::CallRequested{kNote, 1, "aircall.calls.comment:1.0.0", {}, wf::EffectClass::kRead, ""}});
  EXPECT_THAT(
      shell_.Run({"run", "get", ToText(run)}).out,
      AllOf(HasSubstr("acme/note:1.0.0"), HasSubstr("note"), HasSubstr("waits for the answer")));
}

TEST_F(RunCommands, ListCanBeOfOneState) {
  const RunId run = shell_.house.AddRun(account_, workflow_);
  EXPECT_THAT(shell_.Run({"run", "list", "--state", "running"}).out, HasSubstr(ToText(run)));
  EXPECT_THAT(shell_.Run({"run", "list", "--state", "failed"}).out, HasSubstr("no runs"));
  const auto result = shell_.Run({"run", "list", "--state", "asleep"});
  EXPECT_EQ(result.exit_code, kUsage);
  EXPECT_THAT(result.err, HasSubstr("running, parked, succeeded, failed or cancelled"));
}

TEST_F(RunCommands, SuspendHoldsARunUntilItIsResumed) {
  const RunId run = shell_.house.AddRun(account_, workflow_);
  EXPECT_THAT(shell_.Run({"run", "suspend", ToText(run), "--reason", "repairs"}).out,
              AllOf(HasSubstr("PARKED"), HasSubstr("RUN_SUSPENDED: repairs")));
  EXPECT_EQ(shell_.Run({"run", "suspend", ToText(run)}).exit_code, kRefused);
  EXPECT_THAT(shell_.Run({"run", "resume", ToText(run)}).out, HasSubstr("RUNNING"));
}

TEST_F(RunCommands, ListTakesAFilter) {
  const RunId run = shell_.house.AddRun(account_, workflow_);
  EXPECT_THAT(
      shell_.Run({"run", "list", "--filter", "state = RUNNING AND workflow = acme/note"}).out,
      HasSubstr(ToText(run)));
  const auto result = shell_.Run({"run", "list", "--filter", "stat = RUNNING"});
  EXPECT_EQ(result.exit_code, kRefused);
  EXPECT_THAT(result.err, HasSubstr("did you mean state"));
}

TEST_F(RunCommands, RetryDoesAFailedRunAgain) {
  const RunId run = shell_.house.AddRun(account_, workflow_);
  EXPECT_THAT(shell_.Run({"run", "retry", ToText(run)}).err, HasSubstr("RUN_NOT_FINISHED"));
  shell_.house.engine.Tell(run, {wf::RunFailed{{"", 500, "Broken", "", ""}}});
  const auto result = shell_.Run({"run", "retry", ToText(run), "-o", "json"});
  EXPECT_EQ(result.json()["retried_from"], ToText(run));
  EXPECT_NE(result.json()["id"], ToText(run));
}

TEST_F(RunCommands, BulkShowsWhatItFoundAndAsksFirst) {
  const RunId run = shell_.house.AddRun(account_, workflow_);
  const std::vector<std::string> cancel = {"run", "bulk", "cancel", "--filter", "state = RUNNING"};
  const auto no = shell_.Run(cancel, "n\n");
  EXPECT_EQ(no.exit_code, kRefused);
  EXPECT_THAT(no.out, HasSubstr(ToText(run)));
  EXPECT_THAT(no.err, AllOf(HasSubstr("cancel 1 run? [y/N]"), HasSubstr("nothing was done")));
  EXPECT_THAT(shell_.Run({"run", "get", ToText(run)}).out, HasSubstr("RUNNING"));
  const auto yes = shell_.Run(cancel, "y\n");
  EXPECT_EQ(yes.exit_code, kOk);
  EXPECT_THAT(yes.out, HasSubstr("1 run cancelled"));
  EXPECT_THAT(shell_.Run({"run", "get", ToText(run)}).out, HasSubstr("CANCELLED"));
  EXPECT_THAT(shell_.Run(cancel).out, HasSubstr("no runs"));
}

TEST_F(RunCommands, BulkDrawsItsProgressOnATerminalOnly) {
  for (int i = 0; i < 3; ++i) shell_.house.AddRun(account_, workflow_);
  const std::vector<std::string> cancel = {"run",  "bulk", "cancel", "--filter", "state = RUNNING",
                                           "--yes"};
  EXPECT_THAT(shell_.Run(cancel).err, ::testing::Not(HasSubstr("[")));
  for (int i = 0; i < 3; ++i) shell_.house.AddRun(account_, workflow_);
  shell_.width = 80;
  const auto result = shell_.Run(cancel);
  EXPECT_THAT(result.err, HasSubstr("[##############################]  100 %  3 of 3"));
}

TEST_F(RunCommands, BulkForScriptsNeedsAYes) {
  shell_.house.AddRun(account_, workflow_);
  std::vector<std::string> cancel = {"run", "bulk", "cancel", "--filter", "state = RUNNING",
                                     "-o",  "json"};
  EXPECT_EQ(shell_.Run(cancel).exit_code, kUsage);
  auto only_count = cancel;
  only_count.push_back("--validate-only");
  EXPECT_EQ(shell_.Run(only_count).json()["total"], "1");
  cancel.push_back("--yes");
  EXPECT_THAT(shell_.Run(cancel).out, HasSubstr("\"finished\":true"));
}

TEST_F(RunCommands, TimelineDrawsARunAndGivesScriptsItsData) {
  const RunId run = shell_.house.AddRun(account_, workflow_);
  shell_.house.engine.Tell(
      run,
      {wf::TaskEntered{kNote, "note", "call", {}},
       wf::CallRequested{kNote, 1, "aircall.calls.comment:1.0.0", {}, wf::EffectClass::kRead, ""}});
  shell_.house.clock.Advance(std::chrono::seconds(2));
  EXPECT_THAT(shell_.Run({"run", "timeline", ToText(run)}).out,
              AllOf(HasSubstr("note"), HasSubstr("█"), HasSubstr("2.0 s ...")));
  const auto json = shell_.Run({"run", "timeline", ToText(run), "-o", "json"}).json();
  EXPECT_EQ(json["tasks"][0]["attempts"][0]["outcome"], "OUTCOME_PENDING");
}

TEST_F(RunCommands, CancelEndsARunAndResumeContinuesAParkedOne) {
  const RunId run = shell_.house.AddRun(account_, workflow_);
  shell_.house.engine.Tell(run, {wf::RunParked{"ACCOUNT_NEEDS_REAUTH", "connect it again", ""}});
  EXPECT_THAT(shell_.Run({"run", "get", ToText(run)}).out,
              HasSubstr("ACCOUNT_NEEDS_REAUTH: connect it again"));
  EXPECT_THAT(shell_.Run({"run", "resume", ToText(run)}).out, HasSubstr("RUNNING"));
  EXPECT_THAT(shell_.Run({"run", "cancel", ToText(run), "--reason", "enough"}).out,
              HasSubstr("CANCELLED"));
  EXPECT_EQ(shell_.house.engine.cancel_reason(), "enough");
  EXPECT_EQ(shell_.Run({"run", "cancel", ToText(run)}).exit_code, kRefused);
}

TEST_F(RunCommands, ActionCallShowsTheOutput) {
  const std::vector<std::string> call = {
      "action",         "call",    "aircall.calls.get",         "--account",
      ToText(account_), "--input", R"({"call_id": 4190000017})"};
  const auto people = shell_.Run(call);
  EXPECT_EQ(people.exit_code, kOk);
  EXPECT_THAT(people.out, AllOf(HasSubstr("call_id: 4190000017"), HasSubstr("took ")));
  auto scripted = call;
  scripted.insert(scripted.end(), {"-o", "json"});
  EXPECT_EQ(shell_.Run(scripted).json(), (Json{{"call_id", 4190000017}}));
}

TEST_F(RunCommands, ActionCallTellsWhatMayHaveHappened) {
  shell_.house.performer.Play(
      [](const ports::ActionCall&, const ports::ActionPerformer::Done& done) {
        done(InDoubt("AIRCALL_NO_ANSWER", "the request was sent and no answer came"));
      });
  const auto result =
      shell_.Run({"action", "call", "aircall.calls.comment", "--account", ToText(account_)});
  EXPECT_EQ(result.exit_code, kRefused);
  EXPECT_THAT(result.err, HasSubstr("look at the provider"));
}

TEST_F(RunCommands, ActionCallGivesUpWhenTheTimeIsOver) {
  std::vector<ports::ActionPerformer::Done> never;
  shell_.house.performer.Play(
      [&never](const ports::ActionCall&, ports::ActionPerformer::Done done) {
        never.push_back(std::move(done));
      });
  const auto result = shell_.Run(
      {"action", "call", "aircall.calls.get", "--account", ToText(account_), "--timeout", "0.2"});
  EXPECT_EQ(result.exit_code, kRefused);
  EXPECT_THAT(result.err, AllOf(HasSubstr("no answer in time"), HasSubstr("--timeout")));
}

}  // namespace
}  // namespace sb::app::cli
