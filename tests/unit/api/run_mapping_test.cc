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
    const auto history = History();
    return ToProto(Summary(), "acme/note:1.0.0", history.run, history.requests, view);
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

TEST(RunMapping, NamesStatesAsTheStoreDoes) {
  EXPECT_EQ(StatusOf(v1::Run::STATE_PARKED), "PARKED");
  EXPECT_EQ(StatusOf(v1::Run::STATE_UNSPECIFIED), "");
}

TEST(RunHistory, KnowsAnEarlierStageFromALaterOne) {
  Story story;
  const auto early = story.History();
  story.RequestAt(milliseconds(5));
  const auto late = story.History();
  EXPECT_TRUE(IsEarlier(early.run, late.run));
  EXPECT_FALSE(IsEarlier(late.run, early.run));
  EXPECT_FALSE(IsEarlier(late.run, late.run));
}

TEST(RunHistory, SaysThatADamagedJournalCannotBeRead) {
  ports::JournalRow row;
  row.facts = Json::array({{{"is", "nonsense"}}});
  EXPECT_EQ(ReadHistory({row}).error().code, "JOURNAL_UNREADABLE");
}

TEST(RunHistory, RemembersTheNewestRequestOfATaskWhateverTheOrder) {
  const wf::Fact first{kBegin,
                       wf::CallRequested{kNote, 1, "a:1.0.0", {}, wf::EffectClass::kRead, ""}};
  const wf::Fact second{kBegin,
                        wf::CallRequested{kNote, 2, "a:1.0.0", {}, wf::EffectClass::kRead, ""}};
  Requests requests;
  Remember({second}, requests);
  Remember({first}, requests);
  EXPECT_EQ(requests.at(kNote).attempt, 2);
}

}  // namespace
}  // namespace sb::api
