#include <thread>

#include <gmock/gmock.h>

#include "engine/runtime/journal_codec.h"
#include "switchboard/v1/run.grpc.pb.h"
#include "tests/integration/api/api_house.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
namespace wf = core::workflow;
using grpc::StatusCode;
using ports::Role;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::ReasonOf;
using ::testing::SizeIs;

constexpr const char* kWatchedNote = "/do/0/note";

class WatchCalls : public ::testing::Test {
 protected:
  std::unique_ptr<grpc::ClientReader<v1::WatchRunResponse>> Watch(grpc::ClientContext& context,
                                                                  const std::string& token = "") {
    v1::WatchRunRequest request;
    request.set_run(ToText(run_));
    request.set_resume_token(token);
    return stub_->WatchRun(&context, request);
  }

  void Enter() { house_.engine.Tell(run_, {wf::TaskEntered{kWatchedNote, "note", "call", {}}}); }

  wf::Run StoredState() {
    const std::lock_guard lock(house_.database.mutex);
    return runtime::FromJournal(house_.database.runs.at(run_).stored.journal).value();
  }

  testing::ApiHouse house_;
  std::string acme_ = house_.AddKey(Role::kViewer, "acme");
  RunId run_ = house_.AddRun(house_.AddAccount("acme"), house_.AddWorkflow());
  std::unique_ptr<v1::RunService::Stub> stub_ = v1::RunService::NewStub(house_.channel());
};

TEST_F(WatchCalls, TellsTheRunAsItStandsAndThenWhateverHappensToItsEnd) {
  Enter();
  const auto context = house_.With(acme_);
  const auto stream = Watch(*context);
  v1::WatchRunResponse stage;
  ASSERT_TRUE(stream->Read(&stage));
  ASSERT_THAT(stage.run().tasks(), SizeIs(1));
  EXPECT_EQ(stage.run().tasks(0).state(), v1::Task::STATE_RUNNING);
  house_.engine.Tell(run_,
                     {wf::TaskCompleted{kWatchedNote, Json{{"id", 7}}, {}, false, "continue"}});
  ASSERT_TRUE(stream->Read(&stage));
  EXPECT_EQ(stage.run().tasks(0).state(), v1::Task::STATE_COMPLETED);
  house_.engine.Tell(run_, {wf::RunSucceeded{}});
  ASSERT_TRUE(stream->Read(&stage));
  EXPECT_EQ(stage.run().state(), v1::Run::STATE_SUCCEEDED);
  EXPECT_EQ(stage.run().workflow_name(), "acme/note:1.0.0");
  EXPECT_FALSE(stream->Read(&stage));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(WatchCalls, OfARunThatHasEndedTellsItOnceAndEnds) {
  house_.engine.Tell(run_, {wf::RunCancelled{"enough"}});
  const auto context = house_.With(acme_);
  const auto stream = Watch(*context);
  v1::WatchRunResponse stage;
  ASSERT_TRUE(stream->Read(&stage));
  EXPECT_EQ(stage.run().state(), v1::Run::STATE_CANCELLED);
  EXPECT_FALSE(stream->Read(&stage));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(WatchCalls, OfASlowClientSkipsStagesButNeverTheEnd) {
  Enter();
  const auto context = house_.With(acme_);
  const auto stream = Watch(*context);
  v1::WatchRunResponse stage;
  ASSERT_TRUE(stream->Read(&stage));
  // More than any buffer between the two would hold: 200 stages of 256 KiB.
  const std::string much(256 * 1024, 'x');
  for (int i = 2; i <= 200; ++i) {
    house_.engine.Tell(run_, {wf::CallRequested{kWatchedNote,
                                                i,
                                                "aircall.calls.comment:1.0.0",
                                                {{"content", much}},
                                                wf::EffectClass::kRead,
                                                ""}});
  }
  house_.engine.Tell(run_, {wf::RunSucceeded{}});
  int stages = 0;
  while (stream->Read(&stage)) ++stages;
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_LT(stages, 200);
  EXPECT_EQ(stage.run().state(), v1::Run::STATE_SUCCEEDED);
}

std::vector<std::string> TypesOf(const v1::WatchRunResponse& stage) {
  std::vector<std::string> types;
  for (const v1::RunChange& change : stage.changes())
    types.push_back(change.type().substr(std::string("io.serverlessworkflow.").size()));
  return types;
}

TEST_F(WatchCalls, ThatIsResumedTellsWhatHappenedMeanwhileAndNothingTwice) {
  v1::WatchRunResponse stage;
  {
    const auto context = house_.With(acme_);
    const auto stream = Watch(*context);
    ASSERT_TRUE(stream->Read(&stage));
    EXPECT_THAT(stage.changes(), IsEmpty());
    Enter();
    ASSERT_TRUE(stream->Read(&stage));
    EXPECT_THAT(TypesOf(stage), ElementsAre("task.created.v1", "task.started.v1"));
    EXPECT_EQ(stage.changes(0).task(), kWatchedNote);
    context->TryCancel();
    static_cast<void>(stream->Finish());
  }
  house_.engine.Tell(run_, {wf::TaskCompleted{kWatchedNote, {}, {}, false, "continue"}});
  const auto context = house_.With(acme_);
  const auto stream = Watch(*context, stage.resume_token());
  ASSERT_TRUE(stream->Read(&stage));
  EXPECT_THAT(TypesOf(stage), ElementsAre("task.completed.v1"));
  house_.engine.Tell(run_, {wf::RunSucceeded{}});
  ASSERT_TRUE(stream->Read(&stage));
  EXPECT_THAT(TypesOf(stage), ElementsAre("workflow.completed.v1"));
  EXPECT_FALSE(stream->Read(&stage));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(WatchCalls, OfALongRunIsResumedBehindItsSnapshot) {
  v1::WatchRunResponse stage;
  {
    const auto context = house_.With(acme_);
    const auto stream = Watch(*context);
    ASSERT_TRUE(stream->Read(&stage));
    context->TryCancel();
    static_cast<void>(stream->Finish());
  }
  Enter();
  house_.engine.Tell(run_, {wf::TaskCompleted{kWatchedNote, {}, {}, false, "continue"}});
  house_.engine.Tell(run_, {wf::RunSnapshot{ToJson(StoredState()), 1}});
  house_.engine.Tell(run_, {wf::RunSucceeded{}});
  const auto context = house_.With(acme_);
  const auto stream = Watch(*context, stage.resume_token());
  ASSERT_TRUE(stream->Read(&stage));
  EXPECT_THAT(TypesOf(stage), ElementsAre("workflow.completed.v1"));
  EXPECT_THAT(stage.run().tasks(), SizeIs(1)) << "the run itself is whole";
  EXPECT_FALSE(stream->Read(&stage));
}

TEST_F(WatchCalls, OfALongRunElsewhereStartsOverAtItsSnapshot) {
  Enter();
  const auto context = house_.With(acme_);
  const auto stream = Watch(*context);
  v1::WatchRunResponse stage;
  ASSERT_TRUE(stream->Read(&stage));
  const wf::Run state = StoredState();
  {
    const std::lock_guard lock(house_.database.mutex);
    auto& stored = house_.database.runs.at(run_).stored;
    stored.journal = runtime::ToJournal(
        stored.summary.key, stored.summary.seq,
        {{house_.clock.Now() + std::chrono::seconds(1), wf::RunSnapshot{ToJson(state), 1}},
         {house_.clock.Now() + std::chrono::seconds(1), wf::RunSucceeded{}}});
    stored.summary.seq = stored.journal.back().seq;
  }
  house_.engine.TellWhole(run_);
  ASSERT_TRUE(stream->Read(&stage));
  EXPECT_EQ(stage.run().state(), v1::Run::STATE_SUCCEEDED);
  EXPECT_THAT(stage.run().tasks(), SizeIs(1));
  EXPECT_FALSE(stream->Read(&stage));
}

TEST_F(WatchCalls, ThatIsResumedWithNothingNewStaysSilentUntilThereIs) {
  v1::WatchRunResponse stage;
  {
    const auto context = house_.With(acme_);
    const auto stream = Watch(*context);
    ASSERT_TRUE(stream->Read(&stage));
    context->TryCancel();
    static_cast<void>(stream->Finish());
  }
  const auto context = house_.With(acme_);
  const auto stream = Watch(*context, stage.resume_token());
  while (house_.engine.WatcherCount(run_) == 0) std::this_thread::yield();
  Enter();
  ASSERT_TRUE(stream->Read(&stage));
  EXPECT_THAT(TypesOf(stage), ElementsAre("task.created.v1", "task.started.v1"));
}

TEST_F(WatchCalls, TellsManyChangesInPiecesThatCanBeResumedAnywhere) {
  v1::WatchRunResponse stage;
  std::string token;
  {
    const auto context = house_.With(acme_);
    const auto stream = Watch(*context);
    ASSERT_TRUE(stream->Read(&stage));
    token = stage.resume_token();
    context->TryCancel();
    static_cast<void>(stream->Finish());
  }
  std::vector<wf::FactBody> facts;
  for (int i = 0; i < 700; ++i)
    facts.push_back(wf::TaskEntered{"/do/" + std::to_string(i) + "/x", "x", "set", {}});
  facts.push_back(wf::RunSucceeded{});
  house_.engine.Tell(run_, facts);
  std::vector<std::string> tasks;
  for (bool more = true; more;) {  // a new stream for each message
    const auto context = house_.With(acme_);
    const auto stream = Watch(*context, token);
    more = stream->Read(&stage);
    if (more) token = stage.resume_token();
    EXPECT_TRUE(!more || stage.changes_size() <= 501);
    for (const v1::RunChange& change : stage.changes()) {
      if (more && change.type() == "io.serverlessworkflow.task.created.v1")
        tasks.push_back(change.task());
    }
    context->TryCancel();
    static_cast<void>(stream->Finish());
  }
  ASSERT_THAT(tasks, SizeIs(700));
  for (int i = 0; i < 700; ++i)
    EXPECT_EQ(tasks[static_cast<std::size_t>(i)], "/do/" + std::to_string(i) + "/x");
}

TEST_F(WatchCalls, OfARunThatAnotherInstanceWorksOnTellsEachChangeOnce) {
  const auto context = house_.With(acme_);
  const auto stream = Watch(*context);
  v1::WatchRunResponse stage;
  ASSERT_TRUE(stream->Read(&stage));
  house_.engine.TellWhole(run_);
  Enter();
  ASSERT_TRUE(stream->Read(&stage));
  EXPECT_THAT(TypesOf(stage), ElementsAre("task.created.v1", "task.started.v1"));
  house_.engine.TellWhole(run_);
  house_.engine.Tell(run_, {wf::RunSucceeded{}});
  ASSERT_TRUE(stream->Read(&stage));
  EXPECT_THAT(TypesOf(stage), ElementsAre("workflow.completed.v1"));
}

TEST_F(WatchCalls, RefusesATokenOfAnotherRun) {
  v1::WatchRunResponse stage;
  const auto context = house_.With(acme_);
  const auto stream = Watch(*context, "1.0.00000000");
  EXPECT_FALSE(stream->Read(&stage));
  EXPECT_EQ(ReasonOf(stream->Finish()), "RESUME_TOKEN_INVALID");
}

TEST_F(WatchCalls, OfAnotherTenantsRunIsRefusedAndLeavesNoWatcher) {
  const auto context = house_.With(house_.AddKey(Role::kViewer, "globex"));
  const auto stream = Watch(*context);
  v1::WatchRunResponse stage;
  EXPECT_FALSE(stream->Read(&stage));
  const auto status = stream->Finish();
  EXPECT_EQ(status.error_code(), StatusCode::NOT_FOUND);
  EXPECT_EQ(ReasonOf(status), "RUN_NOT_FOUND");
  house_.StopEverything();
  EXPECT_EQ(house_.engine.WatcherCount(run_), 0);
}

TEST_F(WatchCalls, WithoutAKeyIsRefused) {
  const auto context = house_.With("");
  const auto stream = Watch(*context);
  v1::WatchRunResponse stage;
  EXPECT_FALSE(stream->Read(&stage));
  EXPECT_EQ(ReasonOf(stream->Finish()), "API_KEY_MISSING");
}

TEST_F(WatchCalls, StopsWhenTheClientGoesAway) {
  const auto context = house_.With(acme_);
  const auto stream = Watch(*context);
  v1::WatchRunResponse stage;
  ASSERT_TRUE(stream->Read(&stage));
  context->TryCancel();
  EXPECT_EQ(stream->Finish().error_code(), StatusCode::CANCELLED);
  house_.StopEverything();
  EXPECT_EQ(house_.engine.WatcherCount(run_), 0);
}

TEST_F(WatchCalls, EndsWhenTheServerStopsAndSaysThatWatchingAgainHelps) {
  const auto context = house_.With(acme_);
  const auto stream = Watch(*context);
  v1::WatchRunResponse stage;
  ASSERT_TRUE(stream->Read(&stage));
  std::thread stopping([this] { house_.server->Stop(std::chrono::seconds(5)); });
  EXPECT_FALSE(stream->Read(&stage));
  const auto status = stream->Finish();
  stopping.join();
  EXPECT_EQ(status.error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(status), "API_STOPPING");
}

}  // namespace
}  // namespace sb::api
