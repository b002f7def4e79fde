#include <gmock/gmock.h>

#include "connectors/aircall/sandbox/world/voice_agents.h"
#include "tests/unit/sandbox/wire.h"

// Dialer campaigns, analytics exports and AI voice agents.
namespace sb::aircall::sandbox {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr const char* kCampaign = "/v1/users/2100001/dialer_campaign";
const std::string kPhones = std::string(kCampaign) + "/phone_numbers";

TEST(DialerCampaign, BeginsWithItsFirstNumbers) {
  Desk desk;
  EXPECT_EQ(desk.Ask("GET", kCampaign).status, 404);
  EXPECT_EQ(desk.Ask("POST", kCampaign, R"({"phone_numbers": ["+16175550142"]})").status, 204);
  EXPECT_THAT(KeysIn(desk.Read(kCampaign)), ElementsAre("id", "number_id", "created_at"));
  const WireJson phones = desk.Read(kPhones);
  EXPECT_THAT(KeysIn(phones), ElementsAre("numbers"));
  EXPECT_THAT(KeysIn(phones.at("numbers").at(0)),
              ElementsAre("id", "number", "called", "created_at"));
}

TEST(DialerCampaign, AddsTheOthersWhenItRefusesOne) {
  Desk desk;
  desk.Ask("POST", kCampaign, R"({"phone_numbers": ["+16175550142"]})");
  const Reply reply =
      desk.Ask("POST", kCampaign, R"({"phone_numbers": ["+16175550142", "+16175550143"]})");
  EXPECT_EQ(reply.status, 422);
  const WireJson body = BodyIn(reply);
  EXPECT_THAT(KeysIn(body), ElementsAre("error", "success", "errors"));
  EXPECT_EQ(body.at("error"), "Unprocessable Entity");
  ASSERT_THAT(body.at("errors").at("dialer_campaign"), SizeIs(1));
  EXPECT_THAT(body.at("errors").at("dialer_campaign").at(0).get<std::string>(),
              StartsWith("+16175550142"));
  EXPECT_THAT(desk.Read(kPhones).at("numbers"), SizeIs(2));
}

TEST(DialerCampaign, LosesNumbersAndEnds) {
  Desk desk;
  desk.Ask("POST", kCampaign, R"({"phone_numbers": ["+16175550142"]})");
  EXPECT_EQ(desk.Ask("POST", kPhones, R"({"phone_numbers": ["+16175550143"]})").status, 204);
  const auto id = desk.Read(kPhones).at("numbers").at(0).at("id").get<std::int64_t>();
  EXPECT_EQ(desk.Ask("DELETE", kPhones + "/" + std::to_string(id)).status, 204);
  EXPECT_EQ(desk.Ask("DELETE", kPhones + "/" + std::to_string(id)).status, 404);
  EXPECT_THAT(desk.Read(kPhones).at("numbers"), SizeIs(1));
  EXPECT_EQ(desk.Ask("DELETE", kCampaign).status, 204);
  EXPECT_EQ(desk.Ask("DELETE", kCampaign).status, 404);
  EXPECT_EQ(desk.Ask("POST", "/v1/users/1/dialer_campaign").status, 404);
  EXPECT_EQ(desk.Ask("POST", kCampaign, "{}").status, 400);
}

TEST(DialerCampaign, IsAnsweredWith200WhenSwitchedSo) {
  Desk desk(With({"dialer.post_status=200"}));
  const Reply reply = desk.Ask("POST", kCampaign, R"({"phone_numbers": ["+16175550142"]})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(BodyIn(reply).at("number_id"), 1400001);
}

WireJson StartExport(Desk& desk, const std::string& body = "{}") {
  return BodyIn(desk.Ask("POST", "/v1/analytics/report/export", body));
}

std::string PathOf(const WireJson& started) {
  return "/v1/analytics/report/export/" + started.at("exportID").get<std::string>();
}

TEST(AnalyticsExport, IsPendingThenAFile) {
  HeardDesk desk;
  desk.CallFromPriya();
  const WireJson started = StartExport(desk, R"({"exportName": "September"})");
  EXPECT_THAT(KeysIn(started), ElementsAre("exportID", "status", "createdAt", "format",
                                           "exportName", "isZipCompressed", "downloadUrl",
                                           "downloadUrlExpiresAt", "errorMessage"));
  EXPECT_EQ(desk.Read(PathOf(started)).at("status"), "PENDING");
  desk.Pass(10s);
  const WireJson done = desk.Read(PathOf(started));
  EXPECT_EQ(done.at("status"), "COMPLETED");
  EXPECT_EQ(done.at("downloadUrlExpiresAt"), "2026-09-29T17:40:10.000Z");
  EXPECT_EQ(desk.HeardLast("analytics.report_created").at("resource"), "analytics");
  EXPECT_EQ(desk.HeardLast("analytics.report_created").at("data"), done);
  const std::string path =
      done.at("downloadUrl").get<std::string>().substr(std::string("http://sandbox.test").size());
  const Reply file = desk.AskAs("", "GET", path);
  EXPECT_EQ(file.status, 200);
  EXPECT_THAT(file.content_type, HasSubstr("text/csv"));
  EXPECT_THAT(file.body, StartsWith("call_id,direction,"));
  EXPECT_THAT(file.body, HasSubstr(",inbound,"));
  EXPECT_THAT(file.body, HasSubstr("\"Ines Marchetti\""));
  EXPECT_EQ(desk.AskAs("", "GET", path + "x").status, 404);
  desk.Pass(3600s);
  EXPECT_EQ(desk.AskAs("", "GET", path).status, 403);
}

TEST(AnalyticsExport, HoldsTheCallsOfItsSpanAlone) {
  HeardDesk desk;
  desk.CallFromPriya();
  const WireJson started = StartExport(desk, R"({"endDate": "2026-01-01T00:00:00Z"})");
  desk.Pass(10s);
  const std::string url = desk.Read(PathOf(started)).at("downloadUrl");
  const Reply file = desk.AskAs("", "GET", url.substr(std::string("http://sandbox.test").size()));
  EXPECT_EQ(std::count(file.body.begin(), file.body.end(), '\n'), 1);
  EXPECT_EQ(desk.Ask("POST", "/v1/analytics/report/export", R"({"startDate": "today"})").status,
            400);
}

TEST(AnalyticsExport, CanFailAndStaysSo) {
  HeardDesk desk;
  const WireJson started = StartExport(desk);
  const std::string own = "/_sandbox/exports/" + started.at("exportID").get<std::string>();
  EXPECT_EQ(desk.Ask("POST", own + "/fail", R"({"errorMessage": "Too large"})").status, 204);
  desk.Pass(60s);
  EXPECT_EQ(desk.Read(PathOf(started)).at("status"), "FAILED");
  EXPECT_EQ(desk.Read(PathOf(started)).at("errorMessage"), "Too large");
  EXPECT_THAT(desk.HeardNames(), ElementsAre("analytics.report_failed"));
  EXPECT_EQ(desk.Ask("POST", own + "/fail").status, 400);
  EXPECT_EQ(desk.Ask("GET", "/v1/analytics/report/export/none").status, 404);
}

const std::string kAgent = std::string("/v1/outbound-calls/agents/") + kVoiceAgentId;
constexpr const char* kAsked = R"({"contact_phone": "+16175550142", "idempotency_key": "order-7"})";

TEST(VoiceAgent, IsAskedOnceForEachKey) {
  Desk desk;
  const Reply reply = desk.Ask("POST", kAgent, kAsked);
  EXPECT_EQ(reply.status, 202);
  const WireJson answer = BodyIn(reply);
  EXPECT_THAT(KeysIn(answer), ElementsAre("id", "idempotency_key", "status", "virtual_agent_id"));
  EXPECT_EQ(answer.at("id").get<std::string>().size(), 26U);
  EXPECT_EQ(answer.at("status"), "PENDING");
  EXPECT_EQ(desk.Ask("POST", kAgent, kAsked).body, reply.body);
  const Reply other =
      desk.Ask("POST", kAgent, R"({"contact_phone": "+16175550142", "idempotency_key": "x"})");
  EXPECT_NE(BodyIn(other).at("id"), answer.at("id"));
}

TEST(VoiceAgent, RefusesWhatItCannotDo) {
  Desk desk;
  for (const char* body : {"{}", R"({"contact_phone": "x"})",
                           R"({"contact_phone": "+16175550142", "expiration_seconds": 59})",
                           R"({"contact_phone": "+16175550142", "expiration_seconds": 86401})"}) {
    EXPECT_EQ(desk.Ask("POST", kAgent, body).status, 400) << body;
  }
  EXPECT_EQ(desk.Ask("POST", "/v1/outbound-calls/agents/none", kAsked).status, 404);
}

TEST(VoiceAgent, CallsAndTellsOfIt) {
  HeardDesk desk;
  desk.Ask("POST", kAgent, kAsked);
  EXPECT_THAT(desk.HeardNames(), IsEmpty());
  desk.Pass(2s);
  EXPECT_THAT(desk.HeardNames(), ElementsAre("call.created", "ai_voice_agent.started"));
  desk.Pass(300s);
  const WireJson ended = desk.HeardLast("ai_voice_agent.ended");
  EXPECT_EQ(ended.at("resource"), "ai_voice_agent");
  EXPECT_THAT(
      KeysIn(ended.at("data")),
      ElementsAre("id", "call_id", "call_uuid", "ai_voice_agent_id", "ai_voice_agent_name",
                  "ai_voice_agent_session_id", "number_id", "created_at", "external_caller_number",
                  "aircall_number", "started_at", "ended_at", "call_end_reason"));
  EXPECT_EQ(ended.at("data").at("ai_voice_agent_id"), kVoiceAgentId);
  EXPECT_EQ(ended.at("data").at("ai_voice_agent_session_id"),
            desk.HeardLast("ai_voice_agent.started").at("data").at("ai_voice_agent_session_id"));
  EXPECT_TRUE(desk.HeardLast("ai_voice_agent.summary").at("data").contains("extracted_data"));
}

TEST(VoiceAgent, ActsOnACallAtWill) {
  HeardDesk desk;
  const std::string path = "/_sandbox/calls/" + desk.CallFromPriya() + "/voice_agent";
  EXPECT_EQ(
      desk.Ask("POST", path, R"({"event": "escalated", "escalation_reason": "angry"})").status,
      202);
  EXPECT_EQ(desk.HeardLast("ai_voice_agent.escalated").at("data").at("escalation_reason"), "angry");
  EXPECT_EQ(desk.Ask("POST", path, R"({"event": "sang"})").status, 400);
  EXPECT_EQ(desk.Ask("POST", path, R"({"event": "ended", "call_end_reason": "bored"})").status,
            400);
  EXPECT_EQ(desk.Ask("POST", "/_sandbox/calls/1/voice_agent", R"({"event": "ended"})").status, 404);
}

TEST(Records, ArePutShownAndRemovedByTheControlApi) {
  Desk desk;
  EXPECT_EQ(
      desk.Ask("PUT", "/_sandbox/records/sms_template/1", R"({"id": 1, "name": "Hi"})").status,
      200);
  EXPECT_EQ(desk.Read("/v1/sms/templates").at("meta").at("total"), 3);
  EXPECT_THAT(desk.Read("/_sandbox/records/sms_template").at("records"), SizeIs(3));
  EXPECT_EQ(desk.Ask("DELETE", "/_sandbox/records/sms_template/1").status, 204);
  EXPECT_EQ(desk.Ask("DELETE", "/_sandbox/records/sms_template/1").status, 404);
}

}  // namespace
}  // namespace sb::aircall::sandbox
