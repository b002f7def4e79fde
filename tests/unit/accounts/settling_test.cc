// Calls are read again until they change no more, where no event tells that they do not; then it is
// told, once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/accounts/settling_world.h"

namespace sb::testing {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class Settlings : public SettlingWorld, public ::testing::Test {};

TEST_F(Settlings, AskForTheEventsByWhichCallsSettle) {
  EXPECT_THAT(account.webhook.events, Contains("call.ended"));
  EXPECT_THAT(account.webhook.events, Contains("call.tagged"));
  EXPECT_THAT(account.webhook.events, Not(Contains("call.settled"))) << "that one is ours";
  EXPECT_THAT(account.webhook.events, Not(Contains("call.created")));
}

TEST_F(Settlings, AreReadAgainUntilTheyChangeNoMore) {
  const std::string call = PlaceCall();
  Pass(minutes(1));
  Arrive();
  EXPECT_TRUE(Work());
  EXPECT_EQ(LooksAt(call), 0U) << "nothing is due";
  Pass(minutes(30));
  EXPECT_TRUE(Work());
  EXPECT_TRUE(Work());
  EXPECT_EQ(LooksAt(call), 1U) << "once for each time that is due";
  EXPECT_THAT(Settled(), IsEmpty()) << "it has just changed";
  Pass(hours(2));
  EXPECT_TRUE(Work());
  EXPECT_EQ(LooksAt(call), 2U);
  const Json settled = SettledCall();
  ASSERT_TRUE(settled.is_object());
  EXPECT_EQ(settled.at("settled"), true);
  EXPECT_EQ(DumpJson(settled.at("id")), call);
  EXPECT_EQ(settled.at("cost"), "1.2") << "as it is now";
  EXPECT_TRUE(settled.contains("call_uuid")) << "in the words of webhooks";
  EXPECT_EQ(Settled()[0].entity, "calls");
  EXPECT_EQ(Settled()[0].entity_id, call);
  Pass(days(8));
  EXPECT_TRUE(Work());
  EXPECT_EQ(LooksAt(call), 2U) << "it has settled";
}

TEST_F(Settlings, SettleAllTheSameWhereTheEndIsNeverTold) {
  const std::string call = PlaceCall();
  Pass(minutes(1));
  Arrive({"call.ended"});
  Pass(minutes(30));
  EXPECT_TRUE(Work());
  Pass(hours(2));
  EXPECT_TRUE(Work());
  EXPECT_THAT(Settled(), SizeIs(1));
  ArriveAgain();  // the end comes after all
  Pass(days(8));
  EXPECT_TRUE(Work());
  EXPECT_THAT(Settled(), SizeIs(1)) << "what comes late begins nothing anew";
  EXPECT_EQ(LooksAt(call), 2U);
}

TEST_F(Settlings, NeedNoRequestWhereAnEventConfirmsThem) {
  const std::string call = PlaceCallWithNote();
  Pass(minutes(10));
  Arrive();
  EXPECT_TRUE(Work());
  const Json settled = SettledCall();
  ASSERT_TRUE(settled.is_object());
  EXPECT_EQ(settled.at("settled"), true);
  EXPECT_EQ(settled.at("comments").at(0).at("content"), "calls back");
  EXPECT_EQ(settled.at("cost"), "1.2");
  Pass(days(8));
  EXPECT_TRUE(Work());
  EXPECT_EQ(LooksAt(call), 0U);
  EXPECT_THAT(metrics.Text(), ::testing::HasSubstr("switchboard_settled_total{by=\"event\"} 1\n"));
}

TEST_F(Settlings, AreReadWhereTheConfirmingEventIsLost) {
  const std::string call = PlaceCallWithNote();
  Pass(minutes(10));
  Arrive({"call.commented"});
  EXPECT_TRUE(Work());
  EXPECT_THAT(Settled(), IsEmpty());
  Pass(hours(3));
  EXPECT_TRUE(Work());
  Pass(days(1));
  EXPECT_TRUE(Work());
  EXPECT_EQ(LooksAt(call), 2U);
  EXPECT_EQ(SettledCall().at("comments").at(0).at("content"), "calls back");
}

TEST_F(Settlings, TellWhatTheEventToldAlsoWhereItIsNotKnownAnyMore) {
  const std::string call = PlaceCallWithNote();
  Pass(minutes(10));
  Arrive();
  database.inbox.clear();
  EXPECT_TRUE(Work());
  EXPECT_EQ(LooksAt(call), 1U) << "it is read instead";
  EXPECT_THAT(Settled(), SizeIs(1));
}

TEST_F(Settlings, AreNotChangedByWhatComesTwice) {
  PlaceCall();
  Pass(minutes(1));
  Arrive();
  ArriveAgain();
  Pass(hours(3));
  EXPECT_TRUE(Work());
  Pass(days(1));
  EXPECT_TRUE(Work());
  ArriveAgain();
  EXPECT_TRUE(Work());
  EXPECT_THAT(Settled(), SizeIs(1));
}

TEST_F(Settlings, AreToldOnceWhereTheProcessDiedBeforeItWasNoted) {
  PlaceCall();
  Pass(minutes(1));
  Arrive();
  Pass(hours(3));
  EXPECT_TRUE(Work());
  Pass(days(1));
  store.dies = true;
  EXPECT_FALSE(Work()) << "it was told, and that was not noted";
  EXPECT_THAT(Settled(), SizeIs(1));
  EXPECT_TRUE(Work());
  EXPECT_THAT(Settled(), SizeIs(1));
  EXPECT_TRUE(Work());
}

TEST_F(Settlings, WaitForAnAccountThatDoesNotWork) {
  const std::string call = PlaceCall();
  Pass(minutes(1));
  Arrive();
  Pass(hours(1));
  ports::Account broken = Stored(account.id);
  broken.state = ports::AccountState::kNeedsReauth;
  ASSERT_THAT(accounts.Update(broken), IsOk());
  EXPECT_FALSE(Work());
  EXPECT_EQ(LooksAt(call), 0U);
  ports::Account mended = Stored(account.id);
  mended.state = ports::AccountState::kActive;
  ASSERT_THAT(accounts.Update(mended), IsOk());
  EXPECT_TRUE(Work());
  EXPECT_EQ(LooksAt(call), 1U);
}

TEST_F(Settlings, AreLetGoWhenNobodyWantsToKnowAnyMore) {
  const std::string call = PlaceCall();
  Pass(minutes(1));
  Arrive();
  wanted = {"io.aircall.call.ended"};
  Pass(hours(1));
  EXPECT_TRUE(Work());
  EXPECT_EQ(LooksAt(call), 0U);
  EXPECT_THAT(settlings.Due({}).value(), IsEmpty());
}

TEST_F(Settlings, AreLetGoWithACallThatIsNotThereAnyMore) {
  const std::string call = PlaceCall();
  Pass(minutes(1));
  Arrive();
  Pass(hours(1));
  far_side.interfere = [&](const std::string&,
                           const std::string& path) -> std::optional<Result<ports::HttpResponse>> {
    if (path != "/v1/calls/" + call) return {};
    return Result<ports::HttpResponse>(
        ports::HttpResponse{.status = 404, .headers = {}, .body = "{}"});
  };
  EXPECT_TRUE(Work());
  Pass(days(8));
  EXPECT_TRUE(Work());
  EXPECT_EQ(LooksAt(call), 1U);
  EXPECT_THAT(Settled(), IsEmpty());
}

TEST_F(Settlings, AreAskedForAgainWhereTheProviderIsAway) {
  const std::string call = PlaceCall();
  Pass(minutes(1));
  Arrive();
  Pass(hours(1));
  far_side.interfere = [](const std::string&,
                          const std::string&) -> std::optional<Result<ports::HttpResponse>> {
    return Result<ports::HttpResponse>(Unavailable("HTTP_UNREACHABLE", "away"));
  };
  EXPECT_FALSE(Work());
  far_side.interfere = nullptr;
  EXPECT_TRUE(Work());
  EXPECT_EQ(LooksAt(call), 2U);
}

}  // namespace
}  // namespace sb::testing
