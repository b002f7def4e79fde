#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "switchboard/v1/destination.grpc.pb.h"
#include "tests/integration/api/api_house.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using ports::Role;
using ::testing::ElementsAre;
using testing::ReasonOf;
using ::testing::SizeIs;
using ::testing::StartsWith;

class DestinationCalls : public ::testing::Test {
 protected:
  DestinationCalls() {
    const auto sealed = house_.vault.Seal(Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
                                          ports::SecretContext("acme", "hook"));
    EXPECT_TRUE(house_.secrets.Put({"acme", "hook", sealed.value(), house_.clock.Now()}).ok());
  }

  v1::CreateDestinationRequest Hook(const std::string& name = "hook") {
    v1::CreateDestinationRequest request;
    v1::Destination& destination = *request.mutable_destination();
    destination.set_account(ToText(account_));
    destination.set_name(name);
    destination.set_sink("http");
    Set(destination, "url", "https://receiver.example/hook");
    (*destination.mutable_secrets())["signing_secret"] = "hook";
    destination.add_event_types("io.aircall.call.*");
    return request;
  }

  static void Set(v1::Destination& destination, const std::string& name, const std::string& value) {
    (*destination.mutable_settings()->mutable_fields())[name].set_string_value(value);
  }

  grpc::Status Create(const v1::CreateDestinationRequest& request) {
    return stub_->CreateDestination(house_.With(key_).get(), request, &created_);
  }

  std::string Created() {
    const auto status = Create(Hook());
    EXPECT_TRUE(status.ok()) << status.error_message();
    return created_.destination().id();
  }

  v1::Destination Get(const std::string& id) {
    v1::GetDestinationRequest request;
    request.set_destination(id);
    v1::GetDestinationResponse response;
    EXPECT_TRUE(stub_->GetDestination(house_.With(viewer_).get(), request, &response).ok());
    return response.destination();
  }

  testing::ApiHouse house_;
  std::string key_ = house_.AddKey(Role::kOperator, "acme");
  std::string viewer_ = house_.AddKey(Role::kViewer, "acme");
  AccountId account_ = house_.AddAccount("acme");
  std::unique_ptr<v1::DestinationService::Stub> stub_ =
      v1::DestinationService::NewStub(house_.channel());
  v1::CreateDestinationResponse created_;
};

TEST_F(DestinationCalls, TheSinksAreListedWithWhatTheyNeed) {
  v1::ListSinksResponse response;
  ASSERT_TRUE(stub_->ListSinks(house_.With(viewer_).get(), {}, &response).ok());
  ASSERT_THAT(response.sinks(), SizeIs(2));
  EXPECT_EQ(response.sinks(0).name(), "http");
  EXPECT_EQ(response.sinks(1).name(), "segment");
  ASSERT_THAT(response.sinks(1).secrets(), SizeIs(1));
  EXPECT_TRUE(response.sinks(1).secrets(0).required());
  EXPECT_TRUE(response.sinks(0).settings_schema().fields().contains("properties"));
}

TEST_F(DestinationCalls, ADestinationIsMadeAndTheProviderAskedForItsEvents) {
  const std::string id = Created();
  EXPECT_THAT(id, StartsWith("dst_"));
  EXPECT_EQ(house_.enablement_changes, 1);
  const v1::Destination read = Get(id);
  EXPECT_EQ(read.name(), "hook");
  EXPECT_EQ(read.state(), v1::Destination::STATE_ACTIVE);
  EXPECT_THAT(read.event_types(), ElementsAre("io.aircall.call.*"));
  EXPECT_EQ(read.settings().fields().at("mode").string_value(), "structured") << "the default";
  v1::ListDestinationsRequest all;
  all.set_account(ToText(account_));
  v1::ListDestinationsResponse listed;
  ASSERT_TRUE(stub_->ListDestinations(house_.With(viewer_).get(), all, &listed).ok());
  EXPECT_THAT(listed.destinations(), SizeIs(1));
  EXPECT_EQ(Create(Hook()).error_code(), grpc::StatusCode::ALREADY_EXISTS);
}

TEST_F(DestinationCalls, OnlyCheckingStoresNothing) {
  auto request = Hook();
  request.set_validate_only(true);
  ASSERT_TRUE(Create(request).ok());
  EXPECT_EQ(created_.destination().id(), "");
  EXPECT_TRUE(house_.destinations.All()->empty());
}

TEST_F(DestinationCalls, WhatMakesNoSenseIsRefusedByName) {
  auto request = Hook();
  request.mutable_destination()->set_sink("fax");
  EXPECT_EQ(ReasonOf(Create(request)), "ONWARD_SINK_UNKNOWN");
  request = Hook();
  Set(*request.mutable_destination(), "url", "ftp://receiver.example");
  EXPECT_EQ(ReasonOf(Create(request)), "ONWARD_SETTINGS_INVALID");
  request = Hook();
  Set(*request.mutable_destination(), "colour", "red");
  EXPECT_EQ(ReasonOf(Create(request)), "ONWARD_SETTINGS_INVALID");
  request = Hook();
  request.mutable_destination()->add_event_types("call ended");
  EXPECT_EQ(ReasonOf(Create(request)), "ONWARD_EVENTS_INVALID");
  request = Hook();
  (*request.mutable_destination()->mutable_secrets())["signing_secret"] = "nowhere";
  EXPECT_EQ(ReasonOf(Create(request)), "ONWARD_SECRET_MISSING");
  request = Hook();
  request.mutable_destination()->set_sink("segment");
  request.mutable_destination()->clear_settings();
  request.mutable_destination()->clear_secrets();
  EXPECT_EQ(ReasonOf(Create(request)), "ONWARD_SECRET_MISSING");
  request = Hook("");
  EXPECT_EQ(ReasonOf(Create(request)), "FIELD_INVALID");
}

TEST_F(DestinationCalls, AnAccountHasTwentyAtMost) {
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(Create(Hook("hook " + std::to_string(i))).ok());
  EXPECT_EQ(ReasonOf(Create(Hook("one more"))), "DESTINATIONS_FULL");
}

TEST_F(DestinationCalls, ADestinationIsChangedPausedAndDeleted) {
  const std::string id = Created();
  v1::UpdateDestinationRequest update;
  *update.mutable_destination() = Hook("renamed").destination();
  update.mutable_destination()->set_id(id);
  update.mutable_destination()->clear_event_types();
  v1::UpdateDestinationResponse updated;
  ASSERT_TRUE(stub_->UpdateDestination(house_.With(key_).get(), update, &updated).ok());
  EXPECT_EQ(Get(id).name(), "renamed");
  EXPECT_THAT(Get(id).event_types(), SizeIs(0));
  update.mutable_destination()->set_sink("segment");
  EXPECT_EQ(ReasonOf(stub_->UpdateDestination(house_.With(key_).get(), update, &updated)),
            "FIELD_INVALID");

  v1::PauseDestinationRequest pause;
  pause.set_destination(id);
  v1::PauseDestinationResponse paused;
  ASSERT_TRUE(stub_->PauseDestination(house_.With(key_).get(), pause, &paused).ok());
  EXPECT_EQ(paused.destination().state(), v1::Destination::STATE_PAUSED);
  EXPECT_EQ(stub_->PauseDestination(house_.With(viewer_).get(), pause, &paused).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  v1::ResumeDestinationRequest resume;
  resume.set_destination(id);
  v1::ResumeDestinationResponse resumed;
  ASSERT_TRUE(stub_->ResumeDestination(house_.With(key_).get(), resume, &resumed).ok());
  EXPECT_EQ(Get(id).state(), v1::Destination::STATE_ACTIVE);
  EXPECT_GE(house_.onward_changes, 2);

  v1::DeleteDestinationRequest gone;
  gone.set_destination(id);
  v1::DeleteDestinationResponse deleted;
  ASSERT_TRUE(stub_->DeleteDestination(house_.With(key_).get(), gone, &deleted).ok());
  EXPECT_EQ(ReasonOf(stub_->DeleteDestination(house_.With(key_).get(), gone, &deleted)),
            "DESTINATION_NOT_FOUND");
}

TEST_F(DestinationCalls, AnExampleTellsWhatTheReceiverAnswers) {
  const std::string id = Created();
  house_.http.SetWorld([](const ports::HttpRequest&) { return ports::HttpResponse{202, {}, ""}; });
  v1::TestDestinationRequest request;
  request.set_destination(id);
  v1::TestDestinationResponse response;
  ASSERT_TRUE(stub_->TestDestination(house_.With(key_).get(), request, &response).ok());
  EXPECT_EQ(response.status(), 202);
  EXPECT_EQ(response.error_code(), "");
  house_.http.SetWorld({});
  ASSERT_TRUE(stub_->TestDestination(house_.With(key_).get(), request, &response).ok());
  EXPECT_EQ(response.error_code(), "HTTP_UNREACHABLE");
}

TEST_F(DestinationCalls, PastEventsAreCountedAndSentAgainAndListed) {
  const std::string id = Created();
  house_.AddEvent(account_);
  house_.AddEvent(account_);
  v1::ReplayDeliveriesRequest request;
  request.set_destination(id);
  request.set_validate_only(true);
  v1::ReplayDeliveriesResponse response;
  ASSERT_TRUE(stub_->ReplayDeliveries(house_.With(viewer_).get(), request, &response).ok());
  EXPECT_EQ(response.events(), 2);
  request.set_validate_only(false);
  EXPECT_EQ(stub_->ReplayDeliveries(house_.With(viewer_).get(), request, &response).error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(Get(id).pending(), 0);
  ASSERT_TRUE(stub_->ReplayDeliveries(house_.With(key_).get(), request, &response).ok());
  EXPECT_EQ(Get(id).pending(), 2);

  v1::ListDeliveriesRequest list;
  list.set_destination(id);
  list.set_page_size(1);
  v1::ListDeliveriesResponse page;
  ASSERT_TRUE(stub_->ListDeliveries(house_.With(viewer_).get(), list, &page).ok());
  ASSERT_THAT(page.deliveries(), SizeIs(1));
  EXPECT_EQ(page.deliveries(0).state(), v1::OnwardDelivery::STATE_PENDING);
  list.set_page_token(page.next_page_token());
  ASSERT_TRUE(stub_->ListDeliveries(house_.With(viewer_).get(), list, &page).ok());
  EXPECT_THAT(page.deliveries(), SizeIs(1));
  EXPECT_EQ(page.next_page_token(), "");
  list.clear_page_token();
  list.set_state(v1::OnwardDelivery::STATE_DEAD);
  ASSERT_TRUE(stub_->ListDeliveries(house_.With(viewer_).get(), list, &page).ok());
  EXPECT_THAT(page.deliveries(), SizeIs(0));
}

TEST_F(DestinationCalls, TheNumbersOfAnAccountAreThereToChooseFrom) {
  house_.performer.Play([](ports::ActionCall, ports::ActionPerformer::Done done) {
    done(Json{{"numbers", {{{"id", 7}, {"name", "Support"}}}},
              {"meta", {{"next_page_link", nullptr}}}});
  });
  v1::ListAccountNumbersRequest request;
  request.set_account(ToText(account_));
  v1::ListAccountNumbersResponse response;
  ASSERT_TRUE(stub_->ListAccountNumbers(house_.With(viewer_).get(), request, &response).ok());
  ASSERT_THAT(response.numbers(), SizeIs(1));
  EXPECT_EQ(response.numbers(0).id(), "7");
  EXPECT_EQ(response.numbers(0).name(), "Support");
}

}  // namespace
}  // namespace sb::api
