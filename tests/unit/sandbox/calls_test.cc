#include <gmock/gmock.h>

#include "tests/unit/sandbox/company.h"

namespace sb::aircall::sandbox {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::int64_t> Ids(const Page<Call>& page) {
  std::vector<std::int64_t> ids;
  for (const Call* call : page.items) ids.push_back(call->id);
  return ids;
}

TEST(AnsweredCall, TellsItsWholeStoryAtItsOwnTimes) {
  WatchedCompany company;
  const Call call = company.CallFromPriya();
  EXPECT_THAT(company.EventNames(), ElementsAre("call.created", "call.ringing_on_agent",
                                                "call.answered", "call.hungup", "call.ended"));
  EXPECT_EQ(call.answered_at, call.started_at + 8s);
  EXPECT_EQ(call.ended_at, call.started_at + 103s);
  EXPECT_EQ(company.events().back().at, *call.ended_at + 30s);
  EXPECT_EQ(company.events().back().at, company.clock().Now());
}

TEST(AnsweredCall, HasItsRecordingOnlyWhenItEnded) {
  WatchedCompany company;
  company.CallFromPriya();
  const auto data = [&](std::size_t i) {
    return nlohmann::json::parse(company.events().at(i).data);
  };
  EXPECT_TRUE(data(3).at("recording").is_null());
  EXPECT_TRUE(data(4).at("recording").is_string());
  EXPECT_EQ(data(3).at("duration"), 103);
}

TEST(MissedCall, HasAReasonAndNobody) {
  WatchedCompany company;
  const Call call = company.CallFromPriya(/*answered=*/false);
  EXPECT_EQ(call.missed_reason, "agents_did_not_answer");
  EXPECT_EQ(call.user_id, std::nullopt);
  EXPECT_THAT(company.EventNames(),
              ElementsAre("call.created", "call.ringing_on_agent", "call.hungup", "call.ended"));
  EXPECT_FALSE(company.LastData().contains("user"));
}

TEST(MissedCall, MayLeaveAVoicemail) {
  WatchedCompany company;
  const auto call = company->PlaceCall(
      {.number_id = 1400001, .external = "anonymous", .answered = false, .voicemail = 12s},
      Pace::kInstant);
  ASSERT_THAT(call, IsOk());
  EXPECT_EQ(company.EventNames().back(), "call.voicemail_left");
  EXPECT_TRUE(company.LastData().at("voicemail").is_string());
  EXPECT_FALSE(company.LastData().contains("contact"));
}

TEST(RingingEvent, NamesTheAgentBeingRung) {
  WatchedCompany company;
  company.CallFromPriya(/*answered=*/false);
  const auto created = nlohmann::json::parse(company.events().at(0).data);
  const auto ringing = nlohmann::json::parse(company.events().at(1).data);
  EXPECT_FALSE(created.contains("user"));
  EXPECT_EQ(ringing.at("user").at("name"), "Ines Marchetti");
}

TEST(OutboundCall, BeginsWithItsUserAndNeverRings) {
  WatchedCompany company;
  const auto call = company->PlaceCall({.direction = Direction::kOutbound,
                                        .number_id = 1400002,
                                        .external = "+33639980110",
                                        .user_id = 2100003},
                                       Pace::kInstant);
  ASSERT_THAT(call, IsOk());
  EXPECT_THAT(company.EventNames(),
              ElementsAre("call.created", "call.answered", "call.hungup", "call.ended"));
  EXPECT_EQ(nlohmann::json::parse(company.events().front().data).at("user").at("id"), 2100003);
}

TEST(RealPace, PlaysEachStepWhenItsTimeHasCome) {
  WatchedCompany company;
  const auto call =
      company->PlaceCall({.number_id = 1400001, .external = "+16175550142"}, Pace::kReal);
  ASSERT_THAT(call, IsOk());
  EXPECT_THAT(company.EventNames(), ElementsAre("call.created", "call.ringing_on_agent"));
  EXPECT_EQ(company->NextStepDue(), company.clock().Now() + 8s);
  company.clock().Advance(8s);
  company->RunDueSteps();
  EXPECT_EQ(company.EventNames().back(), "call.answered");
  EXPECT_EQ(company->calls().Get(call->id)->status, CallStatus::kAnswered);
  company.clock().Advance(95s);
  company->RunDueSteps();
  EXPECT_EQ(company.EventNames().back(), "call.hungup");
  company.clock().Advance(30s);
  company->RunDueSteps();
  EXPECT_EQ(company.EventNames().back(), "call.ended");
  const std::size_t told = company.events().size();
  company.clock().Advance(20min);  // The finalisation, of which nobody hears.
  company->RunDueSteps();
  EXPECT_EQ(company.events().size(), told);
  EXPECT_EQ(company->NextStepDue(), std::nullopt);
}

TEST(PlacingACall, IsRefusedForWhatTheCompanyDoesNotHave) {
  WatchedCompany company;
  const auto place = [&](CallPlan plan) {
    return company->PlaceCall(std::move(plan), Pace::kInstant);
  };
  EXPECT_THAT(place({.number_id = 1, .external = "anonymous"}), IsRefused());
  EXPECT_THAT(place({.number_id = 1400001, .external = "x"}), IsRefused());
  EXPECT_THAT(place({.number_id = 1400001, .external = "anonymous", .user_id = 1}), IsRefused());
  EXPECT_THAT(place({.number_id = 1400001, .external = "anonymous", .missed_reason = "bored"}),
              IsRefused());
  EXPECT_TRUE(company.events().empty());
}

TEST(Comments, EndAtFive) {
  WatchedCompany company;
  const Call call = company.CallFromPriya();
  for (int i = 0; i < 5; ++i) EXPECT_THAT(company->CommentCall(call.id, "note"), IsOk());
  const auto sixth = company->CommentCall(call.id, "note");
  ASSERT_THAT(sixth, IsRefused());
  EXPECT_EQ(sixth.error().message, "Maximum of 5 notes can be added to a Call.");
  EXPECT_EQ(company->calls().Get(call.id)->comments.size(), 5U);
}

TEST(Comments, LoseEmojisAndHaveNoAuthor) {
  WatchedCompany company;
  const Call call = company.CallFromPriya();
  ASSERT_THAT(company->CommentCall(call.id, "Done 🎉"), IsOk());
  EXPECT_EQ(company.EventNames().back(), "call.commented");
  const auto comment = company.LastData().at("comments").at(0);
  EXPECT_EQ(comment.at("content"), "Done ");
  EXPECT_TRUE(comment.at("posted_by").is_null());
  EXPECT_EQ(comment.at("posted_at"), kStart);
}

TEST(Comments, NeedWordsAndACall) {
  WatchedCompany company;
  const Call call = company.CallFromPriya();
  EXPECT_THAT(company->CommentCall(call.id, "🎉"), IsRefused());
  EXPECT_THAT(company->CommentCall(1, "note"), IsUnknown());
}

TEST(CallTags, MustExistAndAreSetOnce) {
  WatchedCompany company;
  const Call call = company.CallFromPriya();
  EXPECT_THAT(company->TagCall(call.id, {999}), IsRefused());
  EXPECT_THAT(company->TagCall(call.id, {}), IsRefused());
  EXPECT_THAT(company->TagCall(1, {3100004}), IsUnknown());
  EXPECT_THAT(company->TagCall(call.id, {3100004}), IsOk());
  EXPECT_THAT(company->TagCall(call.id, {3100004, 3100001}), IsOk());
  EXPECT_EQ(company->calls().Get(call.id)->tags.size(), 2U);
  EXPECT_EQ(company.LastData().at("tags").at(0).at("name"), "Follow Up");
  EXPECT_TRUE(company.LastData().at("tags").at(0).at("tagged_by").empty());
}

TEST(CallTags, GoWhenTheTagIsDeleted) {
  WatchedCompany company;
  const Call call = company.CallFromPriya();
  ASSERT_THAT(company->TagCall(call.id, {3100004}), IsOk());
  ASSERT_THAT(company->RemoveTag(3100004), IsOk());
  EXPECT_THAT(company->calls().Get(call.id)->tags, IsEmpty());
  EXPECT_THAT(company->RemoveTag(3100004), IsUnknown());
}

TEST(Archiving, IsToldOnceAndKeepsTheCallListed) {
  WatchedCompany company;
  const Call call = company.CallFromPriya();
  const std::size_t before = company.events().size();
  EXPECT_TRUE(company->ArchiveCall(call.id, true)->archived);
  EXPECT_TRUE(company->ArchiveCall(call.id, true)->archived);
  EXPECT_EQ(company.events().size(), before + 1);
  EXPECT_FALSE(company->ArchiveCall(call.id, false)->archived);
  EXPECT_EQ(company->ListCalls({}, {}).total, 1);
  EXPECT_THAT(company->ArchiveCall(1, true), IsUnknown());
}

TEST(CallSearch, NeedsAllTags) {
  WatchedCompany company;
  const Call both = company.CallFromPriya();
  const Call one = company.CallFromPriya();
  ASSERT_THAT(company->TagCall(both.id, {3100004, 3100001}), IsOk());
  ASSERT_THAT(company->TagCall(one.id, {3100004}), IsOk());
  EXPECT_THAT(Ids(company->ListCalls({.tag_ids = {3100004, 3100001}}, {})), ElementsAre(both.id));
}

TEST(CallSearch, LooksAtDirectionUserAndEitherNumber) {
  WatchedCompany company;
  const Call call = company.CallFromPriya();
  const auto found = [&](const CallFilter& filter) { return Ids(company->ListCalls(filter, {})); };
  EXPECT_THAT(found({.direction = Direction::kInbound}), ElementsAre(call.id));
  EXPECT_THAT(found({.direction = Direction::kOutbound}), IsEmpty());
  EXPECT_THAT(found({.user_id = 2100001}), ElementsAre(call.id));
  EXPECT_THAT(found({.user_id = 2100002}), IsEmpty());
  EXPECT_THAT(found({.phone_number = "+1 617-555-0142"}), ElementsAre(call.id));
  EXPECT_THAT(found({.phone_number = "19845550100"}), ElementsAre(call.id));
  EXPECT_THAT(found({.phone_number = "+16175550199"}), IsEmpty());
}

TEST(CallWindow, LeavesFromOutAndTakesToIn) {
  WatchedCompany company;
  const Call call = company.CallFromPriya();
  const std::int64_t start = UnixSeconds(call.started_at);
  EXPECT_THAT(Ids(company->ListCalls({}, {.from = start})), IsEmpty());
  EXPECT_THAT(Ids(company->ListCalls({}, {.from = start - 1, .to = start})), ElementsAre(call.id));
  EXPECT_THAT(Ids(company->ListCalls({}, {.to = start - 1})), IsEmpty());
}

TEST(CallHistory, EndsAfterSixMonths) {
  WatchedCompany company;
  company.CallFromPriya();
  company.clock().Advance(170 * 24h);
  EXPECT_EQ(company->ListCalls({}, {}).total, 1);
  company.clock().Advance(15 * 24h);
  EXPECT_EQ(company->ListCalls({}, {}).total, 0);
}

}  // namespace
}  // namespace sb::aircall::sandbox
