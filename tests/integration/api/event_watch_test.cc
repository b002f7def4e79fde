#include <set>

#include <gmock/gmock.h>

#include "engine/api/event_stream.h"
#include "switchboard/v1/event.grpc.pb.h"
#include "tests/integration/api/api_house.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
namespace wf = core::workflow;
using ports::Role;
using ::testing::ElementsAre;
using testing::ReasonOf;

class EventWatch : public ::testing::Test {
 protected:
  /// A stream and what it has told so far.
  struct Stream {
    std::unique_ptr<grpc::ClientContext> context;
    std::unique_ptr<grpc::ClientReader<v1::WatchEventsResponse>> reader;
    std::string token;

    /// The next events, at least one; none when the stream has ended.
    std::vector<v1::Event> Next() {
      v1::WatchEventsResponse message;
      while (reader->Read(&message)) {
        token = message.resume_token();
        if (message.events_size() > 0) return {message.events().begin(), message.events().end()};
      }
      return {};
    }

    grpc::Status End() {
      context->TryCancel();
      return reader->Finish();
    }
  };

  Stream Watch(const v1::WatchEventsRequest& request, const std::string& key) {
    Stream stream{house_.With(key), nullptr, ""};
    stream.reader = stub_->WatchEvents(stream.context.get(), request);
    return stream;
  }

  /// From the beginning of all that is stored.
  static v1::WatchEventsRequest FromTheBeginning(bool lifecycle = false) {
    v1::WatchEventsRequest request;
    request.set_include_lifecycle(lifecycle);
    request.set_resume_token(MakeEventToken({{0, 1, 0}, {0, 1, 0}}));
    return request;
  }

  testing::ApiHouse house_;
  std::string acme_ = house_.AddKey(Role::kViewer, "acme");
  AccountId account_ = house_.AddAccount("acme");
  std::unique_ptr<v1::EventService::Stub> stub_ = v1::EventService::NewStub(house_.channel());
};

TEST_F(EventWatch, TellsEventsWithTheirDataAsTheyAreStored) {
  const EventId first = house_.AddEvent(account_);
  auto stream = Watch(FromTheBeginning(), acme_);
  auto events = stream.Next();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].id(), ToText(first));
  EXPECT_EQ(events[0].data().fields().at("id").number_value(), 4190000017);
  EXPECT_EQ(events[0].body(), "");
  const EventId second = house_.AddEvent(account_);
  events = stream.Next();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].id(), ToText(second));
  EXPECT_EQ(stream.End().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(EventWatch, ResumedTellsWhatCameMeanwhileAndNothingTwice) {
  house_.AddEvent(account_);
  auto request = FromTheBeginning();
  auto stream = Watch(request, acme_);
  ASSERT_EQ(stream.Next().size(), 1U);
  static_cast<void>(stream.End());
  const EventId meanwhile = house_.AddEvent(account_);
  request.set_resume_token(stream.token);
  auto again = Watch(request, acme_);
  const auto events = again.Next();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].id(), ToText(meanwhile));
  static_cast<void>(again.End());
}

TEST_F(EventWatch, TellsManyEventsEachOnceAndInOrder) {
  std::vector<std::string> stored;
  for (int i = 0; i < 450; ++i) stored.push_back(ToText(house_.AddEvent(account_)));
  auto stream = Watch(FromTheBeginning(), acme_);
  std::vector<std::string> told;
  while (told.size() < stored.size()) {
    const auto events = stream.Next();
    ASSERT_FALSE(events.empty());
    for (const v1::Event& event : events) told.push_back(event.id());
  }
  EXPECT_EQ(told, stored);
  static_cast<void>(stream.End());
}

TEST_F(EventWatch, TellsNothingOfOtherTenantsAndOnlyWhatTheFilterFinds) {
  house_.AddEvent(house_.AddAccount("globex"));
  house_.AddEvent(account_, "io.aircall.call.created");
  const EventId ended = house_.AddEvent(account_);
  auto request = FromTheBeginning();
  request.set_filter("type = io.aircall.call.ended");
  auto stream = Watch(request, acme_);
  const auto events = stream.Next();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].id(), ToText(ended));
  static_cast<void>(stream.End());
}

TEST_F(EventWatch, TellsTheLivesOfRunsWhenAskedTo) {
  const RunId run = house_.AddRun(account_, house_.AddWorkflow());
  house_.engine.Tell(
      run, {wf::TaskEntered{"/do/0/note", "note", "call", {}},
            wf::TaskCompleted{"/do/0/note", {}, {}, false, "continue"}, wf::RunSucceeded{}});
  auto stream = Watch(FromTheBeginning(true), acme_);
  std::vector<std::string> types;
  std::set<std::string> ids;
  while (types.size() < 5) {
    const auto events = stream.Next();
    ASSERT_FALSE(events.empty());
    for (const v1::Event& event : events) {
      types.push_back(event.type());
      ids.insert(event.id());
      EXPECT_EQ(event.subject(), "runs/" + ToText(run));
      EXPECT_EQ(event.origin(), v1::Event::ORIGIN_LIFECYCLE);
    }
  }
  EXPECT_THAT(types, ElementsAre("io.serverlessworkflow.workflow.started.v1",
                                 "io.serverlessworkflow.task.created.v1",
                                 "io.serverlessworkflow.task.started.v1",
                                 "io.serverlessworkflow.task.completed.v1",
                                 "io.serverlessworkflow.workflow.completed.v1"));
  EXPECT_EQ(ids.size(), 5U) << "each has an id of its own";
  static_cast<void>(stream.End());
}

TEST_F(EventWatch, TellsOnlyTheLifecycleEventsThatTheFilterFinds) {
  const RunId run = house_.AddRun(account_, house_.AddWorkflow());
  house_.AddEvent(account_);
  house_.engine.Tell(run, {wf::RunFailed{{"", 404, "Not found", "", ""}}});
  auto request = FromTheBeginning(true);
  request.set_filter("type = io.serverlessworkflow.workflow.faulted.v1");
  auto stream = Watch(request, acme_);
  const auto events = stream.Next();
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(
      events[0].data().fields().at("error").struct_value().fields().at("title").string_value(),
      "Not found");
  static_cast<void>(stream.End());
}

TEST_F(EventWatch, RefusesAFilterOrATokenThatMakesNoSense) {
  v1::WatchEventsRequest request;
  request.set_filter("colour = red");
  auto stream = Watch(request, acme_);
  EXPECT_TRUE(stream.Next().empty());
  EXPECT_EQ(ReasonOf(stream.reader->Finish()), "FILTER_INVALID");
  request.set_filter("");
  request.set_resume_token("1.2.3");
  auto other = Watch(request, acme_);
  EXPECT_TRUE(other.Next().empty());
  EXPECT_EQ(ReasonOf(other.reader->Finish()), "RESUME_TOKEN_INVALID");
}

TEST_F(EventWatch, EndsWhenTheServerStopsAndSaysThatWatchingAgainHelps) {
  house_.AddEvent(account_);
  auto stream = Watch(FromTheBeginning(), acme_);
  ASSERT_EQ(stream.Next().size(), 1U);
  house_.StopEverything();
  EXPECT_TRUE(stream.Next().empty());
  const auto status = stream.reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(status), "API_STOPPING");
}

TEST(EventToken, IsReadBackAndNothingElseIs) {
  const EventPlace place{{7, 8, 0}, {9, 10, 11}};
  EXPECT_EQ(ReadEventToken(MakeEventToken(place)), place);
  EXPECT_FALSE(ReadEventToken("7.8.9.10.11.00000000"));
  EXPECT_FALSE(ReadEventToken(MakeEventToken(place) + "0"));
  EXPECT_FALSE(ReadEventToken("nonsense"));
}

}  // namespace
}  // namespace sb::api
