#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/connector/acme.h"

// What Aircall's own data must get right; the exchanges of its actions are in tests/golden.
namespace sb::connector {
namespace {

using ::testing::ElementsAre;

const Connector& TheConnector() {
  return *Aircall().FindConnector("aircall");
}

Result<ports::HttpRequest> Render(const std::string& action, const Json& input) {
  const auto found = Aircall().FindAction("aircall." + action);
  return RenderRequest(*found.connector, *found.action, input,
                       {"oauth", {{"access_token", Secret("t")}}}, Jq());
}

TEST(AircallConnector, KnowsEveryEventOnce) {
  std::set<std::string> types;
  for (const EventKind& event : TheConnector().events) types.insert(event.type);
  EXPECT_EQ(TheConnector().events.size(), 68U);
  EXPECT_EQ(types.size(), 68U);
  EXPECT_TRUE(types.contains("io.aircall.call.ended"));
  for (const EventKind& event : TheConnector().events)
    EXPECT_EQ(event.ours, event.name == "call.settled") << event.name;
}

TEST(AircallConnector, AlwaysWantsToHearOfItsRemoval) {
  EXPECT_THAT(TheConnector().always_subscribe, ElementsAre("integration.deleted"));
}

TEST(AircallConnector, StartsBelowTheDocumentedLimit) {
  EXPECT_EQ(TheConnector().quota.limit, 100);
  EXPECT_EQ(TheConnector().quota.ceiling, 120);
}

TEST(AircallConnector, TellsWhoMustMakeAKey) {
  EXPECT_THAT(TheConnector().consent.key_help,
              ::testing::HasSubstr("must be made by an administrator"));
}

TEST(AircallContactsSearch, RefusesToListEveryoneForACallerWithoutANumber) {
  for (const Json& input : {Json::object(), Json{{"phone_number", nullptr}}}) {
    EXPECT_THAT(Render("contacts.search", input),
                FailsWith(ErrorKind::kInvalid, "ACTION_INPUT_INVALID"));
  }
  EXPECT_THAT(Render("contacts.search", {{"phone_number", "anonymous"}}),
              FailsWith(ErrorKind::kInvalid, "PHONE_NUMBER_WITHHELD"));
  EXPECT_THAT(Render("contacts.search", {{"phone_number", ""}}),
              FailsWith(ErrorKind::kInvalid, "PHONE_NUMBER_INVALID"));
}

TEST(AircallContactsSearch, SendsPlusAndDigitsOnly) {
  EXPECT_THAT(Render("contacts.search", {{"phone_number", "+33 (0)1.23-45 67/89"}})->url,
              ::testing::EndsWith("?phone_number=%2B330123456789"));
}

TEST(AircallWebhooksUpdate, DemandsTheEventsWithoutWhichEverythingWouldCome) {
  EXPECT_THAT(Render("webhooks.update", {{"webhook_id", "w"}, {"active", true}}),
              Says("events is required"));
  EXPECT_THAT(Render("webhooks.update", {{"webhook_id", "w"}, {"events", Json::array()}}),
              FailsWith(ErrorKind::kInvalid, "ACTION_INPUT_INVALID"));
}

TEST(AircallContactsUpdate, SendsNoBlankAndNoEmptyChange) {
  EXPECT_THAT(Render("contacts.update", {{"contact_id", 5}}),
              FailsWith(ErrorKind::kInvalid, "ACTION_INPUT_INVALID"));
  EXPECT_THAT(Render("contacts.update", {{"contact_id", 5}, {"last_name", ""}}),
              FailsWith(ErrorKind::kInvalid, "ACTION_INPUT_INVALID"));
}

TEST(AircallActions, CarryCallIdsBeyond32Bits) {
  EXPECT_EQ(Render("calls.get", {{"call_id", 9'007'199'254'740'991}})->url,
            "https://api.aircall.io/v1/calls/9007199254740991");
}

TEST(AircallDeletes, AreContentWhenItIsGoneAlready) {
  for (const char* name : {"contacts.delete", "webhooks.delete", "tags.delete"}) {
    const auto found = Aircall().FindAction(std::string("aircall.") + name);
    const auto judged = JudgeResponse(*found.connector, *found.action, {}, {404, {}, "{}"}, Jq());
    EXPECT_THAT(judged, Succeeds()) << name;
  }
}

TEST(AircallEvents, AreAboutObjectsThatCanBeReadAnew) {
  const auto action = [](const std::string& event) {
    const auto* latest = Aircall().FindLatest("io.aircall." + event);
    return latest == nullptr ? std::string() : latest->action + " by " + latest->by;
  };
  EXPECT_EQ(action("call.ended"), "aircall.calls.get by call_id");
  EXPECT_EQ(action("call.voicemail_left"), "aircall.calls.get by call_id");
  EXPECT_EQ(action("contact.updated"), "aircall.contacts.get by contact_id");
  EXPECT_EQ(action("contact.deleted"), "");
  EXPECT_EQ(action("integration.deleted"), "");
}

TEST(AircallWebhook, OfARemovedAppNamesTheIntegration) {
  const auto event =
      ReadWebhook(TheConnector(), R"({"resource": "integration", "event": "integration.deleted",
      "timestamp": 1790700231, "token": "t", "data": {"integration_id": 12, "company_id": 88001}})");
  ASSERT_THAT(event, Succeeds());
  EXPECT_EQ(event->type, "io.aircall.integration.deleted");
  EXPECT_EQ(event->entity, "integrations");
  EXPECT_EQ(event->entity_id, "12");
}

}  // namespace
}  // namespace sb::connector
