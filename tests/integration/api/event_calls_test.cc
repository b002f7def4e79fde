#include <gmock/gmock.h>

#include "switchboard/v1/event.grpc.pb.h"
#include "tests/integration/api/api_house.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using ports::Role;
using ::testing::HasSubstr;
using testing::ReasonOf;
using ::testing::SizeIs;

class EventCalls : public ::testing::Test {
 protected:
  std::unique_ptr<grpc::ClientContext> Acme() { return house_.With(acme_); }

  testing::ApiHouse house_;
  std::string acme_ = house_.AddKey(Role::kReader, "acme");
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
