#include "engine/runtime/run_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/adapters/jq/jq_expressions.h"
#include "engine/adapters/system/system_time_zones.h"
#include "engine/core/workflow/parser.h"
#include "tests/support/fake_action_catalog.h"
#include "tests/support/manual_executor.h"
#include "tests/support/memory_ownership_store.h"
#include "tests/support/memory_run_store.h"
#include "tests/support/no_surroundings.h"
#include "tests/support/seeded_random.h"

namespace sb::runtime {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr const char* kNoteAndLook = R"(
document: { dsl: '1.0.3', namespace: acme, name: note, version: '1.0.0' }
do:
  - note: { call: aircall.calls.comment, with: { call_id: 7, content: Hello } }
  - look: { call: aircall.tags.list, with: {} }
)";

constexpr const char* kLongWait = R"(
document: { dsl: '1.0.3', namespace: acme, name: patience, version: '1.0.0' }
do:
  - rest: { wait: { minutes: 10 } }
)";

/// Takes calls down instead of making them.
class RecordingPerformer : public ports::ActionPerformer {
 public:
  struct Taken {
    ports::ActionCall call;
    Done done;
  };

  void Perform(ports::ActionCall call, Done done) override {
    calls.push_back({std::move(call), std::move(done)});
  }

  void ReadBack(ports::ActionCall call, WallTime, ReadBackDone done) override {
    looked_up.push_back(call.action);
    done(found);
  }

  void NoteInterrupted(ports::ActionCall call, WallTime requested_at) override {
    interrupted.emplace_back(call.action, requested_at);
  }

  /// The quota admits the newest call.
  void Admit() {
    calls.back().call.on_admitted([this](bool go) { sent.push_back(go); });
  }

  std::vector<Taken> calls;
  std::vector<bool> sent;  ///< Of each admitted request whether it left.
  std::vector<std::string> looked_up;
  std::vector<std::pair<std::string, WallTime>> interrupted;
  std::optional<Json> found;
};

class RunTableStory : public ::testing::Test {
 protected:
  static constexpr InstanceId kInstance{7};
  static constexpr AccountId kAccount{1001};

  RunTableStory() {
    commits_.SetFence({kInstance, 0, ownership_.Register(kInstance, 1, clock_.Now())->incarnation});
    workflow_ = Parse(kNoteAndLook);
  }

  SharedWorkflow Parse(const char* yaml) {
    auto outcome = core::workflow::ParseWorkflow(yaml, actions_, expressions_, zones_);
    return std::make_shared<const core::workflow::Workflow>(std::move(*outcome.workflow));
  }

  RunId Create(const std::string& trigger = "the trigger") {
    Creation creation;
    creation.run.key = {17, kAccount, ids_.Next<RunTag>(clock_.Now())};
    creation.run.workflow = WorkflowId(501);
    creation.run.trigger_key = trigger;
    creation.workflow = workflow_;
    creation.input = Json::object();
    const RunId id = creation.run.key.run;
    std::vector<Creation> creations;
    creations.push_back(std::move(creation));
    table_.Create(std::move(creations), {}, {});
    return id;
  }

  std::string TaskStates(RunId id) {
    std::string states;
    for (const auto& ref : table_.Find(id)->order) {
      const auto& task = table_.Find(id)->tasks.at(ref);
      states += task.name + ":" + core::workflow::ToString(task.status) + " ";
    }
    return states;
  }

  testing::FakeClock clock_;
  testing::ManualExecutor executor_{clock_};
  testing::MemoryDatabase database_;
  testing::MemoryRunStore store_{database_};
  testing::MemoryOwnershipStore ownership_{database_, clock_};
  testing::SeededRandom random_;
  Metrics metrics_;
  IdGenerator ids_{7};
  adapters::jq::JqExpressions expressions_;
  adapters::system::SystemTimeZones zones_;
  support::FakeActionCatalog actions_ = support::FakeActionCatalog::Aircall();
  SharedWorkflow workflow_;
  RecordingPerformer performer_;
  Watchers watchers_;
  std::vector<ports::RunKey> reloads_;
  testing::NoSurroundings surroundings_;
  std::vector<RunId> forgiven_;
  CommitWriter commits_{{store_, executor_, executor_, clock_, random_, metrics_, [] {}}};
  RunTable table_{{expressions_, actions_, performer_, commits_, watchers_, clock_, executor_,
                   metrics_, 14s, [this](const ports::RunKey& key) { reloads_.push_back(key); },
                   performer_, surroundings_, [this](RunId id) { forgiven_.push_back(id); }}};
};

TEST_F(RunTableStory, StartsNoEffectBeforeItsCauseIsStored) {
  Create();
  EXPECT_THAT(performer_.calls, IsEmpty());
  executor_.RunReady();
  EXPECT_EQ(performer_.calls.size(), 1U);
}

TEST_F(RunTableStory, LetsAMutatingRequestLeaveOnlyAfterItsIntentIsStored) {
  const RunId id = Create();
  executor_.RunReady();
  const int commits = store_.commit_count();
  performer_.Admit();
  EXPECT_THAT(performer_.sent, IsEmpty());
  executor_.RunReady();
  EXPECT_THAT(performer_.sent, ElementsAre(true));
  EXPECT_EQ(store_.commit_count(), commits + 1);
  EXPECT_EQ(store_.Get(id)->journal.back().kind, ports::JournalKind::kIntent);
}

TEST_F(RunTableStory, DropsAnAdmittedRequestOfARunThatWasCancelled) {
  const RunId id = Create();
  executor_.RunReady();
  table_.Give(id, core::workflow::Cancel{"no longer wanted"});
  performer_.Admit();
  executor_.RunReady();
  EXPECT_THAT(performer_.sent, ElementsAre(false));
  EXPECT_EQ(store_.Get(id)->summary.status, "CANCELLED");
}

TEST_F(RunTableStory, NotesWhyARunWasCancelled) {
  const RunId id = Create();
  executor_.RunReady();
  table_.Give(id, core::workflow::Cancel{"no longer wanted"});
  executor_.RunReady();
  EXPECT_EQ(store_.Get(id)->summary.note, "no longer wanted");
}

TEST_F(RunTableStory, GoesOnWithTheOutcomeAndEnds) {
  const RunId id = Create();
  executor_.RunReady();
  performer_.calls[0].done(Json::object());
  executor_.RunReady();
  ASSERT_EQ(performer_.calls.size(), 2U);
  EXPECT_EQ(TaskStates(id), "note:COMPLETED look:RUNNING ");
  performer_.calls[1].done(Json{{"tags", Json::array()}});
  executor_.RunReady();
  EXPECT_FALSE(table_.IsLive(id));
  EXPECT_EQ(store_.Get(id)->summary.status, "SUCCEEDED");
}

TEST_F(RunTableStory, IgnoresTheSameOutcomeTheSecondTime) {
  Create();
  executor_.RunReady();
  performer_.calls[0].done(Json::object());
  performer_.calls[0].done(Json::object());
  executor_.RunReady();
  EXPECT_EQ(performer_.calls.size(), 2U);
}

TEST_F(RunTableStory, MakesNoSecondRunOfOneTrigger) {
  Create("same");
  executor_.RunReady();
  const RunId second = Create("same");
  executor_.RunReady();
  EXPECT_FALSE(table_.IsLive(second));
  EXPECT_EQ(performer_.calls.size(), 1U);
}

TEST_F(RunTableStory, LooksUpARequestThatMayHaveLeftBeforeACrash) {
  const RunId id = Create();
  executor_.RunReady();
  performer_.Admit();
  executor_.RunReady();
  const auto stored = store_.Get(id);
  table_.Clear();  // the crash: nothing but the journal is left

  performer_.found = Json{{"note", "is there"}};
  ASSERT_TRUE(table_.Adopt(*stored, workflow_).ok());
  executor_.AdvanceBy(13s);
  EXPECT_THAT(performer_.looked_up, IsEmpty()) << "the old request may still be under way";
  executor_.AdvanceBy(2s);
  EXPECT_THAT(performer_.looked_up, ElementsAre("aircall.calls.comment:1.0.0"));
  EXPECT_EQ(TaskStates(id), "note:COMPLETED look:RUNNING ");
}

TEST_F(RunTableStory, TellsAtOnceWhatMayBeUnderWayOfADeadProcess) {
  const RunId id = Create();
  executor_.RunReady();
  const WallTime asked = clock_.Now();
  performer_.Admit();
  executor_.RunReady();
  table_.Clear();
  executor_.AdvanceBy(1s);
  ASSERT_TRUE(table_.Adopt(*store_.Get(id), workflow_).ok());
  EXPECT_THAT(performer_.interrupted, ElementsAre(Pair("aircall.calls.comment:1.0.0", asked)));

  executor_.AdvanceBy(14s);  // it was not there; before it is looked for again, this one dies, too
  ASSERT_THAT(performer_.looked_up, SizeIs(1));
  table_.Clear();
  ASSERT_TRUE(table_.Adopt(*store_.Get(id), workflow_).ok());
  EXPECT_THAT(performer_.interrupted, SizeIs(2));
}

TEST_F(RunTableStory, IsLoadedForItsRequestUnderWayThoughAPersonHoldsIt) {
  const RunId id = Create();
  executor_.RunReady();
  performer_.Admit();
  executor_.RunReady();
  table_.Give(id, core::workflow::Suspend{"let me look", "SUSPENDED"});
  executor_.RunReady();
  ASSERT_EQ(store_.Get(id)->summary.status, "PARKED");
  EXPECT_THAT(store_.LoadDue({17}, clock_.Now(), RunId(), 10).value(), SizeIs(1));

  performer_.calls[0].done(Json::object());
  executor_.RunReady();
  EXPECT_THAT(store_.LoadDue({17}, clock_.Now(), RunId(), 10).value(), IsEmpty());
}

TEST_F(RunTableStory, SimplyMakesARequestThatOnlyWaitedWhenItCrashed) {
  const RunId id = Create();
  executor_.RunReady();
  const auto stored = store_.Get(id);
  table_.Clear();
  ASSERT_TRUE(table_.Adopt(*stored, workflow_).ok());
  executor_.RunReady();
  EXPECT_EQ(performer_.calls.size(), 2U);
  EXPECT_EQ(performer_.calls[0].call.op_key, performer_.calls[1].call.op_key);
}

TEST_F(RunTableStory, TellsWatchersWhatWasStored) {
  const RunId id = Create();
  std::vector<std::string> heard;
  auto watch = watchers_.Add(
      id, [&](const RunNews& news) { heard.push_back(core::workflow::ToString(news.run.status)); });
  executor_.RunReady();
  EXPECT_THAT(heard, ElementsAre("RUNNING"));
  watch.reset();
  performer_.calls[0].done(Json::object());
  executor_.RunReady();
  EXPECT_EQ(heard.size(), 1U);
}

TEST_F(RunTableStory, HandsARunBackWhenItsHistoryHasMovedElsewhere) {
  const RunId id = Create();
  executor_.RunReady();
  store_.FailNext(Conflict("RUN_SEQUENCE_CONFLICT", "it moved"));
  performer_.calls[0].done(Json::object());
  executor_.RunReady();
  EXPECT_FALSE(table_.IsLive(id));
  ASSERT_EQ(reloads_.size(), 1U);
  EXPECT_EQ(reloads_[0].run, id);
}

TEST_F(RunTableStory, ParksARunOfWhichTheEngineDiedThreeTimes) {
  const RunId id = Create();
  executor_.RunReady();
  table_.Clear();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(store_.CountCrash(id).ok());
  performer_.calls.clear();

  ASSERT_TRUE(table_.Adopt(*store_.Get(id), workflow_).ok());
  executor_.RunReady();

  EXPECT_EQ(store_.Get(id)->summary.status, "PARKED");
  EXPECT_THAT(store_.Get(id)->summary.note, ::testing::HasSubstr("died 3 times"));
  EXPECT_THAT(performer_.calls, IsEmpty());
}

TEST_F(RunTableStory, GoesOnWithAPoisonedRunWhenAPersonSaysSo) {
  const RunId id = Create();
  executor_.RunReady();
  table_.Clear();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(store_.CountCrash(id).ok());
  ASSERT_TRUE(table_.Adopt(*store_.Get(id), workflow_).ok());
  executor_.RunReady();
  performer_.calls.clear();
  ASSERT_TRUE(table_.Adopt(*store_.Get(id), workflow_).ok());

  table_.Give(id, core::workflow::Resume{});
  executor_.RunReady();

  EXPECT_EQ(performer_.calls.size(), 1U) << "what it was waiting for when it was parked";
  EXPECT_THAT(forgiven_, ElementsAre(id));
}

TEST_F(RunTableStory, LetsGoOfAClosedRunOnceItsRequestIsAnswered) {
  const RunId id = Create();
  executor_.RunReady();
  performer_.Admit();
  executor_.RunReady();
  ASSERT_THAT(performer_.sent, ElementsAre(true));

  table_.Close({17});
  executor_.RunReady();
  EXPECT_TRUE(table_.Holds(SlotSet({17}))) << "its request is under way";
  performer_.calls.back().done(Json::object());
  executor_.RunReady();

  EXPECT_FALSE(table_.Holds(SlotSet({17})));
  EXPECT_EQ(performer_.calls.size(), 1U) << "the next owner goes on";
  EXPECT_EQ(store_.Get(id)->summary.status, "RUNNING");
}

TEST_F(RunTableStory, LetsNoRequestLeaveWhoseSlotWasClosedWhileItsIntentWasStored) {
  Create();
  executor_.RunReady();
  performer_.Admit();
  table_.Close({17});
  executor_.RunReady();
  EXPECT_THAT(performer_.sent, ElementsAre(false));
}

TEST_F(RunTableStory, TellsWhoeverAsksAClosedRunThatItMoved) {
  const RunId id = Create();
  executor_.RunReady();
  table_.Close({17});
  std::string code;
  table_.Give(id, core::workflow::Cancel{"late"},
              [&code](const Result<bool>& changed) { code = changed.error().code; });
  EXPECT_EQ(code, "SLOT_MOVED");
}

TEST_F(RunTableStory, TakesNoGivenBackCallForAnOutcome) {
  const RunId id = Create();
  executor_.RunReady();
  table_.Close({17});
  performer_.calls.back().done(Cancelled("SLOT_MOVED", "it waits for another owner"));
  executor_.RunReady();
  EXPECT_FALSE(table_.IsLive(id));
  const int seq = store_.Get(id)->summary.seq;
  table_.Open({17});
  performer_.calls.clear();
  ASSERT_TRUE(table_.Adopt(*store_.Get(id), workflow_).ok());
  EXPECT_EQ(performer_.calls.size(), 1U) << "it is made again";
  EXPECT_EQ(store_.Get(id)->summary.seq, seq);
}

TEST_F(RunTableStory, KeepsALongWaitInTheDatabaseOnly) {
  workflow_ = Parse(kLongWait);
  const RunId id = Create();
  executor_.RunReady();
  EXPECT_FALSE(table_.IsLive(id));
  EXPECT_EQ(executor_.TimerCount(), 0U) << "it costs nothing here";
  EXPECT_THAT(store_.FindDue({17}, clock_.Now() + 9min, RunId(), 10).value(), IsEmpty());
  EXPECT_THAT(store_.FindDue({17}, clock_.Now() + 10min, RunId(), 10).value(), ElementsAre(id));
  EXPECT_THAT(store_.LoadDue({17}, clock_.Now() + 1min, RunId(), 10).value(), IsEmpty());
}

TEST_F(RunTableStory, WakesAWaitingRunThatWasFetchedInTime) {
  workflow_ = Parse(kLongWait);
  const RunId id = Create();
  executor_.RunReady();
  executor_.AdvanceBy(9min + 30s);
  ASSERT_TRUE(table_.Adopt(*store_.Get(id), workflow_).ok());
  executor_.AdvanceBy(29s);
  EXPECT_TRUE(table_.IsLive(id));
  executor_.AdvanceBy(2s);
  EXPECT_EQ(store_.Get(id)->summary.status, "SUCCEEDED");
}

TEST_F(RunTableStory, LetsGoOfAWaitingRunAgainThatWasFetchedForNothing) {
  workflow_ = Parse(kLongWait);
  const RunId id = Create();
  executor_.RunReady();
  ASSERT_TRUE(table_.Adopt(*store_.Get(id), workflow_).ok());
  std::optional<bool> changed;
  table_.Give(id, core::workflow::Resume{},
              [&changed](const Result<bool>& decided) { changed = *decided; });
  executor_.RunReady();
  EXPECT_EQ(changed, false) << "it is not parked";
  EXPECT_FALSE(table_.IsLive(id));
}

TEST_F(RunTableStory, LetsGoOfAParkedRunUntilSomebodyResumesIt) {
  const RunId id = Create();
  executor_.RunReady();
  performer_.calls.back().done(Unauthorized("ACCOUNT_NEEDS_REAUTH", "connect it again"));
  executor_.RunReady();
  EXPECT_EQ(store_.Get(id)->summary.status, "PARKED");
  EXPECT_FALSE(table_.IsLive(id));

  performer_.calls.clear();
  ASSERT_TRUE(table_.Adopt(*store_.Get(id), workflow_).ok());
  table_.Give(id, core::workflow::Resume{});
  executor_.RunReady();
  EXPECT_TRUE(table_.IsLive(id));
  EXPECT_EQ(performer_.calls.size(), 1U);
}

}  // namespace
}  // namespace sb::runtime
