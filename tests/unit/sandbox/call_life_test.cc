#include <gmock/gmock.h>

#include "tests/unit/sandbox/company.h"

// The whole life of a call: what is told of it, in which order and with which keys.
namespace sb::aircall::sandbox {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Json = nlohmann::json;

constexpr std::int64_t kInes = 2100001;
constexpr std::int64_t kTom = 2100002;
constexpr std::int64_t kLea = 2100003;
constexpr std::int64_t kSales = 610002;

CallPlan FromPriya() {
  return {.number_id = 1400001, .external = "+16175550142"};
}

/// What webhooks were told at the n-th event.
Json DataAt(const WatchedCompany& company, std::size_t n) {
  return Json::parse(company.events().at(n).data);
}

TEST(WholeCall, IsToldStepByStep) {
  WatchedCompany company;
  CallPlan plan = FromPriya();
  plan.ivr = {{2s, "Main menu", "1", "Sales"}};
  plan.declined_by = {kTom};
  plan.user_id = kInes;
  plan.holds = {{10s, 15s}};
  plan.transfers = {{.after = 40s, .user_id = kLea}};
  plan.assets_lag = 20s;
  plan.assigned_to = kTom;
  plan.marks = {{.after = 90s, .user_id = kInes, .content = "Late"},
                {.after = 95s, .user_id = kInes, .tag_id = 3100004}};
  ASSERT_THAT(company->PlaceCall(plan, Pace::kInstant), IsOk());
  EXPECT_THAT(
      company.EventNames(),
      ElementsAre("call.created", "call.ivr_option_selected", "call.ringing_on_agent",
                  "call.agent_declined", "call.ringing_on_agent", "call.answered", "call.hold",
                  "call.unhold", "call.transferred", "call.hungup", "call.ended",
                  "call.comm_assets_generated", "call.assigned", "call.commented", "call.tagged"));
  EXPECT_EQ(DataAt(company, 1).at("ivr_options_selected").at(0).at("branch"), "Sales");
  EXPECT_EQ(DataAt(company, 3).at("user").at("id"), kTom);
  EXPECT_EQ(DataAt(company, 4).at("user").at("id"), kInes);
  EXPECT_EQ(DataAt(company, 6).at("status"), "answered");
  EXPECT_EQ(DataAt(company, 8).at("transferred_by").at("id"), kInes);
  EXPECT_EQ(DataAt(company, 8).at("transferred_to").at("id"), kLea);
  EXPECT_TRUE(DataAt(company, 10).at("recording").is_null());
  EXPECT_TRUE(DataAt(company, 11).at("recording").is_string());
  EXPECT_EQ(DataAt(company, 12).at("assigned_to").at("id"), kTom);
  EXPECT_EQ(DataAt(company, 13).at("comments").at(0).at("posted_by").at("id"), kInes);
  EXPECT_EQ(DataAt(company, 14).at("participants").size(), 3U);
}

TEST(WholeCall, NeverGoesBackInTime) {
  WatchedCompany company;
  CallPlan plan = FromPriya();
  plan.holds = {{10s, 15s}, {60s, 5s}};
  plan.transfers = {{.after = 30s, .team_id = kSales}};
  ASSERT_THAT(company->PlaceCall(plan, Pace::kInstant), IsOk());
  for (std::size_t i = 1; i < company.events().size(); ++i) {
    EXPECT_LE(company.events()[i - 1].at, company.events()[i].at);
  }
}

TEST(Transfer, ToATeamNamesItsFirstUserAndTheTeam) {
  WatchedCompany company;
  CallPlan plan = FromPriya();
  plan.transfers = {{.after = 30s, .team_id = kSales}};
  const auto call = company->PlaceCall(plan, Pace::kInstant);
  EXPECT_EQ(call->transferred_to, kLea);
  EXPECT_EQ(company.LastData().at("teams").at(0).at("name"), "Sales");
}

TEST(Transfer, ThatFailsIsNamedInItsOwnEventOnly) {
  WatchedCompany company;
  CallPlan plan = FromPriya();
  plan.transfers = {{.after = 30s, .user_id = kLea, .succeeds = false}};
  const auto call = company->PlaceCall(plan, Pace::kInstant);
  ASSERT_EQ(company.EventNames().at(3), "call.unsuccessful_transfer");
  EXPECT_EQ(DataAt(company, 3).at("transferred_to").at("id"), kLea);
  EXPECT_FALSE(company.LastData().contains("transferred_to"));
  EXPECT_EQ(call->user_id, kInes);
}

TEST(Transfer, OutsideIsForAnInboundCallThatNobodyAnswered) {
  WatchedCompany company;
  CallPlan plan = FromPriya();
  plan.transfers = {{.after = 3s, .outside = "+33639980111"}};
  EXPECT_THAT(company->PlaceCall(plan, Pace::kInstant), IsRefused());
  plan.answered = false;
  const auto call = company->PlaceCall(plan, Pace::kInstant);
  ASSERT_THAT(call, IsOk());
  EXPECT_EQ(company.EventNames().at(2), "call.external_transferred");
  EXPECT_EQ(DataAt(company, 2).at("external_transferred_to"), "+33639980111");
  EXPECT_EQ(DataAt(company, 2).at("external_caller_number"), "+16175550142");
  EXPECT_FALSE(company.LastData().contains("external_transferred_to"));
  EXPECT_EQ(call->missed_reason, std::nullopt);
}

TEST(TransferOverTheApi, MovesARunningCall) {
  WatchedCompany company;
  const auto call = company->PlaceCall(FromPriya(), Pace::kReal);
  company.clock().Advance(20s);
  company->RunDueSteps();
  ASSERT_THAT(company->TransferCall(call->id, {.user_id = kTom}), IsOk());
  EXPECT_EQ(company.EventNames().back(), "call.transferred");
  EXPECT_EQ(company->calls().Get(call->id)->user_id, kTom);
  EXPECT_THAT(company->TransferCall(call->id, {.outside = "+33639980111"}), IsRefused());
  company.clock().Advance(5min);
  company->RunDueSteps();
  EXPECT_THAT(company->TransferCall(call->id, {.user_id = kTom}), IsRefused());
}

TEST(TransferOverTheApi, RingsAnotherWhileNobodyAnswered) {
  WatchedCompany company;
  const auto call = company->PlaceCall(FromPriya(), Pace::kReal);
  ASSERT_THAT(company->TransferCall(call->id, {.user_id = kLea}), IsOk());
  EXPECT_EQ(company.EventNames().back(), "call.ringing_on_agent");
  company.clock().Advance(8s);
  company->RunDueSteps();
  EXPECT_EQ(company->calls().Get(call->id)->user_id, kLea);
}

TEST(TransferOverTheApi, ToAnotherLineIsFoundUnderThatLineOnly) {
  WatchedCompany company;
  const auto call = company->PlaceCall(FromPriya(), Pace::kReal);
  ASSERT_THAT(company->TransferCall(call->id, {.line_id = 1400002}), IsOk());
  EXPECT_EQ(company->ListCalls({.phone_number = "+19845550100"}, {}).total, 0);
  EXPECT_EQ(company->ListCalls({.phone_number = "+16175550190"}, {}).total, 1);
}

TEST(TransferOverTheApi, OutsideEndsWithoutAMiss) {
  WatchedCompany company;
  const auto call = company->PlaceCall(FromPriya(), Pace::kReal);
  ASSERT_THAT(company->TransferCall(call->id, {.outside = "+33639980111"}), IsOk());
  company.clock().Advance(10min);
  company->RunDueSteps();
  EXPECT_THAT(company.EventNames(),
              ElementsAre("call.created", "call.ringing_on_agent", "call.external_transferred",
                          "call.hungup", "call.ended"));
  EXPECT_EQ(company->calls().Get(call->id)->missed_reason, std::nullopt);
}

TEST(Finalisation, FillsTheCostOnceAndTellsNobody) {
  WatchedCompany company;
  CallPlan plan = FromPriya();
  plan.finalise_after = 120s;
  plan.start_moves = 1;
  const auto call = company->PlaceCall(plan, Pace::kInstant);
  EXPECT_EQ(call->cost, "0.0");
  EXPECT_EQ(call->pricing_type, std::nullopt);
  const std::size_t told = company.events().size();
  company.clock().Advance(20min);
  company->RunDueSteps();
  const auto final = company->calls().Get(call->id);
  EXPECT_EQ(final->pricing_type, "in_bundle");
  EXPECT_EQ(final->cost, "2.4");
  EXPECT_EQ(final->started_at, call->started_at + 1s);
  EXPECT_EQ(company.events().size(), told);
  EXPECT_EQ(company->NextStepDue(), std::nullopt);
  const std::int64_t start = UnixSeconds(final->started_at);
  EXPECT_EQ(company->ListCalls({}, {.from = start - 1, .to = start}).total, 1);
}

TEST(Finalisation, ComesAMinuteAndAHalfToTwentyMinutesAfterTheEnd) {
  WatchedCompany company;
  for (int i = 0; i < 50; ++i) {
    const auto call = company->PlaceCall(FromPriya(), Pace::kInstant);
    const auto due = *company->NextStepDue() - *call->ended_at;
    EXPECT_GE(due, 90s);
    EXPECT_LE(due, 20min);
    company.clock().Advance(20min);
    company->RunDueSteps();
  }
}

TEST(CallbackCall, NamesTheCallItAnswers) {
  WatchedCompany company;
  ASSERT_THAT(company->PlaceCall({.direction = Direction::kOutbound,
                                  .number_id = 1400001,
                                  .external = "+16175550142",
                                  .callback_of = 77},
                                 Pace::kInstant),
              IsOk());
  for (std::size_t i = 0; i < company.events().size(); ++i) {
    EXPECT_EQ(DataAt(company, i).at("automatic_callback_call_id"), 77);
  }
}

TEST(CallOutOfHours, RingsNobody) {
  WatchedCompany company;
  CallPlan plan = FromPriya();
  plan.answered = false;
  plan.missed_reason = "out_of_opening_hours";
  ASSERT_THAT(company->PlaceCall(plan, Pace::kInstant), IsOk());
  EXPECT_THAT(company.EventNames(), ElementsAre("call.created", "call.hungup", "call.ended"));
}

TEST(Untagging, IsToldAndTakesOneTag) {
  WatchedCompany company;
  const Call call = company.CallFromPriya();
  ASSERT_THAT(company->TagCall(call.id, {3100004, 3100001}), IsOk());
  EXPECT_THAT(company->UntagCall(call.id, 3100004), IsOk());
  EXPECT_EQ(company.EventNames().back(), "call.untagged");
  EXPECT_EQ(company.LastData().at("tags").size(), 1U);
  EXPECT_THAT(company->UntagCall(call.id, 3100004), IsUnknown());
  EXPECT_THAT(company->UntagCall(1, 3100001), IsUnknown());
}

/// A desk with one call of a given pace.
class CallDesk {
 public:
  explicit CallDesk(const std::string& more = R"("pace":"real")") {
    const Reply made =
        desk_.Ask("POST", "/_sandbox/calls", R"({"from":"+16175550142",)" + more + "}");
    path_ = "/v1/calls/" + Json::parse(made.body).at("call").at("id").dump();
  }

  int Post(const std::string& rest, const std::string& body = "{}") {
    return desk_.Ask("POST", path_ + rest, body).status;
  }

  int Delete(const std::string& rest) { return desk_.Ask("DELETE", path_ + rest).status; }

  Json Call(const std::string& query = "") {
    return Json::parse(desk_.Ask("GET", path_ + query).body).at("call");
  }

  Desk& desk() { return desk_; }

  void Pass(Seconds time) {
    desk_.clock().Advance(time);
    desk_.emulator().PlayDueSteps();
  }

 private:
  Desk desk_;
  std::string path_;
};

TEST(TransferRequest, WantsOneTargetAndARunningCall) {
  CallDesk desk;
  EXPECT_EQ(desk.Post("/transfers"), 400);
  EXPECT_EQ(desk.Post("/transfers", R"({"user_id":2100002,"team_id":610001})"), 400);
  EXPECT_EQ(desk.Post("/transfers", R"({"user_id":2100002,"dispatching_strategy":"random"})"), 400);
  EXPECT_EQ(desk.Post("/transfers", R"({"team_id":610001,"dispatching_strategy":"loud"})"), 400);
  EXPECT_EQ(desk.Post("/transfers", R"({"user_id":1})"), 400);
  EXPECT_EQ(desk.Post("/transfers", R"({"team_id":610001,"dispatching_strategy":"random"})"), 204);
  EXPECT_EQ(desk.desk().Ask("POST", "/v1/calls/1/transfers", R"({"user_id":2100002})").status, 404);
  desk.Pass(10min);
  EXPECT_EQ(desk.Post("/transfers", R"({"user_id":2100002})"), 400);
}

TEST(PauseOfARecording, NeedsARunningCall) {
  CallDesk desk;
  EXPECT_EQ(desk.Post("/pause_recording"), 204);
  EXPECT_EQ(desk.Post("/resume_recording"), 204);
  desk.Pass(10min);
  EXPECT_EQ(desk.Post("/pause_recording"), 400);
  EXPECT_EQ(desk.Post("/resume_recording"), 400);
}

TEST(PauseOfARecording, IsAWrongStateOnALineThatDoesNotRecord) {
  WorldSettings settings;
  settings.profile = "medium";
  Desk desk(settings);
  std::string line;
  const auto numbers = desk.Read("/v1/numbers").at("numbers");
  for (const auto& number : numbers) {
    if (!number.at("live_recording_activated").get<bool>()) line = number.at("id").dump();
  }
  ASSERT_NE(line, "");
  const Reply made = desk.Ask("POST", "/_sandbox/calls",
                              R"({"from":"anonymous","pace":"real","number_id":)" + line + "}");
  const std::string id = Json::parse(made.body).at("call").at("id").dump();
  EXPECT_EQ(desk.Ask("POST", "/v1/calls/" + id + "/pause_recording").status, 405);
  EXPECT_EQ(desk.Ask("POST", "/v1/calls/" + id + "/resume_recording").status, 405);
}

TEST(InsightCards, AreForRunningCallsAndSmall) {
  CallDesk desk;
  const std::string card = R"({"contents":[{"type":"title","text":"VIP"},)"
                           R"({"type":"user","user_id":2100001}]})";
  EXPECT_EQ(desk.Post("/insight_cards", card), 201);
  EXPECT_EQ(desk.Post("/insight_cards", R"({"cards":[]})"), 400);
  EXPECT_EQ(desk.Post("/insight_cards", R"({"contents":[{"type":"film","text":"x"}]})"), 400);
  EXPECT_EQ(desk.Post("/insight_cards", R"({"contents":[{"type":"title","text":")" +
                                            std::string(10'240, 'x') + R"("}]})"),
            400);
  ASSERT_EQ(
      desk.desk().Ask("PUT", "/_sandbox/switches", R"({"calls.insight_card_status":200})").status,
      200);
  EXPECT_EQ(desk.Post("/insight_cards", card), 200);
  desk.Pass(10min);
  EXPECT_EQ(desk.Post("/insight_cards", card), 400);
}

TEST(DeletedRecording, IsGoneAndAnEarlyDeleteDeletesNothing) {
  CallDesk desk(R"("assets_lag_seconds":60,"pace":"real")");
  desk.Pass(135s);  // Ended, but the file is not there yet.
  EXPECT_EQ(desk.Delete("/recording"), 204);
  desk.Pass(60s);
  EXPECT_TRUE(desk.Call().at("recording").is_string());
  EXPECT_EQ(desk.Delete("/recording"), 204);
  EXPECT_TRUE(desk.Call().at("recording").is_null());
  EXPECT_TRUE(desk.Call().at("asset").is_null());
}

TEST(FetchFlags, AddTheirKeysAndNothingElse) {
  CallDesk desk(R"("ivr":[{"after_seconds":2,"title":"Menu","key":"1","branch":"Sales"}])");
  const Json plain = desk.Call();
  for (const char* key : {"ivr_options_selected", "ai_voice_agents", "recording_short_url"}) {
    EXPECT_FALSE(plain.contains(key)) << key;
  }
  EXPECT_EQ(desk.Call("?fetch_call_timeline=true").at("ivr_options_selected").size(), 1U);
  EXPECT_THAT(desk.Call("?fetch_aiva_conv=true").at("ai_voice_agents"), IsEmpty());
  EXPECT_TRUE(desk.Call("?fetch_short_urls=true").at("voicemail_short_url").is_null());
  EXPECT_THAT(desk.Call("?fetch_short_urls=true").at("recording_short_url").get<std::string>(),
              HasSubstr("/short-urls/v1/"));
  desk.Pass(63 * 24h);
  EXPECT_THAT(desk.Call("?fetch_call_timeline=true").at("ivr_options_selected"), IsEmpty());
}

TEST(ShortUrlKeys, StandAlwaysWhenSwitchedSo) {
  CallDesk desk;
  ASSERT_EQ(
      desk.desk().Ask("PUT", "/_sandbox/switches", R"({"calls.short_url_keys":"always"})").status,
      200);
  EXPECT_TRUE(desk.Call().at("recording_short_url").is_null());
}

TEST(PlacedCall, TakesTheWholePlanAsJson) {
  Desk desk;
  const Reply made = desk.Ask("POST", "/_sandbox/calls",
                              R"({"from":"+16175550142","team_id":610001,"declined_by":[2100002],
      "holds":[{"after_seconds":5,"seconds":5}],"transfers":[{"after_seconds":20,"user_id":2100003}],
      "comments":[{"after_seconds":9,"content":"x"}],"tags":[{"after_seconds":9,"tag_id":3100004}],
      "assigned_to":2100002,"hangup_cause":"normal","finalise_after_seconds":90})");
  ASSERT_EQ(made.status, 201) << made.body;
  const Json call = Json::parse(made.body).at("call");
  EXPECT_EQ(call.at("teams").at(0).at("id"), 610001);
  EXPECT_EQ(call.at("transferred_to").at("id"), kLea);
  EXPECT_EQ(call.at("conference_participants").size(), 3U);
  for (const char* wrong :
       {R"("holds":5)", R"("tags":[{}])", R"("comments":[{}])", R"("declined_by":[1])",
        R"("transfers":[{}])", R"("assigned_to":1)", R"("start_moves_seconds":5)"}) {
    EXPECT_EQ(
        desk.Ask("POST", "/_sandbox/calls", R"({"from":"anonymous",)" + std::string(wrong) + "}")
            .status,
        400)
        << wrong;
  }
}

}  // namespace
}  // namespace sb::aircall::sandbox
