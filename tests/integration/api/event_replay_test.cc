#include <gmock/gmock.h>

#include "switchboard/v1/event.grpc.pb.h"
#include "switchboard/v1/run.grpc.pb.h"
#include "tests/integration/api/api_house.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
namespace wf = core::workflow;
using ports::Role;
using ::testing::HasSubstr;
using testing::ReasonOf;
using ::testing::SizeIs;

constexpr const char* kFollowUp = R"(
document:
  dsl: '1.0.3'
  namespace: acme
  name: follow-up
  version: '1.0.0'
  metadata: { switchboard: { redact: [secret] } }
schedule: { on: { one: { with: { type: io.aircall.call.ended } } } }
do:
  - look: { call: aircall.calls.get, with: { call_id: '${ $workflow.input[0].data.id }' } }
  - pause: { wait: { hours: 3 } }
  - note:
      call: aircall.calls.comment
      with: { call_id: '${ $workflow.input[0].data.id }', content: '${ $steps.look.output.word // "nothing" }' }
)";

class EventReplayCalls : public ::testing::Test {
 protected:
  struct Heard {
    std::vector<v1::ReplayEventsResponse> messages;
    grpc::Status status;
  };

  Heard Replay(const v1::ReplayEventsRequest& request, const std::string& key) {
    const auto context = house_.With(key);
    const auto stream = stub_->ReplayEvents(context.get(), request);
    Heard heard;
    v1::ReplayEventsResponse message;
    while (stream->Read(&message)) heard.messages.push_back(message);
    heard.status = stream->Finish();
    return heard;
  }

  static v1::ReplayEventsRequest Request(bool dry_run) {
    v1::ReplayEventsRequest request;
    request.set_workflow("acme/follow-up");
    request.set_filter("receive_time >= 2026-06-01");
    request.set_dry_run(dry_run);
    if (!dry_run) request.set_replay_id("june");
    return request;
  }

  WorkflowId Deploy(const std::string& source) {
    ports::WorkflowVersion version;
    version.id = house_.ids.Next<WorkflowTag>(house_.clock.Now());
    version.workspace = "acme";
    version.name = "follow-up";
    version.version = "1.0.0";
    version.source = source;
    version.source_hash = source;
    return house_.workflows.Deploy(version).value().id;
  }

  std::size_t RunCount() { return house_.runs.List({}, {0, 1000})->items.size(); }

  testing::ApiHouse house_;
  std::string operator_ = house_.AddKey(Role::kOperator, "acme");
  std::string viewer_ = house_.AddKey(Role::kViewer, "acme");
  AccountId account_ = house_.AddAccount("acme");
  WorkflowId workflow_ = Deploy(kFollowUp);
  std::unique_ptr<v1::EventService::Stub> stub_ = v1::EventService::NewStub(house_.channel());
};

TEST_F(EventReplayCalls, ADryRunShowsTheCallsAndDoesNothing) {
  const EventId event = house_.AddEvent(account_);
  house_.AddEvent(account_, "io.aircall.call.created");
  const auto heard = Replay(Request(true), viewer_);
  ASSERT_TRUE(heard.status.ok()) << heard.status.error_message();
  ASSERT_THAT(heard.messages, SizeIs(2));
  const auto& first = heard.messages[0];
  EXPECT_EQ(first.event().id(), ToText(event));
  EXPECT_TRUE(first.matched());
  EXPECT_EQ(first.dry_run().ending(), v1::DryRun::ENDING_SUCCEEDED);
  ASSERT_THAT(first.dry_run().calls(), SizeIs(2));
  const v1::DryCall& look = first.dry_run().calls(0);
  EXPECT_EQ(look.action().substr(0, look.action().find(':')), "aircall.calls.get");
  EXPECT_EQ(look.answer(), v1::DryCall::ANSWER_EMPTY);
  const v1::DryCall& note = first.dry_run().calls(1);
  EXPECT_EQ(note.task(), "/do/2/note");
  EXPECT_EQ(note.input().struct_value().fields().at("content").string_value(), "nothing");
  EXPECT_FALSE(heard.messages[1].matched());
  EXPECT_EQ(heard.messages[1].done(), 2);
  EXPECT_EQ(heard.messages[1].total(), 2);
  EXPECT_EQ(RunCount(), 0U);
}

TEST_F(EventReplayCalls, ADryRunGoesOnWithWhatEarlierRunsWereAnswered) {
  const EventId event = house_.AddEvent(account_);
  runtime::Engine::StartRequest start;
  start.account = account_;
  start.workflow = workflow_;
  start.event = event;
  RunId run;
  house_.engine.StartRun(start, [&](const Result<RunId>& started) { run = *started; });
  house_.engine.Tell(run,
                     {wf::CallRequested{"/do/0/look",
                                        1,
                                        "aircall.calls.get:1.0.0",
                                        {{"call_id", 4190000017}},
                                        wf::EffectClass::kRead,
                                        ""},
                      wf::CallEnded{"/do/0/look", 1, {{"word", "recorded"}, {"secret", "x"}}, {}},
                      wf::CallRequested{"/do/2/note",
                                        1,
                                        "aircall.calls.comment:1.0.0",
                                        {{"call_id", 1}},
                                        wf::EffectClass::kVerifiable,
                                        ""},
                      wf::CallEnded{"/do/2/note", 1, {{"id", 1}}, {}}});
  const auto heard = Replay(Request(true), viewer_);
  ASSERT_THAT(heard.messages, SizeIs(1));
  const auto& calls = heard.messages[0].dry_run().calls();
  ASSERT_THAT(calls, SizeIs(2));
  EXPECT_EQ(calls[0].answer(), v1::DryCall::ANSWER_RECORDED);
  EXPECT_EQ(calls[1].input().struct_value().fields().at("content").string_value(), "recorded");
  EXPECT_EQ(calls[1].answer(), v1::DryCall::ANSWER_RECORDED_OTHER_INPUT);
}

TEST_F(EventReplayCalls, ALiveReplayStartsOneRunForEachEventHoweverOftenItIsMade) {
  std::vector<std::string> events;
  for (int i = 0; i < 40; ++i) events.push_back(ToText(house_.AddEvent(account_)));
  const auto heard = Replay(Request(false), operator_);
  ASSERT_TRUE(heard.status.ok()) << heard.status.error_message();
  ASSERT_THAT(heard.messages, SizeIs(40));
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(heard.messages[i].event().id(), events[i]) << "oldest first";
    EXPECT_NE(heard.messages[i].run(), "");
  }
  EXPECT_EQ(RunCount(), 40U);
  const auto again = Replay(Request(false), operator_);
  EXPECT_EQ(again.messages[0].run(), heard.messages[0].run());
  EXPECT_EQ(RunCount(), 40U);
  auto other = Request(false);
  other.set_replay_id("again");
  EXPECT_NE(Replay(other, operator_).messages[0].run(), heard.messages[0].run());
  EXPECT_EQ(RunCount(), 80U);
}

TEST_F(EventReplayCalls, ARunOfAReplayNamesItsEvent) {
  const EventId event = house_.AddEvent(account_);
  const auto heard = Replay(Request(false), operator_);
  ASSERT_THAT(heard.messages, SizeIs(1));
  const auto run = house_.runs.Get(*ParseRunId(heard.messages[0].run()));
  EXPECT_EQ(run->summary.event, event);
}

TEST_F(EventReplayCalls, NeedsTheRightRoleANameAndABoundedFilter) {
  EXPECT_EQ(ReasonOf(Replay(Request(false), viewer_).status), "ROLE_INSUFFICIENT");
  auto nameless = Request(false);
  nameless.set_replay_id("");
  EXPECT_EQ(ReasonOf(Replay(nameless, operator_).status), "FIELD_INVALID");
  auto everything = Request(true);
  everything.set_filter("");
  EXPECT_EQ(ReasonOf(Replay(everything, operator_).status), "FILTER_INVALID");
  house_.AddEvent(account_);
  house_.AddEvent(account_);
  auto few = Request(true);
  few.set_max_events(1);
  const auto refused = Replay(few, operator_).status;
  EXPECT_EQ(ReasonOf(refused), "FIELD_INVALID");
  EXPECT_THAT(refused.error_message(), HasSubstr("more than 1 events"));
}

TEST_F(EventReplayCalls, TellsOfAnEventThatCannotBeReadAndGoesOn) {
  ports::InboxItem broken;
  broken.account = account_;
  broken.id = house_.ids.Next<EventTag>(house_.clock.Now());
  broken.dedupe = "broken";
  broken.event = "io.aircall.call.ended";
  broken.received_at = house_.clock.Now();
  broken.body = "no JSON";
  ASSERT_TRUE(house_.inbox.Append({broken}).ok());
  house_.AddEvent(account_);
  const auto heard = Replay(Request(true), viewer_);
  ASSERT_THAT(heard.messages, SizeIs(2));
  EXPECT_EQ(heard.messages[0].error_code(), "WEBHOOK_UNREADABLE");
  EXPECT_TRUE(heard.messages[1].matched());
}

}  // namespace
}  // namespace sb::api
