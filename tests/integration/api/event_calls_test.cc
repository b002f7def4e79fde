#include <gmock/gmock.h>

#include "switchboard/v1/event.grpc.pb.h"
#include "tests/integration/api/api_house.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using ports::Role;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ReasonOf;
using ::testing::SizeIs;

class EventCalls : public ::testing::Test {
 protected:
  std::unique_ptr<grpc::ClientContext> Acme() { return house_.With(acme_); }

  testing::ApiHouse house_;
  std::string acme_ = house_.AddKey(Role::kViewer, "acme");
  AccountId account_ = house_.AddAccount("acme");
  std::unique_ptr<v1::EventService::Stub> stub_ = v1::EventService::NewStub(house_.channel());
};

TEST_F(EventCalls, AnEventShowsTheProvidersObjectAndTheBytesAsTheyCame) {
  v1::GetEventRequest request;
  request.set_event(ToText(house_.AddEvent(account_)));
  v1::GetEventResponse response;
  ASSERT_TRUE(stub_->GetEvent(Acme().get(), request, &response).ok());
  EXPECT_EQ(response.event().type(), "io.aircall.call.ended");
  EXPECT_EQ(response.event().subject(), "calls/4190000017");
  EXPECT_EQ(response.event().origin(), v1::Event::ORIGIN_WEBHOOK);
  EXPECT_EQ(response.event().data().fields().at("id").number_value(), 4190000017);
  EXPECT_THAT(response.event().body(), HasSubstr("\"resource\":\"call\""));
}

TEST_F(EventCalls, AListHasNoDataAndLeavesOutTheEventsOfOthers) {
  house_.AddEvent(account_);
  house_.AddEvent(house_.AddAccount("globex"));
  v1::ListEventsResponse response;
  ASSERT_TRUE(stub_->ListEvents(Acme().get(), {}, &response).ok());
  ASSERT_THAT(response.events(), SizeIs(1));
  EXPECT_EQ(response.events(0).account(), ToText(account_));
  EXPECT_FALSE(response.events(0).has_data());
  EXPECT_EQ(response.events(0).body(), "");
}

TEST_F(EventCalls, AListCanBeOfOneType) {
  house_.AddEvent(account_);
  house_.AddEvent(account_, "io.aircall.call.created");
  v1::ListEventsRequest request;
  request.set_account(ToText(account_));
  request.set_type("io.aircall.call.created");
  v1::ListEventsResponse response;
  ASSERT_TRUE(stub_->ListEvents(Acme().get(), request, &response).ok());
  EXPECT_THAT(response.events(), SizeIs(1));
}

TEST_F(EventCalls, AListTakesAFilter) {
  const EventId old = house_.AddEvent(account_);
  house_.clock.Advance(std::chrono::hours(1));
  const EventId created = house_.AddEvent(account_, "io.aircall.call.created");
  const auto find = [&](const std::string& filter) {
    v1::ListEventsRequest request;
    request.set_filter(filter);
    v1::ListEventsResponse response;
    EXPECT_TRUE(stub_->ListEvents(Acme().get(), request, &response).ok()) << filter;
    std::vector<std::string> ids;
    for (const v1::Event& event : response.events()) ids.push_back(event.id());
    return ids;
  };
  EXPECT_THAT(find("receive_time < 2026-06-01T09:30:00Z"), ElementsAre(ToText(old)));
  EXPECT_THAT(find("type != io.aircall.call.ended"), ElementsAre(ToText(created)));
  EXPECT_THAT(find("subject = calls/4190000017 AND origin = WEBHOOK"), SizeIs(2));
  EXPECT_THAT(find("origin = API"), SizeIs(0));
}

TEST_F(EventCalls, APublishedEventIsStoredOnce) {
  const std::string key = house_.AddKey(Role::kOperator, "acme");
  v1::PublishEventRequest request;
  request.set_account(ToText(account_));
  request.mutable_event()->set_id("order-17");
  request.mutable_event()->set_type("com.example.order.placed");
  request.mutable_event()->set_subject("orders/17");
  (*request.mutable_event()->mutable_data()->mutable_fields())["total"].set_number_value(12.5);
  v1::PublishEventResponse response;
  ASSERT_TRUE(stub_->PublishEvent(house_.With(key).get(), request, &response).ok());
  EXPECT_FALSE(response.duplicate());
  const std::string id = response.event().id();
  EXPECT_EQ(response.event().origin(), v1::Event::ORIGIN_API);
  ASSERT_TRUE(stub_->PublishEvent(house_.With(key).get(), request, &response).ok());
  EXPECT_TRUE(response.duplicate());
  EXPECT_EQ(response.event().id(), id);
  v1::GetEventRequest get;
  get.set_event(id);
  v1::GetEventResponse got;
  ASSERT_TRUE(stub_->GetEvent(Acme().get(), get, &got).ok());
  EXPECT_EQ(got.event().data().fields().at("total").number_value(), 12.5);
  EXPECT_EQ(got.event().subject(), "orders/17");
}

TEST_F(EventCalls, APublishedEventMustMakeSense) {
  const std::string key = house_.AddKey(Role::kOperator, "acme");
  const auto refusal = [&](const std::string& id, const std::string& type, std::size_t data = 0) {
    v1::PublishEventRequest request;
    request.set_account(ToText(account_));
    request.mutable_event()->set_id(id);
    request.mutable_event()->set_type(type);
    (*request.mutable_event()->mutable_data()->mutable_fields())["text"].set_string_value(
        std::string(data, 'x'));
    v1::PublishEventResponse response;
    return ReasonOf(stub_->PublishEvent(house_.With(key).get(), request, &response));
  };
  EXPECT_EQ(refusal("", "com.example.a"), "FIELD_INVALID");
  EXPECT_EQ(refusal(std::string(129, 'x'), "com.example.a"), "FIELD_INVALID");
  EXPECT_EQ(refusal("1", ""), "FIELD_INVALID");
  EXPECT_EQ(refusal("1", "two words"), "FIELD_INVALID");
  EXPECT_EQ(refusal("1", "io.serverlessworkflow.workflow.started.v1"), "FIELD_INVALID");
  EXPECT_EQ(refusal("1", "dev.switchboard.account.state_changed"), "FIELD_INVALID");
  EXPECT_EQ(refusal("1", "com.example.a", 1100 * 1024), "EVENT_TOO_LARGE");
  EXPECT_EQ(refusal("1", "com.example.a", 900 * 1024), "");
  v1::PublishEventRequest theirs;
  theirs.set_account(ToText(house_.AddAccount("globex")));
  v1::PublishEventResponse response;
  EXPECT_EQ(ReasonOf(stub_->PublishEvent(house_.With(key).get(), theirs, &response)),
            "ACCOUNT_NOT_FOUND");
  EXPECT_EQ(ReasonOf(stub_->PublishEvent(Acme().get(), theirs, &response)), "ROLE_INSUFFICIENT");
}

TEST_F(EventCalls, ADeadLetterIsShownAndHandedInAgainOrDiscarded) {
  const std::string key = house_.AddKey(Role::kOperator, "acme");
  const EventId first = house_.AddEvent(account_);
  const EventId second = house_.AddEvent(account_, "unreadable");
  for (const EventId id : {first, second})
    ASSERT_TRUE(house_.inbox.Bury(0, id, "WEBHOOK_UNREADABLE: no JSON").ok());
  v1::ListDeadLettersRequest list;
  list.set_filter("type = unreadable");
  v1::ListDeadLettersResponse listed;
  ASSERT_TRUE(stub_->ListDeadLetters(Acme().get(), list, &listed).ok());
  ASSERT_THAT(listed.dead_letters(), SizeIs(1));
  EXPECT_EQ(listed.dead_letters(0).reason(), "WEBHOOK_UNREADABLE: no JSON");
  v1::GetDeadLetterRequest get;
  get.set_event(ToText(first));
  v1::GetDeadLetterResponse got;
  ASSERT_TRUE(stub_->GetDeadLetter(Acme().get(), get, &got).ok());
  EXPECT_THAT(got.dead_letter().event().body(), HasSubstr("resource"));
  v1::ReplayDeadLetterRequest replay;
  replay.set_event(ToText(first));
  v1::ReplayDeadLetterResponse replayed;
  ASSERT_TRUE(stub_->ReplayDeadLetter(house_.With(key).get(), replay, &replayed).ok());
  EXPECT_EQ(replayed.event().id(), ToText(first));
  EXPECT_EQ(house_.inbox.Pending({0}, house_.clock.Now(), 10)->size(), 1U);
  v1::DiscardDeadLetterRequest discard;
  discard.set_event(ToText(second));
  v1::DiscardDeadLetterResponse discarded;
  ASSERT_TRUE(stub_->DiscardDeadLetter(house_.With(key).get(), discard, &discarded).ok());
  ASSERT_TRUE(stub_->ListDeadLetters(Acme().get(), {}, &listed).ok());
  EXPECT_THAT(listed.dead_letters(), SizeIs(0));
  EXPECT_EQ(ReasonOf(stub_->GetDeadLetter(Acme().get(), get, &got)), "DEAD_LETTER_NOT_FOUND");
}

TEST_F(EventCalls, ADeadLetterOfAnotherTenantDoesNotExist) {
  const std::string globex = house_.AddKey(Role::kOperator, "globex");
  const EventId id = house_.AddEvent(account_);
  ASSERT_TRUE(house_.inbox.Bury(0, id, "WEBHOOK_UNREADABLE: no JSON").ok());
  v1::DiscardDeadLetterRequest discard;
  discard.set_event(ToText(id));
  v1::DiscardDeadLetterResponse discarded;
  EXPECT_EQ(ReasonOf(stub_->DiscardDeadLetter(house_.With(globex).get(), discard, &discarded)),
            "DEAD_LETTER_NOT_FOUND");
  v1::ListDeadLettersResponse listed;
  ASSERT_TRUE(stub_->ListDeadLetters(house_.With(globex).get(), {}, &listed).ok());
  EXPECT_THAT(listed.dead_letters(), SizeIs(0));
}

TEST_F(EventCalls, AnEventOfAnotherTenantDoesNotExist) {
  v1::GetEventRequest request;
  request.set_event(ToText(house_.AddEvent(house_.AddAccount("globex"))));
  v1::GetEventResponse response;
  EXPECT_EQ(ReasonOf(stub_->GetEvent(Acme().get(), request, &response)), "EVENT_NOT_FOUND");
  request.set_event("evt_nonsense!");
  EXPECT_EQ(ReasonOf(stub_->GetEvent(Acme().get(), request, &response)), "FIELD_INVALID");
}

}  // namespace
}  // namespace sb::api
