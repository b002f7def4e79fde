#include "engine/api/run_mapping.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "tests/support/fake_clock.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
namespace wf = core::workflow;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::SizeIs;

constexpr WallTime kBegin = testing::kStoryTime;
constexpr const char* kNote = "/do/0/note";

ports::RunSummary Summary() {
  ports::RunSummary summary;
  summary.key = {3, AccountId(11), RunId(12)};
  summary.workflow = WorkflowId(13);
  summary.event = EventId(14);
  summary.status = "RUNNING";
  summary.created_at = kBegin;
  summary.updated_at = kBegin;
  return summary;
}

WorkflowFace Face(const Json& definition = Json::object()) {
  return {"acme", "note", "1.0.0", Redaction(definition)};
}

/// A run that notes something at a call, fact by fact.
class Story {
 public:
  Story() {
    Happen(milliseconds(0), wf::RunStarted{{{"call_id", 7}}, {}});
    Happen(milliseconds(0), wf::TaskEntered{kNote, "note", "call", {}});
  }

  void Happen(milliseconds after, wf::FactBody body) {
    ports::JournalRow row;
    row.seq = static_cast<int>(journal_.size()) + 1;
    row.facts = Json::array({wf::ToJson({kBegin + after, std::move(body)})});
    journal_.push_back(std::move(row));
  }

  void RequestAt(milliseconds after, int attempt = 1) {
    Happen(after, wf::CallRequested{kNote,
                                    attempt,
                                    "aircall.calls.comment:1.0.0",
                                    {{"content", "hello"}},
                                    wf::EffectClass::kVerifiable,
                                    "key"});
  }

  RunHistory History() const { return ReadHistory(journal_).value(); }

  v1::Run Show(v1::RunView view = v1::RUN_VIEW_FULL) const {
    return ToProto(Summary(), Face(), History(), view);
  }

  /// The same, where the workflow wants this hidden.
  v1::Run ShowHiding(const Json& document_rules, const Json& task_rules) const {
    const Json hiding = {
        {"document", {{"metadata", {{"switchboard", {{"redact", document_rules}}}}}}},
        {"do", {{{"note", {{"metadata", {{"switchboard", {{"redact", task_rules}}}}}}}}}}};
    return ToProto(Summary(), Face(hiding), History(), v1::RUN_VIEW_FULL);
  }

 private:
  std::vector<ports::JournalRow> journal_;
};

TEST(RunMapping, ShowsWhatARunIsAndWhoseItIs) {
  const auto run = Story().Show();
  EXPECT_EQ(run.id(), ToText(RunId(12)));
  EXPECT_EQ(run.account(), ToText(AccountId(11)));
  EXPECT_EQ(run.workflow(), ToText(WorkflowId(13)));
  EXPECT_EQ(run.event(), ToText(EventId(14)));
  EXPECT_EQ(run.workflow_name(), "acme/note:1.0.0");
  EXPECT_EQ(run.state(), v1::Run::STATE_RUNNING);
  EXPECT_EQ(run.input().struct_value().fields().at("call_id").number_value(), 7);
  EXPECT_FALSE(run.has_end_time());
}

TEST(RunMapping, ShowsATaskThatWaitsForItsAnswer) {
  Story story;
  story.RequestAt(milliseconds(5));
  const auto run = story.Show();
  ASSERT_THAT(run.tasks(), SizeIs(1));
  const v1::Task& task = run.tasks(0);
  EXPECT_EQ(task.name(), "note");
  EXPECT_EQ(task.action(), "aircall.calls.comment:1.0.0");
  EXPECT_EQ(task.attempt(), 1);
  EXPECT_EQ(task.wait().kind(), v1::TaskWait::KIND_CALL);
  EXPECT_EQ(task.input().struct_value().fields().at("content").string_value(), "hello");
  EXPECT_FALSE(task.has_duration());
}

TEST(RunMapping, StillShowsWhatWasAskedOnceTheTaskHasEnded) {
  Story story;
  story.RequestAt(milliseconds(5));
  story.Happen(milliseconds(312), wf::CallEnded{kNote, 1, {{"id", 99}}, {}});
  story.Happen(milliseconds(312), wf::TaskCompleted{kNote, {}, {}, false, "continue"});
  story.Happen(milliseconds(312), wf::RunSucceeded{});
  const auto run = story.Show();
  EXPECT_EQ(run.state(), v1::Run::STATE_SUCCEEDED);
  EXPECT_TRUE(run.has_end_time());
  const v1::Task& task = run.tasks(0);
  EXPECT_EQ(task.state(), v1::Task::STATE_COMPLETED);
  EXPECT_EQ(task.action(), "aircall.calls.comment:1.0.0");
  EXPECT_EQ(task.input().struct_value().fields().at("content").string_value(), "hello");
  EXPECT_EQ(task.output().struct_value().fields().at("id").number_value(), 99);
  EXPECT_EQ(task.duration().nanos(), 312'000'000);
  EXPECT_FALSE(task.has_wait());
}

TEST(RunMapping, ShowsUntilWhenATaskWaitsBeforeItTriesAgain) {
  Story story;
  story.RequestAt(milliseconds(5));
  story.Happen(milliseconds(40),
               wf::CallEnded{kNote, 1, {}, Unavailable("AIRCALL_UNAVAILABLE", "away")});
  story.Happen(milliseconds(40),
               wf::RetryPlanned{kNote, 2, kBegin + seconds(3), "AIRCALL_UNAVAILABLE"});
  const auto run = story.Show();
  EXPECT_EQ(run.tasks(0).state(), v1::Task::STATE_WAITING);
  EXPECT_EQ(run.tasks(0).wait().kind(), v1::TaskWait::KIND_RETRY);
  EXPECT_EQ(run.tasks(0).wait().until_time().seconds(),
            (kBegin + seconds(3)).time_since_epoch() / seconds(1));
}

TEST(RunMapping, ShowsWhyARunFailed) {
  Story story;
  const wf::TaskError error{"https://example.org/errors/communication", 404, "Not found",
                            "there is no such call", kNote};
  story.Happen(milliseconds(9), wf::TaskFailed{kNote, error});
  story.Happen(milliseconds(9), wf::RunFailed{error});
  const auto run = story.Show();
  EXPECT_EQ(run.state(), v1::Run::STATE_FAILED);
  EXPECT_EQ(run.error().status(), 404);
  EXPECT_EQ(run.error().instance(), kNote);
  EXPECT_EQ(run.tasks(0).error().detail(), "there is no such call");
}

TEST(RunMapping, ShowsWhatAParkedRunWaitsFor) {
  Story story;
  story.Happen(milliseconds(9),
               wf::RunParked{"ACCOUNT_NEEDS_REAUTH", "connect the account again", kNote});
  const auto run = story.Show();
  EXPECT_EQ(run.state(), v1::Run::STATE_PARKED);
  EXPECT_EQ(run.parked_code(), "ACCOUNT_NEEDS_REAUTH");
  EXPECT_EQ(run.parked_reason(), "connect the account again");
}

TEST(RunMapping, LeavesDataOutOfTheBasicView) {
  Story story;
  story.RequestAt(milliseconds(5));
  const auto run = story.Show(v1::RUN_VIEW_BASIC);
  EXPECT_FALSE(run.has_input());
  EXPECT_FALSE(run.tasks(0).has_input());
  EXPECT_FALSE(run.data_omitted());
}

TEST(RunMapping, SaysSoWhenTheDataDoesNotFitIntoOneMessage) {
  Story story;
  story.Happen(milliseconds(5),
               wf::TaskCompleted{kNote, Json(std::string(5'000'000, 'x')), {}, false, "continue"});
  const auto run = story.Show();
  EXPECT_TRUE(run.data_omitted());
  EXPECT_LT(run.ByteSizeLong(), 4U * 1024 * 1024);
  ASSERT_THAT(run.tasks(), SizeIs(1));
  EXPECT_FALSE(run.tasks(0).has_output());
}

TEST(RunMapping, DropsTheOldestTasksOnlyWhenThereAreTooManyForAMessage) {
  Story story;
  const std::string long_name(3000, 'n');
  for (int i = 1; i < 3000; ++i) {
    story.Happen(
        milliseconds(i),
        wf::TaskEntered{"/do/" + std::to_string(i) + "/" + long_name, long_name, "set", {}});
  }
  const auto run = story.Show();
  EXPECT_LT(run.ByteSizeLong(), 4U * 1024 * 1024);
  EXPECT_GT(run.omitted_tasks(), 0);
  EXPECT_EQ(run.omitted_tasks() + run.tasks_size(), 3000);
  EXPECT_TRUE(run.tasks(run.tasks_size() - 1).ref().starts_with("/do/2999/"));
}

TEST(RunMapping, ShowsEveryAttemptWithItsTimesAndOutcome) {
  Story story;
  story.RequestAt(milliseconds(5));
  story.Happen(milliseconds(10), wf::CallStarted{kNote, 1, "key"});
  story.Happen(milliseconds(40),
               wf::CallEnded{kNote, 1, {}, Unavailable("AIRCALL_UNAVAILABLE", "away")});
  story.Happen(milliseconds(40),
               wf::RetryPlanned{kNote, 2, kBegin + milliseconds(1040), "AIRCALL_UNAVAILABLE"});
  story.RequestAt(milliseconds(1040), 2);
  story.Happen(milliseconds(1100), wf::CallEnded{kNote, 2, {{"id", 99}}, {}});
  const v1::Task task = story.Show().tasks(0);
  ASSERT_THAT(task.attempts(), SizeIs(2));
  const v1::Attempt& first = task.attempts(0);
  EXPECT_EQ(first.number(), 1);
  EXPECT_EQ(first.outcome(), v1::Attempt::OUTCOME_FAILED);
  EXPECT_EQ(first.error_code(), "AIRCALL_UNAVAILABLE");
  EXPECT_EQ(first.duration().nanos(), 35'000'000);
  EXPECT_EQ(first.send_time().nanos(), 10'000'000);
  EXPECT_EQ(first.input().struct_value().fields().at("content").string_value(), "hello");
  EXPECT_FALSE(first.has_output());
  const v1::Attempt& second = task.attempts(1);
  EXPECT_EQ(second.outcome(), v1::Attempt::OUTCOME_SUCCEEDED);
  EXPECT_EQ(second.output().struct_value().fields().at("id").number_value(), 99);
  ASSERT_THAT(task.pauses(), SizeIs(1));
  EXPECT_EQ(task.pauses(0).kind(), v1::TaskWait::KIND_RETRY);
  EXPECT_EQ(task.pauses(0).start_time().nanos(), 40'000'000);
  EXPECT_EQ(task.pauses(0).end_time().seconds() - task.pauses(0).start_time().seconds(), 1);
}

TEST(RunMapping, ShowsAnAttemptWhoseLostAnswerWasFound) {
  Story story;
  story.RequestAt(milliseconds(5));
  story.Happen(milliseconds(40), wf::CallEnded{kNote, 1, {}, InDoubt("NO_ANSWER", "lost")});
  EXPECT_EQ(story.Show().tasks(0).attempts(0).outcome(), v1::Attempt::OUTCOME_IN_DOUBT);
  story.Happen(milliseconds(40), wf::ReadBackPlanned{kNote, 1, 1, kBegin + milliseconds(2040)});
  EXPECT_FALSE(story.Show().tasks(0).pauses(0).has_end_time());
  story.Happen(milliseconds(2100), wf::ReadBackEnded{kNote, 1, 1, true, {{"id", 99}}, {}});
  const v1::Task task = story.Show().tasks(0);
  EXPECT_EQ(task.attempts(0).outcome(), v1::Attempt::OUTCOME_FOUND);
  EXPECT_EQ(task.attempts(0).error_code(), "");
  EXPECT_EQ(task.attempts(0).output().struct_value().fields().at("id").number_value(), 99);
  EXPECT_EQ(task.pauses(0).kind(), v1::TaskWait::KIND_READ_BACK);
  EXPECT_TRUE(task.pauses(0).has_end_time());
}

TEST(RunMapping, KeepsTheNewestAttemptsOfATaskThatTriesForEver) {
  Story story;
  for (int i = 1; i <= 120; ++i) {
    story.RequestAt(milliseconds(i), i);
    story.Happen(milliseconds(i), wf::CallEnded{kNote, i, {}, Unavailable("AWAY", "away")});
  }
  const v1::Task task = story.Show().tasks(0);
  EXPECT_THAT(task.attempts(), SizeIs(50));
  EXPECT_EQ(task.attempts(49).number(), 120);
  EXPECT_EQ(task.attempt(), 120);
}

TEST(RunMapping, HidesWhatTheDocumentWantsHiddenWhereverItStands) {
  Story story;
  story.RequestAt(milliseconds(5));
  story.Happen(milliseconds(9), wf::CallEnded{kNote, 1, {{"list", {{{"content", "x"}}}}}, {}});
  story.Happen(milliseconds(9), wf::TaskCompleted{kNote, {}, {}, false, "continue"});
  const auto run = story.ShowHiding({"content", "call_id"}, Json::array());
  EXPECT_EQ(run.input().struct_value().fields().at("call_id").string_value(), "[redacted]");
  const v1::Task& task = run.tasks(0);
  EXPECT_EQ(task.input().struct_value().fields().at("content").string_value(), "[redacted]");
  EXPECT_EQ(task.attempts(0).input().struct_value().fields().at("content").string_value(),
            "[redacted]");
  EXPECT_THAT(run.SerializeAsString(), ::testing::Not(::testing::HasSubstr("hello")));
}

TEST(RunMapping, HidesWhatATaskWantsHiddenThereAndNowhereElse) {
  Story story;
  story.RequestAt(milliseconds(5));
  const auto run = story.ShowHiding(Json::array(), {"/content", "/call_id"});
  EXPECT_EQ(run.input().struct_value().fields().at("call_id").number_value(), 7);
  EXPECT_EQ(run.tasks(0).input().struct_value().fields().at("content").string_value(),
            "[redacted]");
}

TEST(RunMapping, NamesStatesAsTheStoreDoes) {
  EXPECT_EQ(StatusOf(v1::Run::STATE_PARKED), "PARKED");
  EXPECT_EQ(StatusOf(v1::Run::STATE_UNSPECIFIED), "");
}

TEST(RunHistory, SaysThatADamagedJournalCannotBeRead) {
  ports::JournalRow row;
  row.facts = Json::array({{{"is", "nonsense"}}});
  EXPECT_EQ(ReadHistory({row}).error().code, "JOURNAL_UNREADABLE");
}

}  // namespace
}  // namespace sb::api
