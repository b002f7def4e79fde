#include <gmock/gmock.h>

#include "tests/unit/sandbox/wire.h"

namespace sb::aircall::sandbox {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* kSend = "/v1/numbers/1400001/messages/send";
constexpr const char* kConfiguration = "/v1/numbers/1400001/messages/configuration";
constexpr const char* kHello = R"({"to": "+16175550142", "body": "Hello"})";

TEST(SendingAText, AnswersWithTheBareMessageInMilliseconds) {
  Desk desk;
  const Reply reply = desk.Ask("POST", kSend, kHello);
  EXPECT_EQ(reply.status, 200);
  const WireJson message = BodyIn(reply);
  EXPECT_THAT(KeysIn(message),
              ElementsAre("id", "direct_link", "direction", "status", "body", "raw_digits",
                          "media_url", "channel", "created_at", "updated_at", "sent_at"));
  EXPECT_TRUE(message.at("id").is_string());
  EXPECT_EQ(message.at("status"), "pending");
  EXPECT_EQ(message.at("raw_digits"), "+1 617-555-0142");
  EXPECT_EQ(message.at("created_at"), kStart * 1000);
  EXPECT_TRUE(message.at("sent_at").is_null());
  EXPECT_EQ(message.at("direct_link"), "http://sandbox.test/v1/numbers/1400001/messages/" +
                                           message.at("id").get<std::string>());
}

TEST(SendingAText, IsToldAsItGoesItsWay) {
  HeardDesk desk;
  desk.Ask("POST", kSend, kHello);
  EXPECT_THAT(desk.HeardNames(), IsEmpty());
  desk.Pass(1s);
  EXPECT_THAT(desk.HeardNames(), ElementsAre("message.sent"));
  desk.Pass(5s);
  EXPECT_THAT(desk.HeardNames(), ElementsAre("message.sent", "message.status_updated"));
  EXPECT_EQ(desk.HeardLast("message.sent").at("data").at("status"), "sent");
  EXPECT_EQ(desk.HeardLast("message.status_updated").at("data").at("status"), "delivered");
  EXPECT_EQ(desk.HeardLast("message.status_updated").at("timestamp"), kStart + 3);
}

TEST(SendingAText, EndsWhereTheCarrierFails) {
  HeardDesk desk;
  const std::string id = BodyIn(desk.Ask("POST", kSend, kHello)).at("id");
  EXPECT_EQ(desk.Ask("PUT", "/_sandbox/messages/" + id, R"({"status": "failed"})").status, 200);
  desk.Pass(5s);
  EXPECT_THAT(desk.HeardNames(), ElementsAre("message.status_updated"));
  EXPECT_EQ(desk.HeardLast("message.status_updated").at("data").at("status"), "failed");
}

TEST(SendingAText, HoldsToItsLimits) {
  Desk desk;
  const auto send = [&](const std::string& body) {
    return desk.Ask("POST", kSend, WireJson{{"to", "+16175550142"}, {"body", body}}.dump()).status;
  };
  EXPECT_EQ(send(std::string(1600, 'x')), 200);
  EXPECT_EQ(send(std::string(1601, 'x')), 400);
  EXPECT_EQ(send(""), 400);
  EXPECT_EQ(desk.Ask("POST", kSend, R"({"body": "Hello"})").status, 400);
  EXPECT_EQ(desk.Ask("POST", kSend, R"({"to": "nobody", "body": "Hello"})").status, 400);
  EXPECT_EQ(desk.Ask("POST", "/v1/numbers/1/messages/send", kHello).status, 404);
}

TEST(SendingAText, MayCarryMediaAlone) {
  HeardDesk desk;
  const Reply reply =
      desk.Ask("POST", kSend, R"({"to": "+16175550142", "mediaUrl": "https://a.example/b.png"})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_THAT(BodyIn(reply).at("media_url"), ElementsAre("https://a.example/b.png"));
  desk.Pass(1s);
  EXPECT_EQ(
      desk.HeardLast("message.sent").at("data").at("media_details").at(0).dump(),
      R"({"file_name":"b.png","file_type":"image/png","presigned_url":"https://a.example/b.png"})");
}

TEST(NativeText, IsTheAgentsOwn) {
  HeardDesk desk;
  const std::string path = "/v1/numbers/1400001/messages/native/send";
  EXPECT_EQ(desk.Ask("POST", path, R"({"to": "+16175550142", "body": "Hello", "user_id": 2100002})")
                .status,
            200);
  EXPECT_EQ(
      desk.Ask("POST", path, R"({"to": "+16175550142", "body": "Hello", "user_id": 1})").status,
      400);
  desk.Pass(1s);
  EXPECT_EQ(desk.HeardLast("message.sent").at("data").at("user").at("id"), 2100002);
}

TEST(NativeText, SentInTheAppIsTheAgentsOwn) {
  HeardDesk desk;
  desk.Ask("POST", "/_sandbox/agents/2100001/v1/numbers/1400001/messages/native/send", kHello);
  desk.Pass(1s);
  EXPECT_EQ(desk.HeardLast("message.sent").at("data").at("user").at("id"), 2100001);
}

TEST(GroupText, NamesItsParticipants) {
  HeardDesk desk;
  for (const char* path : {"/v1/numbers/1400001/messages/group/send",
                           "/v1/numbers/1400001/messages/group/native/send"}) {
    const Reply reply = desk.Ask(
        "POST", path, R"({"participants": ["+16175550142", "+33639980110"], "body": "Hello"})");
    EXPECT_EQ(reply.status, 200);
    EXPECT_THAT(BodyIn(reply).at("participants"), ElementsAre("+16175550142", "+33639980110"));
    EXPECT_EQ(desk.Ask("POST", path, R"({"body": "Hello"})").status, 400);
  }
  desk.Pass(5s);
  EXPECT_THAT(desk.HeardNames(),
              ElementsAre("group_message.sent", "group_message.sent",
                          "group_message.status_updated", "group_message.status_updated"));
  EXPECT_EQ(desk.HeardLast("group_message.sent").at("resource"), "group_message");
}

TEST(WhatsappText, HoldsFourThousandCharactersOrATemplate) {
  Desk desk;
  const auto text = [](const char* to, const std::string& body) {
    return WireJson{{"lineId", 1400001}, {to, "+16175550142"}, {"text", body}}.dump();
  };
  const Reply sent =
      desk.Ask("POST", "/v1/messages/whatsapp/send", text("to", std::string(4096, 'x')));
  EXPECT_EQ(sent.status, 200);
  EXPECT_EQ(BodyIn(sent).at("channel"), "whatsapp");
  EXPECT_EQ(BodyIn(sent).at("recipient_country"), "US");
  EXPECT_EQ(
      desk.Ask("POST", "/v1/messages/whatsapp/send", text("to", std::string(4097, 'x'))).status,
      400);
  EXPECT_EQ(
      desk.Ask("POST", "/v1/messages/send/whatsapp/native", text("externalNumber", "Hello")).status,
      200);
  const Reply templated = desk.Ask(
      "POST", "/v1/messages/send/whatsapp/native",
      R"({"lineId": "1400001", "externalNumber": "+16175550142", "templateParams": {"name": "order_update"}})");
  EXPECT_EQ(templated.status, 200);
  EXPECT_EQ(BodyIn(templated).at("type"), "template");
}

TEST(ReceivedText, IsToldWithNumberAndContact) {
  HeardDesk desk;
  const Reply reply =
      desk.Ask("POST", "/_sandbox/messages", R"({"from": "+16175550142", "body": "Hi there"})");
  EXPECT_EQ(reply.status, 201);
  const WireJson data = desk.HeardLast("message.received").at("data");
  EXPECT_EQ(data.at("direction"), "inbound");
  EXPECT_EQ(data.at("status"), "received");
  EXPECT_EQ(data.at("external_number"), "+16175550142");
  EXPECT_EQ(data.at("number").at("e164_digits"), "+19845550100");
  EXPECT_EQ(data.at("contact").at("first_name"), "Priya");
  EXPECT_THAT(KeysIn(data), Not(Contains("user")));
  EXPECT_THAT(KeysIn(data), Not(Contains("sent_at")));
}

TEST(ReceivedText, FromAStrangerHasNoContact) {
  HeardDesk desk;
  desk.Ask("POST", "/_sandbox/messages", R"({"from": "+16175550177", "body": "Hi there"})");
  EXPECT_THAT(KeysIn(desk.HeardLast("message.received").at("data")), Not(Contains("contact")));
}

TEST(MessageEvents, HoldMillisecondsOrIsoTimes) {
  HeardDesk millis;
  HeardDesk iso(With({"messages.event_times=iso"}));
  for (HeardDesk* desk : {&millis, &iso}) {
    desk->Ask("POST", "/_sandbox/messages", R"({"from": "+16175550142", "body": "Hi"})");
  }
  EXPECT_EQ(millis.HeardLast("message.received").at("data").at("created_at"), kStart * 1000);
  EXPECT_EQ(iso.HeardLast("message.received").at("data").at("created_at"),
            "2026-09-29T16:40:00.000Z");
}

TEST(MessageConfiguration, IsMadeReadAndTakenAway) {
  Desk desk;
  EXPECT_EQ(desk.Ask("GET", kConfiguration).status, 404);
  EXPECT_EQ(desk.Ask("POST", kConfiguration, R"({"callbackUrl": "ftp://x"})").status, 400);
  const Reply made =
      desk.Ask("POST", kConfiguration, R"({"callbackUrl": "https://in.example/texts"})");
  EXPECT_EQ(made.status, 200);
  EXPECT_THAT(KeysIn(BodyIn(made)), ElementsAre("token", "callbackUrl", "type"));
  EXPECT_EQ(desk.Ask("GET", kConfiguration).body, made.body);
  EXPECT_EQ(desk.Ask("DELETE", kConfiguration).status, 200);
  EXPECT_EQ(desk.Ask("GET", kConfiguration).status, 404);
}

TEST(NumberCallback, TakesTheTextsOfItsNumberWithAnEnvelopeOfItsOwn) {
  HeardDesk desk;
  desk.Ask("POST", kConfiguration, R"({"callbackUrl": "https://proxy.example/texts"})");
  desk.Ask("POST", "/_sandbox/messages", R"({"from": "+16175550142", "body": "Hi there"})");
  const WireJson all = desk.Read("/_sandbox/deliveries").at("deliveries");
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all.at(0).at("url"), "https://proxy.example/texts");
  const WireJson body = all.at(0).at("body");
  EXPECT_THAT(KeysIn(body), ElementsAre("event_name", "timestamp", "token", "data"));
  EXPECT_EQ(body.at("event_name"), "message.received");
  EXPECT_EQ(body.at("timestamp"), kStart * 1000);
  desk.Ask("POST", kSend, kHello);
  desk.Pass(1s);
  EXPECT_EQ(desk.Read("/_sandbox/deliveries").at("deliveries").at(1).at("body").at("event_name"),
            "message.updated");
}

TEST(NumberCallback, IsNotTriedAgain) {
  HeardDesk desk;
  desk.Ask("POST", kConfiguration, R"({"callbackUrl": "https://proxy.example/texts"})");
  desk.Ask("POST", "/_sandbox/messages", R"({"from": "+16175550142", "body": "Hi there"})");
  const auto sent = desk.emulator().TakeDelivery();
  ASSERT_TRUE(sent);
  desk.emulator().FinishDelivery(*sent, {.at = desk.clock().Now(), .status = 500});
  EXPECT_EQ(desk.Read("/_sandbox/deliveries").at("deliveries").at(0).at("state"), "given_up");
}

TEST(Templates, OfSmsAllowAHundredOnAPage) {
  Desk desk;
  const WireJson page = desk.Read("/v1/sms/templates?per_page=100");
  EXPECT_THAT(page.at("templates"), SizeIs(2));
  EXPECT_EQ(page.at("meta").at("per_page"), 100);
}

TEST(Templates, OfWhatsappBelongToANumber) {
  Desk desk;
  EXPECT_EQ(desk.Read("/v1/numbers/1400001/templates").at("templates").at(0).at("bodyText"),
            "Hello {{1}}, your order is on its way.");
  EXPECT_EQ(desk.Ask("GET", "/v1/numbers/1/templates").status, 404);
  EXPECT_EQ(desk.Read("/v1/numbers/1400001/whatsapp_status").at("lineId"), 1400001);
}

TEST(CarrierRegistration, LivesThroughItsWholeLife) {
  Desk desk;
  const std::string path = "/v1/a2p_campaign_associations";
  EXPECT_EQ(desk.Ask("POST", path, "{}").status, 400);
  const Reply made =
      desk.Ask("POST", path, R"({"external_campaign_id": "C1", "numbers": [1400001]})");
  EXPECT_EQ(made.status, 200);
  const WireJson campaign = BodyIn(made).at("a2p_campaign_association");
  const std::string own = path + "/" + std::to_string(campaign.at("id").get<std::int64_t>());
  EXPECT_THAT(desk.Read(path).at("a2p_campaign_associations"), SizeIs(1));
  EXPECT_EQ(desk.Ask("PUT", own, R"({"numbers": []})").status, 200);
  EXPECT_THAT(desk.Read(own).at("a2p_campaign_association").at("numbers"), IsEmpty());
  EXPECT_EQ(desk.Ask("DELETE", own).status, 200);
  EXPECT_EQ(desk.Ask("GET", own).status, 404);
}

TEST(MessageEvents, GoAheadAfterASnapshotIsBroughtBack) {
  HeardDesk desk;
  desk.Ask("POST", kSend, kHello);
  desk.Ask("POST", "/_sandbox/snapshots");
  desk.Pass(5s);
  desk.Ask("POST", "/_sandbox/snapshots/default/restore");
  desk.Pass(1s);
  EXPECT_THAT(desk.HeardNames(), ElementsAre("message.sent", "message.status_updated",
                                             "message.sent", "message.status_updated"));
}

}  // namespace
}  // namespace sb::aircall::sandbox
