// A webhook that is not as it was left is noticed and repaired, and what it did not tell meanwhile
// is recovered, with a receipt.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/accounts/gap_news.h"
#include "tests/unit/accounts/gap_world.h"

namespace sb::testing {
namespace {

using ports::Gap;
using ports::GapReason;
using ports::GapState;
using ports::InboxItem;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class Gaps : public GapWorld, public ::testing::Test {};

TEST_F(Gaps, AreNotFoundWhereAllIsWell) {
  Look();
  EXPECT_THAT(AllGaps(), IsEmpty());
  EXPECT_EQ(gaps.Watch(account.id)->good_at, clock.Now());
  const std::size_t asked = far_side.log().size();
  Look();
  EXPECT_EQ(far_side.log().size(), asked + 1) << "a look is one request";
}

TEST_F(Gaps, AreFoundWhereTheWebhookIsSwitchedOff) {
  SwitchOff();
  Look();
  ASSERT_THAT(AllGaps(), SizeIs(1));
  EXPECT_EQ(AllGaps()[0].reason, GapReason::kInactive);
  EXPECT_EQ(AllGaps()[0].state, GapState::kWaiting);
  EXPECT_EQ(rings, 1);
  Look();
  EXPECT_THAT(AllGaps(), SizeIs(1)) << "it is the same one";
}

TEST_F(Gaps, AreFoundWhereTheWebhookIsGoneOrChanged) {
  far_side.RemoveHooks();
  Look();
  ASSERT_THAT(AllGaps(), SizeIs(1));
  EXPECT_EQ(AllGaps()[0].reason, GapReason::kMissing);
  CloseGaps();
  public_url = "https://moved.example";
  Look();
  ASSERT_THAT(AllGaps(), SizeIs(2));
  EXPECT_EQ(AllGaps()[0].reason, GapReason::kChanged);
}

TEST_F(Gaps, AreNotMadeByWishesOfOurOwn) {
  wanted.emplace_back("io.aircall.call.tagged");
  Look();
  ASSERT_THAT(witnessed.RefreshSubscription(account.id), IsOk());
  Look();
  EXPECT_THAT(AllGaps(), IsEmpty());
}

TEST_F(Gaps, AreWrittenDownByWhoeverRepairsTheWebhook) {
  SwitchOff();
  ASSERT_THAT(witnessed.RefreshSubscription(account.id), IsOk());
  EXPECT_TRUE(far_side.hooks()[0].active);
  ASSERT_THAT(AllGaps(), SizeIs(1)) << "else nobody would know that events were missed";
}

TEST_F(Gaps, AreClosedWithAReceipt) {
  PlaceCall();  // of which we are told
  Arrive(clock.Now());
  SwitchOff();
  const std::string first = PlaceCall("+16175550143");
  const std::string second = PlaceCall("+16175550144");
  clock.Advance(minutes(10));
  Look();
  CloseGaps();

  EXPECT_TRUE(far_side.hooks()[0].active);
  EXPECT_THAT(
      far_side.hooks()[0].events,
      UnorderedElementsAre("call.created", "call.ended", "contact.created", "integration.deleted"));
  ASSERT_THAT(AllGaps(), SizeIs(1));
  const Gap gap = AllGaps()[0];
  EXPECT_EQ(gap.state, GapState::kClosed);
  EXPECT_EQ(gap.from, clock.Now() - minutes(10) - minutes(15));
  EXPECT_EQ(gap.to, clock.Now());
  EXPECT_EQ(gap.missed(), 4) << "two calls, each created and ended";
  EXPECT_EQ(gap.recovered, 4);
  EXPECT_EQ(gap.open, 0);
  EXPECT_THAT(RecoveredCalls(), UnorderedElementsAre(first, second));
  EXPECT_THAT(RecoveredCalls("io.aircall.call.created"), UnorderedElementsAre(first, second));
  EXPECT_THAT(repair.Due().value(), IsEmpty());
}

TEST_F(Gaps, AreClosedOnceRecordsAreComparedAgain) {
  Look();
  SwitchOff();
  Look();
  compare_error = Unavailable("DATABASE_UNAVAILABLE", "away");
  CloseGaps();
  ASSERT_THAT(AllGaps(), SizeIs(1));
  EXPECT_EQ(AllGaps()[0].state, GapState::kReading) << "what was deleted in it would stay unseen";
  compare_error.reset();
  comparisons = 0;
  CloseGaps();
  EXPECT_EQ(AllGaps()[0].state, GapState::kClosed);
  EXPECT_EQ(comparisons, 1);
}

TEST_F(Gaps, GiveBackEventsInTheOrderInWhichTheyHappened) {
  Look();
  SwitchOff();
  PlaceCall();
  PlaceCall();
  Look();
  CloseGaps();
  const auto recovered = Recovered();
  EXPECT_THAT(recovered, SizeIs(4));
  EXPECT_TRUE(std::ranges::is_sorted(recovered, {}, &InboxItem::occurred_at));
}

TEST_F(Gaps, GiveBackEventsAsTheProviderSendsThem) {
  SwitchOff();
  const std::string call = PlaceCall();
  Look();
  CloseGaps();
  const auto recovered = Recovered();
  ASSERT_THAT(recovered, SizeIs(2));
  const auto event = connector::ReadWebhook(aircall, recovered.back().body);
  ASSERT_THAT(event, IsOk());
  EXPECT_EQ(event->type, kEnded);
  EXPECT_EQ(event->entity, "calls");
  EXPECT_EQ(event->entity_id, call);
  EXPECT_EQ(TextMember(event->data, "status"), "done");
}

TEST_F(Gaps, TakeALateDeliveryOfWhatWasRecoveredForNoNewOne) {
  // The provider sends it while the webhook works, and it is on its way for long.
  PlaceCall();
  SwitchOff();
  Look();
  CloseGaps();
  ASSERT_THAT(Recovered(), SizeIs(2));
  EXPECT_THAT(Arrive(clock.Now()), ElementsAre(false, false));
}

TEST_F(Gaps, RecoverNothingThatWasToldOrThatNobodyAskedFor) {
  PlaceCall();
  Arrive(clock.Now());
  SwitchOff();
  Look();
  CloseGaps();
  EXPECT_THAT(Recovered(), IsEmpty());
  ASSERT_THAT(AllGaps(), SizeIs(1));
  EXPECT_EQ(AllGaps()[0].missed(), 0);
  EXPECT_GE(AllGaps()[0].records, 1);
}

TEST_F(Gaps, RecoverNothingFromBeforeAnEventWasAskedFor) {
  PlaceCall();
  wanted.emplace_back("io.aircall.call.hungup");
  ASSERT_THAT(witnessed.RefreshSubscription(account.id), IsOk());
  account = Stored(account.id);
  SwitchOff();
  Look();
  CloseGaps();
  EXPECT_THAT(RecoveredCalls("io.aircall.call.hungup"), IsEmpty());
  EXPECT_THAT(RecoveredCalls(), SizeIs(1));
}

TEST_F(Gaps, WaitForWhatTheProviderMayTellYet) {
  SwitchOff();
  far_side.Control("POST", "calls",
                   {{"direction", "inbound"},
                    {"from", "+16175550142"},
                    {"answered", false},
                    {"ended_lag_seconds", 1}});
  clock.Set(kSandboxTime + seconds(20));
  Look();
  CloseGaps();
  ASSERT_EQ(AllGaps()[0].state, GapState::kReading);
  EXPECT_THAT(Recovered(), IsEmpty());
  clock.Advance(minutes(1));
  CloseGaps();
  EXPECT_EQ(AllGaps()[0].state, GapState::kClosed);
  EXPECT_THAT(Recovered(), SizeIs(2));
}

TEST_F(Gaps, GoOnWhereAProcessThatDiedHasLeftThem) {
  SwitchOff();
  for (int i = 0; i < 3; ++i) PlaceCall();
  Look();
  publications_left = 4;
  CloseGaps();
  EXPECT_EQ(AllGaps()[0].state, GapState::kReading);
  EXPECT_THAT(Recovered(), SizeIs(4));

  publications_left = 1000;
  CloseGaps();
  EXPECT_EQ(AllGaps()[0].state, GapState::kClosed);
  EXPECT_THAT(Recovered(), SizeIs(6)) << "nothing twice";
  EXPECT_EQ(AllGaps()[0].recovered, 6) << "and each is counted";
}

TEST_F(Gaps, LetDeliveriesThatWaitOnDiskComeInFirst) {
  SwitchOff();
  PlaceCall();
  Look();
  spool_is_full = true;
  CloseGaps();
  EXPECT_EQ(AllGaps()[0].state, GapState::kReading);
  EXPECT_TRUE(far_side.hooks()[0].active) << "the webhook is repaired at once";
  Arrive(clock.Now());
  spool_is_full = false;
  CloseGaps();
  EXPECT_EQ(AllGaps()[0].state, GapState::kClosed);
}

TEST_F(Gaps, GrowWhileTheWebhookCannotBeRepaired) {
  SwitchOff();
  Look();
  far_side.interfere = [](const std::string& method,
                          const std::string&) -> std::optional<Result<ports::HttpResponse>> {
    if (method != "PUT") return {};
    return Result<ports::HttpResponse>(Unavailable("HTTP_UNREACHABLE", "away"));
  };
  CloseGaps();
  EXPECT_EQ(AllGaps()[0].state, GapState::kWaiting);
  far_side.interfere = {};
  clock.Advance(minutes(7));
  CloseGaps();
  EXPECT_EQ(AllGaps()[0].to, clock.Now());
}

TEST_F(Gaps, AreFoundWhereNothingIsToldOfWhatHappens) {
  PlaceCall();  // and nothing of it arrives
  Look();
  ASSERT_THAT(AllGaps(), SizeIs(1));
  EXPECT_EQ(AllGaps()[0].reason, GapReason::kSilent);
  const auto puts = [&] { return far_side.Count("PUT /v1/webhooks/" + account.webhook.remote_id); };
  EXPECT_EQ(puts(), 0U);
  CloseGaps();
  EXPECT_EQ(puts(), 1U) << "written anew although it looked right";
  EXPECT_THAT(Recovered(), SizeIs(2));
  clock.Advance(hours(1));
  Look();
  EXPECT_THAT(AllGaps(), SizeIs(1)) << "what was recovered is no silence";
}

TEST_F(Gaps, AreNotFoundInAQuietHour) {
  Look();
  const std::size_t lists = far_side.Count("GET /v1/calls");
  EXPECT_EQ(lists, 1U) << "it is asked whether anything happened";
  Look();
  EXPECT_EQ(far_side.Count("GET /v1/calls"), lists) << "and not again at once";
  EXPECT_THAT(AllGaps(), IsEmpty());
}

TEST_F(Gaps, AreAbandonedWithTheAccount) {
  SwitchOff();
  Look();
  ASSERT_THAT(witnessed.Disconnect(account.id), IsOk());
  CloseGaps();
  EXPECT_EQ(AllGaps()[0].state, GapState::kAbandoned);
  EXPECT_THAT(repair.Due().value(), IsEmpty());
}

TEST_F(Gaps, AreToldOnceWhenTheyAreClosed) {
  SwitchOff();
  PlaceCall();
  Look();
  CloseGaps();
  ports::EventFilter filter;
  filter.types.Only({accounts::kGapClosed});
  const auto news = inbox.List(filter, {})->items;
  ASSERT_THAT(news, SizeIs(1));
  const auto body = ParseJson(news[0].body).value();
  EXPECT_EQ(body["subject"], "accounts/" + ToText(account.id));
  EXPECT_EQ(body["data"]["reason"], "INACTIVE");
  EXPECT_EQ(body["data"]["missed"], 2);
  EXPECT_EQ(body["data"]["recovered"], 2);
  EXPECT_EQ(body["data"]["open"], 0);
  EXPECT_TRUE(AllGaps()[0].told);
}

}  // namespace
}  // namespace sb::testing
