// An event happens, is put in place for whoever wants it, and goes out until it is taken: in order,
// under one id, and set aside in the end.

#include "tests/unit/onward/onward_world.h"

namespace sb {
namespace {

using ports::DeliveryState;
using ports::DestinationState;
using ports::HttpRequest;
using ports::HttpResponse;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::IsOk;
using ::testing::SizeIs;

class Onward : public testing::OnwardWorld {};

TEST_F(Onward, AnEventArrivesAsASignedCloudEvent) {
  const auto hook = AddHook();
  const EventId event = Tell("call.ended", 42);
  EXPECT_EQ(rung_, 1);
  Send();
  ASSERT_THAT(http_.sent(), SizeIs(1));
  const HttpRequest request = http_.sent().front();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://receiver.example/hook");
  EXPECT_EQ(Header(request, "content-type"), "application/cloudevents+json; charset=utf-8");
  const Json body = Json::parse(request.body);
  EXPECT_EQ(body["id"], ToText(event));
  EXPECT_EQ(body["type"], "io.aircall.call.ended");
  EXPECT_EQ(body["subject"], "calls/42");
  EXPECT_EQ(body["data"]["id"], 42);
  const std::string signed_text =
      ToText(event) + "." + Header(request, "webhook-timestamp") + "." + request.body;
  const std::string key = *FromBase64(std::string(testing::kOnwardSecret).substr(6));
  EXPECT_EQ(Header(request, "webhook-signature"), "v1," + ToBase64(HmacSha256(key, signed_text)));
  ASSERT_THAT(Log(hook.id), SizeIs(1));
  EXPECT_EQ(Log(hook.id)[0].state, DeliveryState::kDelivered);
  EXPECT_EQ(Log(hook.id)[0].status, 200);
}

TEST_F(Onward, ABinaryCloudEventIsItsData) {
  Add("http", {{"url", "https://receiver.example/hook"}, {"mode", "binary"}}, {});
  Tell("call.ended", 42);
  Send();
  ASSERT_THAT(http_.sent(), SizeIs(1));
  EXPECT_EQ(Header(http_.sent()[0], "ce-subject"), "calls/42");
  EXPECT_EQ(Json::parse(http_.sent()[0].body)["id"], 42);
  EXPECT_EQ(Header(http_.sent()[0], "webhook-signature"), "");
}

TEST_F(Onward, OnlyWhatWasChosenGoes) {
  AddHook({{"io.aircall.call.*"}, {"7"}});
  const EventId right = Tell("call.ended", 1, {{"number", {{"id", 7}}}});
  Tell("call.ended", 2, {{"number", {{"id", 8}}}});
  Tell("contact.created", 3);
  const EventId unnumbered = Tell("call.ended", 4);
  Send();
  EXPECT_THAT(Arrived(), ElementsAre(ToText(right), ToText(unnumbered)));
}

TEST_F(Onward, WhatCameBeforeTheDestinationDoesNotGoByItself) {
  Tell("call.ended", 1);
  clock_.Advance(seconds(1));
  AddHook();
  const EventId after = Tell("call.ended", 2);
  Send();
  EXPECT_THAT(Arrived(), ElementsAre(ToText(after)));
}

TEST_F(Onward, IsTriedAgainUnderTheSameIdUntilItIsTaken) {
  const auto hook = AddHook();
  Answer(503);
  const EventId event = Tell("call.ended", 1);
  Send();
  EXPECT_EQ(Log(hook.id)[0].state, DeliveryState::kPending);
  EXPECT_EQ(Log(hook.id)[0].reason, "ONWARD_NOT_TAKEN");
  Send();
  EXPECT_THAT(http_.sent(), SizeIs(1)) << "not before its time";
  clock_.Advance(seconds(5));
  Answer(204);
  Send();
  EXPECT_THAT(Arrived(), ElementsAre(ToText(event), ToText(event)));
  EXPECT_EQ(Log(hook.id)[0].state, DeliveryState::kDelivered);
  EXPECT_EQ(Log(hook.id)[0].tries, 2);
  EXPECT_EQ(destinations_.Get(hook.id)->failures, 0);
}

TEST_F(Onward, WhatIsAboutTheSameThingWaitsForWhatCameBeforeIt) {
  AddHook();
  const EventId first = Tell("call.created", 1);
  const EventId second = Tell("call.ended", 1);
  const EventId other = Tell("call.ended", 2);
  // The receiver stumbles over the first one only.
  http_.SetWorld([&](const HttpRequest& request) {
    return HttpResponse{Header(request, "webhook-id") == ToText(first) ? 500 : 200, {}, ""};
  });
  Send();
  clock_.Advance(seconds(4));  // the destination may be asked again, or nearly so
  Send();
  clock_.Advance(minutes(1));
  Answer(200);
  Send();
  const auto arrived = Arrived();
  const auto place = [&](EventId id) {
    return std::find(arrived.rbegin(), arrived.rend(), ToText(id)) - arrived.rbegin();
  };
  EXPECT_GT(place(first), place(second)) << "the last try of the first came before the second";
  EXPECT_EQ(std::ranges::count(arrived, ToText(second)), 1);
  EXPECT_EQ(std::ranges::count(arrived, ToText(other)), 1);
}

TEST_F(Onward, ARefusedEventIsSetAsideAndTheOthersGoOn) {
  const auto hook = AddHook();
  const EventId first = Tell("call.created", 1);
  const EventId second = Tell("call.ended", 1);
  http_.SetWorld([&](const HttpRequest& request) {
    return HttpResponse{Header(request, "webhook-id") == ToText(first) ? 422 : 200, {}, ""};
  });
  Send();
  EXPECT_THAT(Arrived(), ElementsAre(ToText(first), ToText(second)));
  EXPECT_EQ(Log(hook.id)[0].state, DeliveryState::kDead);
  EXPECT_EQ(Log(hook.id)[0].reason, "ONWARD_REFUSED");
  EXPECT_EQ(Log(hook.id)[1].state, DeliveryState::kDelivered);
}

TEST_F(Onward, IsGivenUpAfterThreeDays) {
  const auto hook = AddHook();
  http_.SetWorld({});  // nobody is there
  Tell("call.ended", 1);
  Send();
  EXPECT_EQ(Log(hook.id)[0].reason, "HTTP_UNREACHABLE");
  clock_.Advance(hours(72));
  Send();
  EXPECT_EQ(Log(hook.id)[0].state, DeliveryState::kDead);
  EXPECT_EQ(Log(hook.id)[0].reason, "ONWARD_GIVEN_UP");
}

TEST_F(Onward, ABusyReceiverIsLeftAloneForAsLongAsItAsks) {
  const auto hook = AddHook();
  Answer(429, {{"retry-after", "600"}});
  Tell("call.ended", 1);
  Tell("call.ended", 2);
  Send();
  EXPECT_THAT(http_.sent(), SizeIs(1)) << "the second is not tried meanwhile";
  clock_.Advance(seconds(599));
  Send();
  EXPECT_THAT(http_.sent(), SizeIs(1));
  clock_.Advance(seconds(1));
  Answer(200);
  Send();
  EXPECT_THAT(http_.sent(), SizeIs(3));
  EXPECT_EQ(Log(hook.id)[1].state, DeliveryState::kDelivered);
}

TEST_F(Onward, AReceiverThatDoesNotKnowUsStopsItsDestination) {
  const auto hook = AddHook();
  Answer(410);
  Tell("call.ended", 1);
  Send();
  auto stopped = destinations_.Get(hook.id).value();
  EXPECT_EQ(stopped.state, DestinationState::kStopped);
  EXPECT_EQ(stopped.reason, "ONWARD_UNWANTED");
  const EventId later = Tell("call.ended", 2);
  clock_.Advance(hours(1));
  Send();
  EXPECT_THAT(http_.sent(), SizeIs(1));
  stopped.state = DestinationState::kActive;
  ASSERT_THAT(destinations_.Save(stopped), IsOk());
  Answer(200);
  Send();
  EXPECT_THAT(http_.sent(), SizeIs(3)) << "what came meanwhile was kept for it";
  EXPECT_EQ(Arrived().back(), ToText(later));
}

TEST_F(Onward, AMissingSecretStopsTheDestinationAndNothingIsSent) {
  const auto hook = AddHook();
  ASSERT_THAT(secrets_.Delete("acme", "hook"), IsOk());
  Tell("call.ended", 1);
  Send();
  EXPECT_THAT(http_.sent(), IsEmpty());
  EXPECT_EQ(destinations_.Get(hook.id)->reason, "SECRET_NOT_FOUND");
}

TEST_F(Onward, AnEventThatIsNotKeptAnyMoreIsSetAside) {
  const auto hook = AddHook();
  const EventId event = Tell("call.ended", 1);
  database_.inbox.erase(event);
  Send();
  EXPECT_THAT(http_.sent(), IsEmpty());
  EXPECT_EQ(Log(hook.id)[0].reason, "ONWARD_EVENT_GONE");
}

TEST_F(Onward, ACrashBeforeTheAnswerWasNotedSendsItAgainUnderTheSameId) {
  AddHook();
  const EventId event = Tell("call.ended", 1);
  const auto before = onward_.deliveries;
  Send();
  onward_.deliveries = before;  // as if nothing had been stored after the request
  Send();
  EXPECT_THAT(Arrived(), ElementsAre(ToText(event), ToText(event)));
}

TEST_F(Onward, TwoReadersPutAnEventInPlaceOnce) {
  const auto hook = AddHook();
  accounts::OnwardNotice other{{destinations_, deliveries_, accounts_, feed_,
                                testing::LibraryOfOnward(), testing::JqOfOnward(), clock_, [] {}}};
  const auto position = onward_.position;
  Tell("call.ended", 1);
  onward_.position = position;  // it has read before the first one stored
  EXPECT_THAT(other.RunOnce(), IsOk());
  EXPECT_THAT(Log(hook.id), SizeIs(1));
}

TEST_F(Onward, PastEventsGoAgainOldestFirst) {
  const auto hook = AddHook();
  const EventId first = Tell("call.created", 1);
  clock_.Advance(minutes(1));
  const EventId second = Tell("call.ended", 1);
  Send();
  accounts::OnwardReplayWish wish;
  wish.dry_run = true;
  const auto replay = [&] {
    return accounts::ReplayOnward(hook, wish, inbox_, deliveries_,
                                  testing::LibraryOfOnward().FindConnector("aircall"),
                                  testing::JqOfOnward(), clock_)
        .value();
  };
  EXPECT_EQ(replay().events, 2);
  wish.dry_run = false;
  replay();
  Send();
  EXPECT_THAT(Arrived(), ElementsAre(ToText(first), ToText(second), ToText(first), ToText(second)));
  wish.only.types = {"*.ended"};
  EXPECT_EQ(replay().events, 1);
}

TEST_F(Onward, DeadLettersGoAgain) {
  const auto hook = AddHook();
  Answer(400);
  const EventId event = Tell("call.ended", 1);
  Send();
  ASSERT_EQ(Log(hook.id)[0].state, DeliveryState::kDead);
  Answer(200);
  accounts::OnwardReplayWish wish;
  wish.dead_only = true;
  const auto replayed = accounts::ReplayOnward(hook, wish, inbox_, deliveries_,
                                               testing::LibraryOfOnward().FindConnector("aircall"),
                                               testing::JqOfOnward(), clock_);
  EXPECT_EQ(replayed->events, 1);
  Send();
  EXPECT_THAT(Arrived(), ElementsAre(ToText(event), ToText(event)));
  EXPECT_EQ(Log(hook.id)[0].state, DeliveryState::kDelivered);
}

TEST_F(Onward, AnExampleSaysWhatCameOfItAndIsNotStored) {
  const auto hook = AddHook({{"io.aircall.call.ended"}, {}});
  EXPECT_EQ(delivery_.Try(hook)->code, "");
  EXPECT_EQ(Json::parse(http_.sent()[0].body)["type"], "dev.switchboard.destination.test");
  Answer(403);
  const auto trial = delivery_.Try(hook).value();
  EXPECT_EQ(trial.code, "ONWARD_UNWANTED");
  EXPECT_EQ(trial.status, 403);
  EXPECT_EQ(destinations_.Get(hook.id)->state, DestinationState::kActive);
  EXPECT_THAT(Log(hook.id), IsEmpty());
}

}  // namespace
}  // namespace sb
