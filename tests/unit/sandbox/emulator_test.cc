#include "connectors/aircall/sandbox/door/emulator.h"

#include <gmock/gmock.h>

#include "connectors/aircall/sandbox/door/options.h"
#include "tests/unit/sandbox/company.h"

namespace sb::aircall::sandbox {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using OrderedJson = nlohmann::ordered_json;

std::vector<std::string> KeysOf(const OrderedJson& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

OrderedJson Parsed(const Reply& reply) {
  return OrderedJson::parse(reply.body);
}

TEST(Gate, Says401WithoutAndOnly403WithAWrongCredential) {
  Desk desk;
  const Reply none = desk.AskAs("", "GET", "/v1/ping");
  EXPECT_EQ(none.status, 401);
  EXPECT_EQ(none.body, R"({"message":"Unauthorized"})");
  for (const char* wrong : {"Basic bm86bm8=", "Bearer 0000", "Basic %%%", "nonsense"}) {
    const Reply refused = desk.AskAs(wrong, "GET", "/v1/ping");
    EXPECT_EQ(refused.status, 403) << wrong;
    EXPECT_EQ(refused.body, R"({"message":"Forbidden"})");
  }
  EXPECT_EQ(desk.Ask("GET", "/v1/ping").body, R"({"ping":"pong"})");
}

TEST(Gate, DoesNotKnowARouteBeforeItAsksForACredential) {
  Desk desk;
  for (const char* path :
       {"/v1/nothing", "/v1/contacts/1/emails", "/v1/tags/", "//", "/v3/users"}) {
    const Reply reply = desk.AskAs("", "POST", path);
    EXPECT_EQ(reply.status, 404) << path;
    EXPECT_EQ(reply.body, R"({"message":"Not Found"})");
  }
  EXPECT_EQ(desk.Ask("PUT", "/v1/contacts/520000101").status, 404);
}

TEST(UnknownId, HasTheShapeOfTheApplication) {
  Desk desk;
  for (const char* path : {"/v1/calls/1", "/v1/contacts/x", "/v1/tags/1", "/v1/users/1",
                           "/v2/users/a@b.example", "/v1/numbers/1", "/v1/webhooks/1"}) {
    const Reply reply = desk.Ask("GET", path);
    EXPECT_EQ(reply.status, 404) << path;
    EXPECT_THAT(KeysOf(Parsed(reply)), ElementsAre("error", "troubleshoot"));
  }
}

TEST(Lists, PutMetaFirstForContactsAndWebhooksAndLastElsewhere) {
  Desk desk;
  EXPECT_THAT(KeysOf(desk.Read("/v1/contacts")), ElementsAre("meta", "contacts"));
  EXPECT_THAT(KeysOf(desk.Read("/v1/webhooks")), ElementsAre("meta", "webhooks"));
  for (const char* list : {"calls", "users", "numbers", "teams", "tags"}) {
    EXPECT_THAT(KeysOf(desk.Read(std::string("/v1/") + list)), ElementsAre(list, "meta"));
  }
}

TEST(Lists, HaveNoLinksInTheMetaOfWebhooks) {
  Desk desk;
  EXPECT_THAT(KeysOf(desk.Read("/v1/webhooks").at("meta")),
              ElementsAre("count", "total", "current_page", "per_page"));
  EXPECT_THAT(KeysOf(desk.Read("/v1/tags").at("meta")),
              ElementsAre("count", "total", "current_page", "per_page", "next_page_link",
                          "previous_page_link"));
}

TEST(Lists, LinkToTheNextPageWithParametersAndDefaults) {
  Desk desk;
  const OrderedJson meta = desk.Read("/v1/contacts?per_page=1&from=5").at("meta");
  EXPECT_EQ(
      meta.at("next_page_link"),
      "http://sandbox.test/v1/contacts?per_page=1&from=5&order=asc&order_by=created_at&page=2");
  EXPECT_TRUE(meta.at("previous_page_link").is_null());
}

TEST(Lists, PastTheEndAreEmptyWithAWayBack) {
  Desk desk;
  const OrderedJson page = desk.Read("/v1/tags?page=9");
  EXPECT_TRUE(page.at("tags").empty());
  EXPECT_EQ(page.at("meta").at("count"), 0);
  EXPECT_EQ(page.at("meta").at("total"), 6);
  EXPECT_TRUE(page.at("meta").at("next_page_link").is_null());
  EXPECT_THAT(page.at("meta").at("previous_page_link"), HasSubstr("page=8"));
}

TEST(Lists, ClampPerPageButContactsRepeatWhatWasAsked) {
  Desk desk;
  EXPECT_EQ(desk.Read("/v1/tags?per_page=51").at("meta").at("per_page"), 50);
  EXPECT_EQ(desk.Read("/v1/contacts?per_page=51").at("meta").at("per_page"), 51);
  ASSERT_EQ(
      desk.Ask("PUT", "/_sandbox/switches", R"({"contacts.per_page_above_50":"clamp"})").status,
      200);
  EXPECT_EQ(desk.Read("/v1/contacts?per_page=51").at("meta").at("per_page"), 50);
}

TEST(Lists, EndAtTheWallWithTheRecordedBody) {
  Desk desk;
  const Reply reply = desk.Ask("GET", "/v1/calls?page=201&per_page=50");
  EXPECT_EQ(reply.status, 400);
  const OrderedJson body = Parsed(reply);
  EXPECT_THAT(KeysOf(body),
              ElementsAre("error", "data", "message", "errors", "troubleshoot", "success"));
  EXPECT_EQ(body.at("message"), "BAD_REQUEST");
  EXPECT_THAT(body.at("errors"), HasSubstr("10k"));
}

TEST(Lists, AnswerAnIsoWindowWithNothing) {
  Desk desk;
  EXPECT_EQ(desk.Read("/v1/contacts?from=2026-01-01T00:00:00Z").at("meta").at("total"), 0);
  EXPECT_EQ(desk.Read("/v1/teams?from=2026-01-01T00:00:00Z").at("meta").at("total"), 2);
}

TEST(Search, IgnoresAFilterItDoesNotKnow) {
  Desk desk;
  EXPECT_EQ(desk.Read("/v1/contacts/search?query=priya").at("meta").at("total"), 2);
  EXPECT_EQ(desk.Read("/v1/contacts/search?phone_number=%2B16175550142").at("meta").at("total"), 1);
}

TEST(Search, FindsANewContactOnlyAfterAWhileWhereItLags) {
  Desk desk;
  desk.Ask("PUT", "/_sandbox/switches", R"({"contacts.search_lag":"2"})");
  desk.Ask("POST", "/v1/contacts",
           R"({"phone_numbers":[{"label":"Work","value":"+16175550111"}]})");
  const auto found = [&] {
    return desk.Read("/v1/contacts/search?phone_number=%2B16175550111").at("meta").at("total");
  };
  EXPECT_EQ(found(), 0);
  EXPECT_EQ(desk.Read("/v1/contacts?per_page=50").at("meta").at("total"), 3) << "but it is there";
  desk.Ask("PUT", "/_sandbox/clock", R"({"advance_seconds":4})");
  EXPECT_EQ(found(), 1);
}

TEST(Search, FindsNothingForTagsJoinedByCommas) {
  Desk desk;
  const auto id =
      Parsed(desk.Ask("POST", "/_sandbox/calls", R"({"from":"anonymous"})")).at("call").at("id");
  ASSERT_EQ(
      desk.Ask("POST", "/v1/calls/" + id.dump() + "/tags", R"({"tags":[3100004,3100001]})").status,
      201);
  EXPECT_EQ(desk.Read("/v1/calls/search?tags[]=3100004&tags[]=3100001").at("meta").at("total"), 1);
  EXPECT_EQ(desk.Read("/v1/calls/search?tags=3100004,3100001").at("meta").at("total"), 0);
  EXPECT_EQ(desk.Read("/v1/calls/search?direction=sideways").at("meta").at("total"), 0);
}

TEST(Users, LookDifferentInEachVersion) {
  Desk desk;
  const OrderedJson v1 = desk.Read("/v1/users/2100001").at("user");
  const OrderedJson v2 = desk.Read("/v2/users/ines.marchetti@harbour-lamps.example").at("user");
  EXPECT_TRUE(v1.contains("numbers"));
  EXPECT_FALSE(v2.contains("numbers"));
  EXPECT_EQ(v2.at("direct_link"), "http://sandbox.test/v2/users/2100001");
  EXPECT_EQ(v1.at("created_at"), "2026-01-02T09:01:00.000Z");
  const OrderedJson member = desk.Read("/v1/teams").at("teams").at(0).at("users").at(0);
  EXPECT_FALSE(member.contains("available"));
  EXPECT_TRUE(member.contains("default_number_id"));
}

TEST(Numbers, HaveUsersOnlyWhenReadAlone) {
  Desk desk;
  EXPECT_FALSE(desk.Read("/v1/numbers").at("numbers").at(0).contains("users"));
  EXPECT_EQ(desk.Read("/v1/numbers/1400001").at("number").at("users").size(), 2U);
}

TEST(CallOverRest, HoldsNullWhereAWebhookHoldsNothing) {
  Desk desk;
  ASSERT_EQ(
      desk.Ask("POST", "/v1/webhooks", R"({"url":"https://in.example/","events":["call.ended"]})")
          .status,
      200);
  const auto id =
      Parsed(desk.Ask("POST", "/_sandbox/calls", R"({"from":"+16175550142","answered":false})"))
          .at("call")
          .at("id")
          .dump();
  const OrderedJson rest = desk.Read("/v1/calls/" + id).at("call");
  for (const char* key :
       {"user", "contact", "assigned_to", "transferred_by", "recording", "answered_at"}) {
    EXPECT_TRUE(rest.at(key).is_null()) << key;
  }
  EXPECT_EQ(desk.Read("/v1/calls/" + id + "?fetch_contact=true")
                .at("call")
                .at("contact")
                .at("first_name"),
            "Priya");
  const OrderedJson event = OrderedJson::parse(desk.emulator().TakeDelivery()->body).at("data");
  for (const char* key :
       {"user", "assigned_to", "transferred_by", "sid", "conference_participants"}) {
    EXPECT_FALSE(event.contains(key)) << key;
  }
  EXPECT_EQ(event.at("call_uuid"), rest.at("sid"));
  EXPECT_EQ(event.at("raw_digits"), "+1 617-555-0142");
  EXPECT_EQ(event.at("number").at("e164_digits"), "+19845550100");
  EXPECT_EQ(event.at("contact").at("phone_numbers").at(0).at("value"), "+16175550142");
}

TEST(CallDuration, CountsFromTheAnswerWhenSwitchedSo) {
  Desk desk;
  const char* call = R"({"from":"anonymous","ring_seconds":10,"talk_seconds":60})";
  EXPECT_EQ(Parsed(desk.Ask("POST", "/_sandbox/calls", call)).at("call").at("duration"), 70);
  ASSERT_EQ(desk.Ask("PUT", "/_sandbox/switches", R"({"calls.duration":"talk"})").status, 200);
  EXPECT_EQ(Parsed(desk.Ask("POST", "/_sandbox/calls", call)).at("call").at("duration"), 60);
}

TEST(Creates, Say200AsRecordedOr201AsDocumented) {
  Desk desk;
  const char* contact = R"({"phone_numbers":[{"label":"Work","value":"+16175550111"}]})";
  EXPECT_EQ(desk.Ask("POST", "/v1/contacts", contact).status, 200);
  ASSERT_EQ(desk.Ask("PUT", "/_sandbox/switches", R"({"*.create_status":201})").status, 200);
  EXPECT_EQ(desk.Ask("POST", "/v1/contacts", contact).status, 201);
  EXPECT_EQ(desk.Ask("POST", "/v1/tags", R"({"name":"A","color":"#000000"})").status, 201);
  EXPECT_EQ(desk.Ask("POST", "/v1/webhooks", R"({"url":"https://a.example"})").status, 201);
}

TEST(Bodies, ThatSayTheyAreNoJsonAreRefused) {
  Desk desk;
  const auto post = [&](const std::string& content_type) {
    return desk.emulator()
        .Handle({.method = "POST",
                 .path = "/v1/tags",
                 .query = {},
                 .authorization = desk.BasicHeader(),
                 .content_type = content_type,
                 .body = R"({"name":"Hot )" + content_type + R"(","color":"#00B388"})"})
        .status;
  };
  EXPECT_EQ(post("application/x-www-form-urlencoded"), 400);
  EXPECT_EQ(post("text/plain"), 400);
  EXPECT_EQ(post("application/json"), 200);
  EXPECT_EQ(post("application/json; charset=utf-8"), 200);
}

TEST(Bodies, ThatAreNotObjectsAreRefused) {
  Desk desk;
  for (const char* body : {"{", "[]", "\"x\"", R"({"phone_numbers":"+1"})"}) {
    EXPECT_EQ(desk.Ask("POST", "/v1/contacts", body).status, 400) << body;
  }
  EXPECT_EQ(
      desk.Ask("POST", "/v1/webhooks", R"({"url":"https://a.example","events":"all"})").status,
      400);
  EXPECT_EQ(desk.Ask("POST", "/v1/webhooks", R"({"url":"https://a.example","events":[1]})").status,
            400);
}

TEST(ContactDetails, AreMadeChangedAndDeleted) {
  Desk desk;
  const std::string base = "/v1/contacts/520000101/phone_details";
  const Reply made = desk.Ask("POST", base, R"({"label":"Mobile","value":"+16175550143"})");
  EXPECT_EQ(made.status, 201);
  const std::string id = Parsed(made).at("phone_detail").at("id").dump();
  EXPECT_EQ(desk.Ask("PUT", base + "/" + id, R"({"label":"Car"})").status, 200);
  EXPECT_EQ(desk.Ask("DELETE", base + "/" + id).status, 204);
  EXPECT_EQ(desk.Ask("DELETE", base + "/" + id).status, 404);
  EXPECT_EQ(desk.Ask("POST", "/v1/contacts/520000101/email_details", R"({"label":"x"})").status,
            400);
}

TEST(WebhookAnswers, HaveTheNumericIdOnlyWhenReadAndPlainJson) {
  Desk desk;
  const Reply made =
      desk.Ask("POST", "/v1/webhooks", R"({"url":"https://in.example/","custom_name":"x"})");
  EXPECT_EQ(made.content_type, "application/json");
  const OrderedJson hook = Parsed(made).at("webhook");
  EXPECT_THAT(KeysOf(hook), ElementsAre("webhook_id", "direct_link", "url", "active", "events",
                                        "token", "created_at"));
  EXPECT_EQ(hook.at("created_at"), "2026-09-29T16:40:00.000Z");
  const std::string path = "/v1/webhooks/" + hook.at("webhook_id").get<std::string>();
  EXPECT_TRUE(desk.Read(path).at("webhook").contains("id"));
  EXPECT_FALSE(
      Parsed(desk.Ask("PUT", path + "?events_action=remove", R"({"events":["call.ended"]})"))
          .at("webhook")
          .contains("id"));
  EXPECT_EQ(desk.Ask("DELETE", path).status, 204);
  EXPECT_EQ(desk.Ask("DELETE", path).status, 404);
}

TEST(RateLimit, StopsAllCredentialsTogetherUntilReset) {
  Desk desk(With({"rate.limit=4"}));
  const std::string bearer = desk.ConnectApp();
  EXPECT_EQ(desk.Ask("GET", "/v1/ping").status, 200);
  EXPECT_EQ(desk.AskAs(bearer, "GET", "/v1/ping").status, 200);
  EXPECT_EQ(desk.Ask("GET", "/v1/contacts/1").status, 404);
  const Reply last = desk.AskAs(bearer, "GET", "/v1/ping");
  EXPECT_EQ(last.status, 200);
  EXPECT_EQ(Desk::HeaderOf(last, "X-AircallApi-Limit"), "");
  const Reply limited = desk.Ask("GET", "/v1/ping");
  EXPECT_EQ(limited.status, 429);
  EXPECT_EQ(Desk::HeaderOf(limited, "X-AircallApi-Limit"), "4");
  EXPECT_EQ(Desk::HeaderOf(limited, "X-AircallApi-Remaining"), "0");
  EXPECT_EQ(Desk::HeaderOf(limited, "X-AircallApi-Reset"), std::to_string(kStart + 60));
  EXPECT_EQ(Desk::HeaderOf(limited, "Retry-After"), "");
  EXPECT_THAT(KeysOf(Parsed(limited)), ElementsAre("error", "troubleshoot"));
  EXPECT_EQ(desk.AskAs("", "GET", "/_sandbox/state").status, 200);
  desk.clock().Advance(60s);
  EXPECT_EQ(desk.Ask("GET", "/v1/ping").status, 200);
}

TEST(RateLimit, SaysMoreWhenSwitchedSo) {
  Desk desk(With({"rate.limit=1"}));
  ASSERT_EQ(
      desk.Ask("PUT", "/_sandbox/switches", R"({"rate.headers":"always","rate.retry_after":"on"})")
          .status,
      200);
  EXPECT_EQ(Desk::HeaderOf(desk.Ask("GET", "/v1/ping"), "X-AircallApi-Remaining"), "0");
  desk.clock().Advance(20s);
  EXPECT_EQ(Desk::HeaderOf(desk.Ask("GET", "/v1/ping"), "Retry-After"), "40");
}

TEST(Integration, IsForTheAppAlone) {
  Desk desk;
  EXPECT_EQ(desk.Ask("GET", "/v1/integrations/me").status, 403);
  const std::string bearer = desk.ConnectApp("&number_ids=1400003&numbers_shown=1");
  const OrderedJson me = Parsed(desk.AskAs(bearer, "GET", "/v1/integrations/me")).at("integration");
  EXPECT_EQ(me.at("company_id"), 61001);
  EXPECT_EQ(me.at("number_ids"), OrderedJson({1400003}));
  EXPECT_EQ(me.at("user").at("name"), "Ines Marchetti");
  EXPECT_FALSE(Parsed(desk.AskAs(bearer, "POST", "/v1/integrations/disable"))
                   .at("integration")
                   .at("active"));
  EXPECT_TRUE(Parsed(desk.AskAs(bearer, "POST", "/v1/integrations/enable?install=true"))
                  .at("integration")
                  .at("active"));
}

TEST(RemovedApp, FindsItsTokenDead) {
  Desk desk;
  const std::string bearer = desk.ConnectApp();
  ASSERT_EQ(desk.AskAs(bearer, "GET", "/v1/ping").status, 200);
  ASSERT_EQ(desk.AskAs("", "POST", "/_sandbox/app/remove").status, 200);
  EXPECT_EQ(desk.AskAs(bearer, "GET", "/v1/ping").status, 403);
  EXPECT_EQ(desk.AskAs("", "POST", "/_sandbox/app/remove").status, 404);
}

TEST(Consent, SendsTheBrowserBackWithARefusalAndItsState) {
  Desk desk;
  const std::string form =
      "client_id=" + desk.emulator().oauth_client().id +
      "&redirect_uri=http://127.0.0.1/cb?a=1&response_type=code&scope=public_api"
      "&state=s%26t&decision=cancel";
  const Reply reply = desk.AskAs("", "POST", "/oauth/authorize", form);
  EXPECT_EQ(reply.status, 302);
  EXPECT_EQ(Desk::HeaderOf(reply, "Location"),
            "http://127.0.0.1/cb?a=1&error=access_denied&state=s%26t");
}

TEST(Consent, NeverSendsTheBrowserToAStranger) {
  Desk desk;
  const std::string id = desk.emulator().oauth_client().id;
  const Reply stranger = desk.AskAs("", "GET",
                                    "/oauth/authorize?client_id=" + id +
                                        "&redirect_uri=https://evil.example/"
                                        "&response_type=code&scope=public_api");
  EXPECT_EQ(stranger.status, 400);
  EXPECT_EQ(Desk::HeaderOf(stranger, "Location"), "");
  EXPECT_EQ(
      desk.AskAs("", "GET", "/oauth/authorize?client_id=x&redirect_uri=http://127.0.0.1/").status,
      400);
}

TEST(Consent, ReportsAWrongScopeToTheApp) {
  Desk desk;
  const std::string base = "/oauth/authorize?client_id=" + desk.emulator().oauth_client().id +
                           "&redirect_uri=http://127.0.0.1/cb";
  EXPECT_THAT(
      Desk::HeaderOf(desk.AskAs("", "GET", base + "&response_type=code&scope=all"), "Location"),
      HasSubstr("error=invalid_scope"));
  EXPECT_THAT(Desk::HeaderOf(desk.AskAs("", "GET", base + "&response_type=token&scope=public_api"),
                             "Location"),
              HasSubstr("error=unsupported_response_type"));
}

TEST(Consent, PageKeepsMarkupOfTheRequestHarmless) {
  Desk desk;
  const Reply page = desk.AskAs("", "GET",
                                "/oauth/authorize?client_id=" + desk.emulator().oauth_client().id +
                                    "&redirect_uri=http://127.0.0.1/cb&response_type=code"
                                    "&scope=public_api&state=%22%3E%3Cscript%3E");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, Not(HasSubstr("<script>")));
  EXPECT_THAT(page.body, HasSubstr("Only an administrator"));
}

TEST(Consent, OfAScriptThatNeverSawTheListTakesAllNumbers) {
  Desk desk;
  const std::string bearer = desk.ConnectApp();
  const OrderedJson me = Parsed(desk.AskAs(bearer, "GET", "/v1/integrations/me")).at("integration");
  EXPECT_EQ(me.at("number_ids"), OrderedJson({1400001, 1400002, 1400003}));
}

TEST(Consent, NeedsANumber) {
  Desk desk;
  const std::string form = "client_id=" + desk.emulator().oauth_client().id +
                           "&redirect_uri=http://127.0.0.1/cb&response_type=code&scope=public_api"
                           "&decision=authorize&numbers_shown=1";
  const Reply reply = desk.AskAs("", "POST", "/oauth/authorize", form);
  EXPECT_EQ(reply.status, 400);
  EXPECT_THAT(reply.body, HasSubstr("Choose at least one number"));
}

TEST(Token, ErrorsAreNamedAsOauthNamesThem) {
  Desk desk;
  const OauthClient client = desk.emulator().oauth_client();
  const auto ask = [&](const OrderedJson& body) {
    return desk.AskAs("", "POST", "/v1/oauth/token", body.dump());
  };
  OrderedJson body = {{"grant_type", "authorization_code"},
                      {"code", "nope"},
                      {"redirect_uri", "http://127.0.0.1/"},
                      {"client_id", client.id},
                      {"client_secret", client.secret}};
  EXPECT_EQ(ask(body).status, 400);
  EXPECT_EQ(Parsed(ask(body)).at("error"), "invalid_grant");
  body["client_secret"] = "x";
  EXPECT_EQ(Parsed(ask(body)).at("error"), "invalid_client");
  EXPECT_EQ(Parsed(ask(OrderedJson::object())).at("error"), "invalid_request");
  body["client_secret"] = client.secret;
  body["grant_type"] = "refresh_token";
  EXPECT_EQ(Parsed(ask(body)).at("error"), "unsupported_grant_type");
}

TEST(RequestLog, RemembersWhatWasAskedButNoSecret) {
  Desk desk;
  desk.ConnectApp();
  desk.Ask("POST", "/v1/tags?x=1", R"({"name":"A","color":"#000000"})");
  const std::string text = desk.AskAs("", "GET", "/_sandbox/requests").body;
  EXPECT_THAT(text, Not(HasSubstr(desk.emulator().oauth_client().secret)));
  EXPECT_THAT(text, Not(HasSubstr(desk.emulator().api_key().token)));
  const OrderedJson last = OrderedJson::parse(text).at("requests").back();
  EXPECT_EQ(last.at("method"), "POST");
  EXPECT_EQ(last.at("query"), "x=1");
  EXPECT_EQ(last.at("credential"), "basic");
  EXPECT_EQ(last.at("body"), R"({"name":"A","color":"#000000"})");
  EXPECT_EQ(last.at("body_sha256"), ToHex(Sha256(R"({"name":"A","color":"#000000"})")));
  const std::string since = last.at("seq").dump();
  EXPECT_TRUE(
      Parsed(desk.AskAs("", "GET", "/_sandbox/requests?since=" + since)).at("requests").empty());
}

TEST(Fault, WithAStatusAnswersWithoutAnEffect) {
  Desk desk;
  ASSERT_EQ(
      desk.AskAs(
              "", "POST", "/_sandbox/faults",
              R"({"match":{"method":"POST","path_regex":"^/v1/tags$"},"action":"status","status":502})")
          .status,
      201);
  EXPECT_EQ(desk.Ask("POST", "/v1/tags", R"({"name":"A","color":"#000000"})").status, 502);
  EXPECT_EQ(desk.Read("/v1/tags").at("meta").at("total"), 6);
  EXPECT_EQ(desk.Ask("POST", "/v1/tags", R"({"name":"A","color":"#000000"})").status, 200);
}

TEST(Fault, DroppingBeforeHasNoEffectAndAfterHasOne) {
  Desk desk;
  ASSERT_EQ(desk.AskAs("", "POST", "/_sandbox/faults", R"({"action":"drop_before"})").status, 201);
  ASSERT_EQ(desk.AskAs("", "POST", "/_sandbox/faults", R"({"action":"drop_after"})").status, 201);
  EXPECT_TRUE(desk.Ask("POST", "/v1/tags", R"({"name":"A","color":"#000000"})").hang_up);
  EXPECT_TRUE(desk.Ask("POST", "/v1/tags", R"({"name":"A","color":"#000000"})").hang_up);
  EXPECT_EQ(desk.Read("/v1/tags").at("meta").at("total"), 7);
}

TEST(Fault, ThatMakesNoSenseIsRefused) {
  Desk desk;
  for (const char* body : {"{}", R"({"action":"explode"})", R"({"action":"status","status":99})",
                           R"({"action":"delay","delay_ms":"x"})",
                           R"({"action":"status","match":{"path_regex":"("}})"}) {
    EXPECT_EQ(desk.AskAs("", "POST", "/_sandbox/faults", body).status, 400) << body;
  }
}

TEST(Control, RefusesACallThatMakesNoSense) {
  Desk desk;
  for (const char* body :
       {"{}", R"({"from":"x"})", R"({"from":"anonymous","direction":"up"})",
        R"({"from":"anonymous","pace":"slow"})", R"({"from":"anonymous","to":"+15550000000"})",
        R"({"from":"anonymous","talk_seconds":-1})", R"({"direction":"outbound"})"}) {
    EXPECT_EQ(desk.AskAs("", "POST", "/_sandbox/calls", body).status, 400) << body;
  }
}

TEST(Control, TellsTheEventsOfACall) {
  Desk desk;
  const OrderedJson answer =
      Parsed(desk.AskAs("", "POST", "/_sandbox/calls",
                        R"({"direction":"outbound","to":"+33639980110","answered":false})"));
  EXPECT_EQ(answer.at("events"), OrderedJson({"call.created", "call.hungup", "call.ended"}));
  EXPECT_EQ(answer.at("call").at("contact").at("first_name"), "Marc");
}

TEST(Control, ResetGoesBackToTheSeed) {
  Desk desk;
  const std::string before = desk.BasicHeader();
  desk.Ask("POST", "/v1/tags", R"({"name":"A","color":"#000000"})");
  EXPECT_EQ(desk.AskAs("", "POST", "/_sandbox/reset").status, 204);
  EXPECT_EQ(desk.BasicHeader(), before);
  EXPECT_EQ(desk.Read("/v1/tags").at("meta").at("total"), 6);
  EXPECT_EQ(Parsed(desk.AskAs("", "GET", "/_sandbox/state")).at("calls"), 0);
}

TEST(Control, RefusesAnUnknownSwitch) {
  Desk desk;
  EXPECT_EQ(desk.AskAs("", "PUT", "/_sandbox/switches", R"({"colour":"green"})").status, 400);
}

TEST(Deliveries, AreShownWithoutTheTokenAndCanBeRepeated) {
  Desk desk;
  const std::string token =
      Parsed(desk.Ask("POST", "/v1/webhooks", R"({"url":"https://in.example/"})"))
          .at("webhook")
          .at("token");
  ASSERT_EQ(
      desk.AskAs("", "POST", "/_sandbox/calls", R"({"from":"anonymous","answered":false})").status,
      201);
  const auto sent = desk.emulator().TakeDelivery();
  ASSERT_TRUE(sent);
  EXPECT_THAT(sent->body, HasSubstr(token));
  desk.emulator().FinishDelivery(*sent, {.at = desk.clock().Now(), .status = 200});
  const OrderedJson shown = Parsed(desk.AskAs("", "GET", "/_sandbox/deliveries"));
  EXPECT_THAT(shown.dump(), Not(HasSubstr(token)));
  EXPECT_EQ(shown.at("deliveries").at(0).at("state"), "delivered");
  const std::string id = std::to_string(sent->delivery_id);
  const Reply repeat =
      desk.AskAs("", "POST", "/_sandbox/webhooks/redeliver", R"({"delivery_id":)" + id + "}");
  EXPECT_EQ(repeat.status, 202);
  EXPECT_EQ(Parsed(repeat).at("delivery").at("repeat_of"), sent->delivery_id);
  EXPECT_EQ(desk.AskAs("", "POST", "/_sandbox/webhooks/redeliver", R"({"delivery_id":999})").status,
            404);
}

TEST(Deliveries, ThatFailFiftyTimesSwitchTheWebhookOff) {
  Desk desk;
  desk.Ask("POST", "/v1/webhooks", R"({"url":"https://in.example/","events":["contact.created"]})");
  const char* contact = R"({"phone_numbers":[{"label":"Work","value":"+16175550111"}]})";
  for (int i = 0; i < 50; ++i) {
    desk.Ask("POST", "/v1/contacts", contact);
    const auto sent = desk.emulator().TakeDelivery();
    ASSERT_TRUE(sent);
    desk.emulator().FinishDelivery(*sent, {.at = desk.clock().Now(), .status = 500});
  }
  EXPECT_FALSE(desk.Read("/v1/webhooks").at("webhooks").at(0).at("active"));
}

TEST(Listen, IsReadAsHostAndPort) {
  SandboxSettings settings;
  EXPECT_THAT(ReadListen("[::1]:8600", settings), IsOk());
  EXPECT_EQ(settings.host, "::1");
  EXPECT_EQ(settings.port, 8600);
  for (const char* wrong : {"", "8600", "host:", "host:99999", "host:x"}) {
    EXPECT_THAT(ReadListen(wrong, settings),
                FailsWith(ErrorKind::kInvalid, std::string("SANDBOX_OPTION")))
        << wrong;
  }
}

}  // namespace
}  // namespace sb::aircall::sandbox
