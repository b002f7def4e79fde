#include <span>

#include <gmock/gmock.h>

#include "connectors/aircall/sandbox/door/router.h"
#include "tests/unit/sandbox/company.h"

// The control API through the whole emulator: time, snapshots, companies, agents, the ledger of
// effects, faults and the weather of deliveries.
namespace sb::aircall::sandbox {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using Json = nlohmann::json;

Json Parsed(const Reply& reply) {
  return Json::parse(reply.body);
}

Json Control(Desk& desk, const std::string& method, const std::string& path,
             const std::string& body = "") {
  const Reply reply = desk.AskAs("", method, "/_sandbox/" + path, body);
  EXPECT_LT(reply.status, 300) << reply.body;
  return reply.body.empty() ? Json() : Parsed(reply);
}

std::string BasicOf(const Emulator::CompanyKey& owner) {
  return "Basic " + ToBase64(owner.key.id + ":" + owner.key.token);
}

void Subscribe(Desk& desk, const std::string& events) {
  ASSERT_EQ(
      desk.Ask("POST", "/v1/webhooks", R"({"url":"http://127.0.0.1:9/in","events":)" + events + "}")
          .status,
      200);
}

/// The events that would be sent by now, in their order, each answered with `status`.
std::vector<std::string> TakeAll(Desk& desk, int status = 200) {
  std::vector<std::string> events;
  while (const auto next = desk.emulator().TakeDelivery()) {
    events.push_back(next->event);
    desk.emulator().FinishDelivery(*next, {.at = desk.emulator().clock().Now(), .status = status});
  }
  return events;
}

// ---- time

TEST(SandboxTime, MovesAheadWhenTold) {
  Desk desk;
  Control(desk, "PUT", "clock", R"({"advance_seconds": 3600})");
  EXPECT_EQ(desk.emulator().clock().Now(), desk.clock().Now() + 1h);
}

TEST(SandboxTime, RunsFasterWhenTold) {
  Desk desk;
  Control(desk, "PUT", "clock", R"({"speed": 60})");
  const WallTime before = desk.emulator().clock().Now();
  desk.clock().Advance(2s);
  EXPECT_EQ(desk.emulator().clock().Now() - before, 2min);
}

TEST(SandboxTime, ForgivesTheRateLimitAsItPasses) {
  Desk desk(With({"rate.limit=1"}));
  EXPECT_EQ(desk.Ask("GET", "/v1/ping").status, 200);
  EXPECT_EQ(desk.Ask("GET", "/v1/ping").status, 429);
  Control(desk, "PUT", "clock", R"({"advance_seconds": 61})");
  EXPECT_EQ(desk.Ask("GET", "/v1/ping").status, 200);
}

TEST(SandboxTime, RefusesToRunBackwardsOrNotAtAll) {
  Desk desk;
  for (const char* body :
       {R"({"advance_seconds":-1})", R"({"speed":0})", R"({"speed":"fast"})", "["}) {
    EXPECT_EQ(desk.AskAs("", "PUT", "/_sandbox/clock", body).status, 400) << body;
  }
}

// ---- snapshots

TEST(Snapshots, BringBackWhatWasChangedSince) {
  Desk desk;
  Control(desk, "POST", "snapshots", R"({"name":"clean"})");
  ASSERT_EQ(desk.Ask("DELETE", "/v1/contacts/520000101").status, 204);
  ASSERT_EQ(desk.Ask("POST", "/v1/tags", R"({"name":"Hot","color":"#00B388"})").status, 200);
  Control(desk, "POST", "snapshots/clean/restore");
  EXPECT_EQ(desk.Ask("GET", "/v1/contacts/520000101").status, 200);
  EXPECT_EQ(desk.Read("/v1/tags").at("meta").at("total"), 6);
}

TEST(Snapshots, NeverGiveAnIdTwice) {
  Desk desk;
  const std::string tag = R"({"name":"Hot","color":"#00B388"})";
  Control(desk, "POST", "snapshots");
  const Json first = Parsed(desk.Ask("POST", "/v1/tags", tag)).at("tag").at("id");
  Control(desk, "POST", "snapshots/default/restore");
  EXPECT_NE(Parsed(desk.Ask("POST", "/v1/tags", tag)).at("tag").at("id"), first);
}

TEST(Snapshots, AreKnownByName) {
  Desk desk;
  EXPECT_EQ(desk.AskAs("", "POST", "/_sandbox/snapshots/lost/restore").status, 404);
  Control(desk, "POST", "snapshots", R"({"name":"b"})");
  Control(desk, "POST", "snapshots", R"({"name":"a"})");
  EXPECT_THAT(Control(desk, "GET", "snapshots").at("snapshots"), ElementsAre("a", "b"));
}

// ---- several companies

TEST(SeveralCompanies, SeeNothingOfEachOther) {
  Desk desk(WorldSettings{}, 2);
  const auto keys = desk.emulator().company_keys();
  ASSERT_THAT(keys, SizeIs(2));
  const std::string first = BasicOf(keys[0]);
  const std::string second = BasicOf(keys[1]);
  EXPECT_NE(first, second);
  ASSERT_EQ(desk.AskAs(first, "DELETE", "/v1/contacts/520000101").status, 204);
  const Json contacts = Parsed(desk.AskAs(second, "GET", "/v1/contacts"));
  EXPECT_EQ(contacts.at("meta").at("total"), 2);
  const auto other = contacts.at("contacts").at(0).at("id").get<std::int64_t>();
  EXPECT_EQ(desk.AskAs(first, "GET", "/v1/contacts/" + std::to_string(other)).status, 404);
}

TEST(SeveralCompanies, HaveAQuotaEach) {
  Desk desk(With({"rate.limit=1"}), 2);
  const auto keys = desk.emulator().company_keys();
  EXPECT_EQ(desk.AskAs(BasicOf(keys[0]), "GET", "/v1/ping").status, 200);
  EXPECT_EQ(desk.AskAs(BasicOf(keys[0]), "GET", "/v1/ping").status, 429);
  EXPECT_EQ(desk.AskAs(BasicOf(keys[1]), "GET", "/v1/ping").status, 200);
}

TEST(SeveralCompanies, AreControlledOneByOne) {
  Desk desk(WorldSettings{}, 2);
  const auto keys = desk.emulator().company_keys();
  const std::string second = "?company=" + std::to_string(keys[1].company.id);
  Control(desk, "POST", "calls" + second, R"({"from":"anonymous"})");
  EXPECT_EQ(Control(desk, "GET", "state").at("calls"), 0);
  EXPECT_EQ(Control(desk, "GET", "state" + second).at("calls"), 1);
  EXPECT_EQ(desk.AskAs("", "GET", "/_sandbox/state?company=7").status, 404);
}

TEST(SeveralCompanies, SendTheirOwnWebhooksOnly) {
  Desk desk(WorldSettings{}, 2);
  Subscribe(desk, R"(["call.ended"])");
  const auto keys = desk.emulator().company_keys();
  Control(desk, "POST", "calls?company=" + std::to_string(keys[1].company.id),
          R"({"from":"anonymous"})");
  EXPECT_THAT(TakeAll(desk), SizeIs(0));
}

// ---- agents

TEST(AgentsInTheApp, SignTheirNotesAndTags) {
  Desk desk;
  const std::int64_t call = Control(desk, "POST", "calls", R"({"from":"anonymous"})")["call"]["id"];
  const std::string path = "/v1/calls/" + std::to_string(call);
  Control(desk, "POST", "agents/2100002" + path + "/comments", R"({"content":"Nice"})");
  Control(desk, "POST", "agents/2100002" + path + "/tags", R"({"tags":[3100001]})");
  const Json shown = Json(desk.Read(path)).at("call");
  EXPECT_EQ(shown.at("comments").at(0).at("posted_by").at("name"), "Tom Okafor");
  EXPECT_EQ(shown.at("tags").at(0).at("tagged_by").at("id"), 2100002);
}

TEST(AgentsInTheApp, SpendNoQuotaAndNeedNoCredential) {
  Desk desk(With({"rate.limit=1"}));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(desk.AskAs("", "GET", "/_sandbox/agents/2100001/v1/ping").status, 200);
  }
  EXPECT_EQ(desk.Ask("GET", "/v1/ping").status, 200);
}

TEST(AgentsInTheApp, AreUsersOfTheCompanyAndStayInItsApi) {
  Desk desk;
  EXPECT_EQ(desk.AskAs("", "GET", "/_sandbox/agents/7/v1/ping").status, 404);
  EXPECT_EQ(desk.AskAs("", "POST", "/_sandbox/agents/2100001/_sandbox/reset").status, 404);
}

TEST(AgentsInTheApp, CanClearAFieldThatTheApiCannot) {
  Desk desk;
  Subscribe(desk, R"(["contact.updated"])");
  const Json edited = Control(desk, "PUT", "contacts/520000101",
                              R"({"company_name":null,"phone_numbers":[
                                  {"label":"Home","value":"+16175550177"}]})");
  EXPECT_TRUE(edited.at("contact").at("company_name").is_null());
  EXPECT_EQ(edited.at("contact").at("first_name"), "Priya") << "what is not sent stays";
  EXPECT_THAT(edited.at("contact").at("phone_numbers"), SizeIs(1));
  EXPECT_THAT(TakeAll(desk), ElementsAre("contact.updated"));
}

// ---- wrap-up

TEST(WrapUp, FollowsAnAnsweredCall) {
  Desk desk;
  Subscribe(desk, R"(["call.hungup","user.wut_start","user.wut_end"])");
  Control(desk, "POST", "calls", R"({"from":"anonymous"})");
  EXPECT_THAT(TakeAll(desk), ElementsAre("call.hungup", "user.wut_start", "user.wut_end"));
}

TEST(WrapUp, IsNotThereForACallThatWasTaggedWhileItRanOrThatNobodyAnswered) {
  Desk desk;
  Subscribe(desk, R"(["user.wut_start"])");
  const Json call = Control(desk, "POST", "calls", R"({"from":"anonymous","pace":"real"})");
  desk.clock().Advance(20s);
  desk.emulator().PlayDueSteps();
  desk.Ask("POST", "/v1/calls/" + call.at("call").at("id").dump() + "/tags",
           R"({"tags":[3100001]})");
  desk.clock().Advance(10min);
  desk.emulator().PlayDueSteps();
  Control(desk, "POST", "calls", R"({"from":"anonymous","answered":false})");
  EXPECT_THAT(TakeAll(desk), SizeIs(0));
}

// ---- bad input

TEST(BadInput, IsRefusedByEveryRouteAndBreaksNone) {
  const std::vector<std::string> bodies = {
      "", "[", "[]", "null", R"("text")", "{}", R"({"": null})",
      // Every field that any route reads, each with a value that no route wants.
      R"({"phone_numbers":7,"emails":{"a":1},"events":"x","tags":{},"contents":[7],"content":[],)"
      R"("name":{},"color":[],"url":7,"user_id":"x","team_id":[],"number":{},"number_id":"x",)"
      R"("to":7,"from":{},"messages":[],"numbers":7,"participants":7,"text":[],"lineId":"x",)"
      R"("advance_seconds":"x","speed":[],"match":7,"action":7,"status":"x","context":7,)"
      R"("transfers":[7],"holds":[[]],"ivr":["x"],"comments":[{}],"user_ids":"x","event":7,)"
      R"("transcription":7,"summary":[],"realtime_transcription":"x","evaluations":7})"};
  for (const std::span<const Route> table : AllRoutes()) {
    for (const Route& route : table) {
      for (const std::string& body : bodies) {
        Desk desk;
        const std::string call =
            Control(desk, "POST", "calls", R"({"from":"anonymous"})").at("call").at("id").dump();
        std::string path(route.pattern);
        if (const auto place = path.find("/:"); place != std::string::npos) {
          const bool of_call = path.find("/calls/") != std::string::npos;
          const auto end = std::min(path.find('/', place + 1), path.size());
          path.replace(place, end - place, "/" + (of_call ? call : "2100001"));
        }
        const Reply reply = desk.Ask(std::string(route.method), path, body);
        EXPECT_LT(reply.status, 500) << route.method << " " << path << " " << body;
      }
    }
  }
}

// ---- the ledger

TEST(Effects, NameTheRequestThatCausedThem) {
  Desk desk;
  desk.Ask("GET", "/v1/ping");
  desk.Ask("POST", "/v1/tags", R"({"name":"Hot","color":"#00B388"})");
  const Json effects = Control(desk, "GET", "effects").at("effects");
  ASSERT_THAT(effects, SizeIs(1));
  EXPECT_EQ(effects[0].at("what"), "tag.created");
  const Json requests = Control(desk, "GET", "requests?path=/v1/tags").at("requests");
  EXPECT_EQ(effects[0].at("request"), requests[0].at("seq"));
}

TEST(Effects, LeaveOutWhatWasRefused) {
  Desk desk;
  desk.Ask("POST", "/v1/tags", R"({"name":"Hot"})");
  desk.Ask("POST", "/v1/contacts", "{}");
  EXPECT_THAT(Control(desk, "GET", "effects").at("effects"), SizeIs(0));
}

TEST(Effects, CountAnAnswerThatWasLostAllTheSame) {
  Desk desk;
  Control(desk, "POST", "faults", R"({"action":"drop_after"})");
  EXPECT_TRUE(desk.Ask("DELETE", "/v1/contacts/520000101").hang_up);
  const Json effects = Control(desk, "GET", "effects?what=contact.deleted").at("effects");
  EXPECT_THAT(effects, SizeIs(1));
}

TEST(Effects, NameTheAgent) {
  Desk desk;
  Control(desk, "POST", "agents/2100002/v1/contacts/520000101", R"({"last_name":"B"})");
  const Json effects = Control(desk, "GET", "effects").at("effects");
  EXPECT_EQ(effects[0].at("agent"), 2100002);
  EXPECT_TRUE(effects[0].at("request").is_null());
}

// ---- faults

TEST(SandboxFaults, CutAnAnswerInTheMiddleOfItsBody) {
  Desk desk;
  Control(desk, "POST", "faults", R"({"action":"truncate"})");
  const Reply reply = desk.Ask("POST", "/v1/tags", R"({"name":"Hot","color":"#00B388"})");
  EXPECT_TRUE(reply.cut_short);
  EXPECT_EQ(desk.Read("/v1/tags").at("meta").at("total"), 7) << "it took effect";
}

TEST(SandboxFaults, AnswerWithHtmlAsGatewaysDo) {
  Desk desk;
  Control(desk, "POST", "faults", R"({"action":"html"})");
  const Reply reply = desk.Ask("GET", "/v1/ping");
  EXPECT_EQ(reply.status, 502);
  EXPECT_THAT(reply.content_type, HasSubstr("text/html"));
  EXPECT_THAT(reply.body, HasSubstr("<html>"));
}

TEST(SandboxFaults, StormOf429PassesWithTime) {
  Desk desk;
  Control(desk, "POST", "rate/storm", R"({"seconds":30})");
  EXPECT_EQ(desk.Ask("GET", "/v1/ping").status, 429);
  Control(desk, "PUT", "clock", R"({"advance_seconds": 31})");
  EXPECT_EQ(desk.Ask("GET", "/v1/ping").status, 200);
}

// ---- the shape of a 429

TEST(TooManyRequests, SpeaksAsSwitched) {
  Desk desk(With({"rate.limit=1", "rate.reset=milliseconds", "rate.body=message"}));
  desk.Ask("GET", "/v1/ping");
  const Reply limited = desk.Ask("GET", "/v1/ping");
  EXPECT_EQ(Desk::HeaderOf(limited, "X-AircallApi-Reset"), std::to_string(kStart + 60) + "000");
  EXPECT_EQ(Parsed(limited).size(), 1U);
  Control(desk, "PUT", "switches", R"({"rate.headers":"never","rate.body":"empty"})");
  const Reply silent = desk.Ask("GET", "/v1/ping");
  EXPECT_EQ(Desk::HeaderOf(silent, "X-AircallApi-Reset"), "");
  EXPECT_EQ(silent.body, "");
}

// ---- the weather of deliveries

TEST(Weather, BringsWebhooksTwice) {
  Desk desk(With({"webhooks.duplicate_percent=100"}));
  Subscribe(desk, R"(["call.ended"])");
  Control(desk, "POST", "calls", R"({"from":"anonymous"})");
  EXPECT_THAT(TakeAll(desk), ElementsAre("call.ended", "call.ended"));
}

TEST(Weather, LosesWebhooksAndSaysSo) {
  Desk desk(With({"webhooks.lose_percent=100"}));
  Subscribe(desk, R"(["call.ended"])");
  Control(desk, "POST", "calls", R"({"from":"anonymous"})");
  EXPECT_THAT(TakeAll(desk), SizeIs(0));
  EXPECT_EQ(Control(desk, "GET", "deliveries").at("deliveries").at(0).at("state"), "lost");
}

TEST(Weather, DelaysWebhooks) {
  Desk desk(With({"webhooks.delay_ms=1500"}));
  Subscribe(desk, R"(["call.ended"])");
  Control(desk, "POST", "calls", R"({"from":"anonymous"})");
  EXPECT_THAT(TakeAll(desk), SizeIs(0));
  desk.clock().Advance(1500ms);
  EXPECT_THAT(TakeAll(desk), ElementsAre("call.ended"));
}

TEST(Weather, LetsLaterWebhooksOvertake) {
  Desk desk(With({"webhooks.reorder_percent=40"}));
  Subscribe(desk, R"(["call.created","call.answered","call.hungup","call.ended"])");
  for (int i = 0; i < 10; ++i) Control(desk, "POST", "calls", R"({"from":"anonymous"})");
  std::vector<std::int64_t> order;
  for (int second = 0; second < 6; ++second, desk.clock().Advance(1s)) {
    while (const auto next = desk.emulator().TakeDelivery()) {
      order.push_back(next->delivery_id);
      desk.emulator().FinishDelivery(*next, {.at = desk.clock().Now(), .status = 200});
    }
  }
  EXPECT_THAT(order, SizeIs(40)) << "none is lost";
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
}

TEST(Weather, SwitchesAWebhookOffAndOnAgain) {
  Desk desk(With({"webhooks.disable_after=2"}));
  Subscribe(desk, R"(["call.ended"])");
  Control(desk, "POST", "calls", R"({"from":"anonymous"})");
  TakeAll(desk, 500);
  desk.clock().Advance(1s);
  TakeAll(desk, 500);
  EXPECT_EQ(Control(desk, "GET", "state").at("webhooks").at(0).at("active"), false);
  desk.clock().Advance(2s);
  EXPECT_THAT(TakeAll(desk, 200), ElementsAre("call.ended")) << "failed events are tried on";
  EXPECT_EQ(Control(desk, "GET", "state").at("webhooks").at(0).at("active"), true);
}

// ---- switches

TEST(SwitchesOverHttp, TellTheirChoices) {
  Desk desk;
  const Json answer = Control(desk, "GET", "switches");
  for (const Json& row : answer.at("switches")) {
    EXPECT_TRUE(row.contains("choices") || row.contains("range")) << row;
    EXPECT_FALSE(row.at("about").get<std::string>().empty()) << row;
  }
}

TEST(SwitchesOverHttp, FollowTheReferenceAllAtOnce) {
  Desk desk;
  Control(desk, "PUT", "switches", R"({"follow":"reference"})");
  EXPECT_EQ(desk.Ask("POST", "/v1/tags", R"({"name":"Hot","color":"#00B388"})").status, 201);
}

}  // namespace
}  // namespace sb::aircall::sandbox
