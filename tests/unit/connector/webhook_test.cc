#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/connector/acme.h"

namespace sb::connector {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): literals only

auto IsRefusedWebhook() {
  return FailsWith(ErrorKind::kInvalid, "WEBHOOK_UNREADABLE");
}

Json Sent() {
  return {{"head",
           {{"kind", "parcel.sent"}, {"proof", "t0ken"}, {"at", 1'790'700'231}, {"thing", "box"}}},
          {"body", {{"key", 4'190'000'017}, {"weight", 2}}}};
}

Result<IncomingEvent> Read(const Json& body) {
  return ReadWebhook(*Acme().FindConnector("acme"), DumpJson(body));
}

TEST(ReadWebhook, UnderstandsABodyByTheConnectorsPlaces) {
  const auto event = Read(Sent());
  ASSERT_THAT(event, Succeeds());
  EXPECT_EQ(event->name, "parcel.sent");
  EXPECT_EQ(event->type, "com.acme.parcel.sent");
  EXPECT_EQ(event->entity, "boxes");
  EXPECT_EQ(event->entity_id, "4190000017");
  EXPECT_EQ(event->occurred_at, WallTime(1'790'700'231s));
  EXPECT_EQ(event->data, Json({{"key", 4'190'000'017}, {"weight", 2}}));
  EXPECT_EQ(event->token, "t0ken");
}

TEST(ReadWebhook, KeepsTheTokenOutOfWhatIsStored) {
  const auto event = Read(Sent());
  EXPECT_THAT(event->body, ::testing::Not(::testing::HasSubstr("t0ken")));
  EXPECT_EQ(ParseJson(event->body).value()["head"]["kind"], "parcel.sent");
}

TEST(ReadWebhook, TellsARepeatedDeliveryByItsContent) {
  Json again = Sent();
  again["head"]["proof"] = "another";
  EXPECT_EQ(Read(again)->dedupe, Read(Sent())->dedupe);
  EXPECT_EQ(Read(Sent())->dedupe.size(), 32U);
}

TEST(ReadWebhook, TellsDeliveriesApartThatDifferInAnythingElse) {
  Json name = Sent();
  name["head"]["kind"] = "parcel.lost";
  Json time = Sent();
  time["head"]["at"] = 1'790'700'232;
  Json id = Sent();
  id["body"]["key"] = 5;
  Json content = Sent();
  content["body"]["weight"] = 3;
  for (const Json& other : {name, time, id, content})
    EXPECT_NE(Read(other)->dedupe, Read(Sent())->dedupe);
}

TEST(ReadWebhook, LetsTheOrderOfMembersMakeNoDifference) {
  const Connector& acme = *Acme().FindConnector("acme");
  const auto one = ReadWebhook(acme, R"({"head": {"kind": "x"}, "body": {"a": 1, "b": 2}})");
  const auto other = ReadWebhook(acme, R"({"body": {"b": 2, "a": 1}, "head": {"kind": "x"}})");
  EXPECT_EQ(one->dedupe, other->dedupe);
}

TEST(ReadWebhook, TakesAnEventsOwnPlaceForItsId) {
  Json lost = Sent();
  lost["head"]["kind"] = "parcel.lost";
  lost["body"]["parcel"]["number"] = "P-9";
  EXPECT_EQ(Read(lost)->entity_id, "P-9");
}

TEST(ReadWebhook, LetsUnknownEventsPass) {
  Json unknown = Sent();
  unknown["head"]["kind"] = "parcel.sung_about";
  unknown["head"]["thing"] = "choir";
  EXPECT_EQ(Read(unknown)->type, "com.acme.parcel.sung_about");
  EXPECT_EQ(Read(unknown)->entity, "choir");
}

TEST(ReadWebhook, ReadsTimesInEveryStyle) {
  const auto at = [](const Json& time) {
    Json body = Sent();
    body["head"]["at"] = time;
    return Read(body)->occurred_at;
  };
  EXPECT_EQ(at(1'790'700'231'250), WallTime(1'790'700'231'250ms));
  EXPECT_EQ(at("2026-09-29T10:00:00.250Z"), WallTime(1'790'676'000'250ms));
  EXPECT_EQ(at("1790700231"), WallTime(1'790'700'231s));
  EXPECT_EQ(at("yesterday"), std::nullopt);
  EXPECT_EQ(at(nullptr), std::nullopt);
  EXPECT_EQ(at(-5), std::nullopt);
}

TEST(ReadWebhook, PassesABodyWithoutTokenOrDataOn) {
  const auto event = Read({{"head", {{"kind", "parcel.sent"}}}});
  ASSERT_THAT(event, Succeeds());
  EXPECT_EQ(event->token, "");
  EXPECT_EQ(event->entity_id, "");
}

TEST(ReadWebhook, RefusesWhatIsNoWebhookBody) {
  const Connector& acme = *Acme().FindConnector("acme");
  for (const char* body :
       {"", "hello", "[]", "3", "{}", R"({"head": {"kind": {}}})", "{\"head\": \xff}"}) {
    EXPECT_THAT(ReadWebhook(acme, body), IsRefusedWebhook()) << body;
  }
}

}  // namespace
}  // namespace sb::connector
