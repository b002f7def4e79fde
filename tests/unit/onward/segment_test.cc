// What Segment's HTTP tracking API expects of a batch, as its published libraries send it: POST
// /v1/batch, the write key as the user name, a list of messages of which each has a type, a name, a
// user or something anonymous, a stable id and a time; 500 KB a batch and 32 KB a message.

#include <map>
#include <string>
#include <vector>

#include "tests/unit/onward/onward_world.h"

namespace sb {
namespace {

using ports::DeliveryState;
using ports::HttpRequest;
using ports::HttpResponse;
using std::chrono::seconds;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAreArray;

constexpr std::size_t kMostSegmentBatch = 500'000;

class Segment : public testing::OnwardWorld {
 protected:
  ports::Destination AddSegment() {
    return Add("segment", Json::object(), {{"write_key", "segment"}});
  }

  Json BatchOf(std::size_t request) { return Json::parse(http_.sent()[request].body); }

  /// What the validation of a published library asks of each message before it is sent.
  static void ExpectValid(const Json& message) {
    EXPECT_EQ(message.at("type"), "track");
    EXPECT_TRUE(message.at("event").is_string() && !message["event"].get<std::string>().empty());
    EXPECT_TRUE(message.at("properties").is_object());
    EXPECT_TRUE(message.at("context").is_object());
    EXPECT_TRUE(message.at("messageId").is_string());
    const auto is_id = [&](const char* name) {
      return message.contains(name) && message[name].is_string() &&
             !message[name].get<std::string>().empty();
    };
    EXPECT_TRUE(is_id("userId") || is_id("anonymousId")) << message;
    EXPECT_TRUE(ParseRfc3339(message.at("timestamp").get<std::string>())) << message;
    EXPECT_FALSE(message.at("context").at("library").at("name").get<std::string>().empty());
  }
};

TEST_F(Segment, ABatchGoesToTheTrackingApiWithTheWriteKey) {
  AddSegment();
  for (int call = 1; call <= 3; ++call) Tell("call.ended", call);
  Send();
  ASSERT_THAT(http_.sent(), SizeIs(1)) << "one request for all that waits";
  const HttpRequest request = http_.sent().front();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://api.segment.io/v1/batch");
  EXPECT_EQ(Header(request, "content-type"), "application/json");
  EXPECT_EQ(Header(request, "authorization"), "Basic " + ToBase64("the write key:"));
  const Json body = BatchOf(0);
  EXPECT_TRUE(ParseRfc3339(body.at("sentAt").get<std::string>()));
  ASSERT_THAT(body.at("batch"), SizeIs(3));
  for (const Json& message : body["batch"]) ExpectValid(message);
}

TEST_F(Segment, TakesTheEventsOfItsCatalogueButThoseThatAreSwitchedOff) {
  const std::map<std::string, std::vector<std::string>> catalogue = {
      {"number", {"created", "opened", "closed", "deleted"}},
      {"contact", {"created", "updated", "deleted"}},
      {"user", {"created", "opened", "connected", "closed", "disconnected", "deleted"}},
      {"call",
       {"created", "answered", "hungup", "ended", "assigned", "archived", "tagged", "untagged",
        "commented", "transferred", "ringing_on_agent", "agent_declined", "voicemail_left"}}};
  std::vector<std::string> all;
  for (const auto& [entity, events] : catalogue) {
    for (const std::string& event : events) all.push_back("io.aircall." + entity + "." + event);
  }
  ASSERT_THAT(all, SizeIs(26));
  const connector::Connector& aircall = *testing::LibraryOfOnward().FindConnector("aircall");
  ports::Destination destination = AddSegment();
  EXPECT_THAT(accounts::OnwardEvents(aircall, destination), UnorderedElementsAreArray(all));
  std::erase(all, "io.aircall.call.commented");
  destination.choice.types = all;
  EXPECT_THAT(accounts::OnwardEvents(aircall, destination), UnorderedElementsAreArray(all));
}

TEST_F(Segment, AnEventKeepsTheProvidersNameItsIdAndItsUser) {
  AddSegment();
  const EventId event =
      Tell("call.answered", 1, {{"user", {{"id", 99}, {"name", "Ada"}}}, {"number", {{"id", 7}}}});
  Send();
  const Json message = BatchOf(0)["batch"][0];
  ExpectValid(message);
  EXPECT_EQ(message["event"], "call.answered");
  EXPECT_EQ(message["messageId"], ToText(event));
  EXPECT_EQ(message["userId"], "99");
  EXPECT_FALSE(message.contains("anonymousId"));
  EXPECT_EQ(message["properties"]["direction"], "inbound");
  EXPECT_EQ(message["properties"]["switchboard"]["number"], "7");
}

TEST_F(Segment, AnEventWithoutAUserIsAnonymousAndSaysTheSameOfTheSameCall) {
  AddSegment();
  Tell("call.created", 1, {{"user", nullptr}});
  Tell("call.hungup", 1);
  Send();
  const Json batch = BatchOf(0)["batch"];
  ASSERT_THAT(batch, SizeIs(2));
  EXPECT_EQ(batch[0]["anonymousId"], ToText(account_) + "/calls/1");
  EXPECT_EQ(batch[0]["anonymousId"], batch[1]["anonymousId"]);
  EXPECT_EQ(batch[0]["event"], "call.created") << "in their order";
  EXPECT_EQ(batch[1]["event"], "call.hungup");
}

TEST_F(Segment, ABatchIsNeverLargerThanTheApiTakes) {
  AddSegment();
  for (int call = 1; call <= 60; ++call)
    Tell("call.ended", call, {{"note", std::string(20'000, 'x')}});
  Send();
  std::size_t messages = 0;
  for (const HttpRequest& request : http_.sent()) {
    EXPECT_LT(request.body.size(), kMostSegmentBatch);
    messages += Json::parse(request.body)["batch"].size();
  }
  EXPECT_EQ(messages, 60U);
}

TEST_F(Segment, AnEventThatIsTooLargeIsSetAside) {
  const auto segment = AddSegment();
  Tell("call.ended", 1, {{"note", std::string(40'000, 'x')}});
  Tell("call.ended", 2);
  Send();
  EXPECT_EQ(Log(segment.id)[0].state, DeliveryState::kDead);
  EXPECT_EQ(Log(segment.id)[0].reason, "ONWARD_EVENT_TOO_LARGE");
  EXPECT_EQ(Log(segment.id)[1].state, DeliveryState::kDelivered);
}

TEST_F(Segment, OfARefusedBatchEachEventIsTriedByItself) {
  const auto segment = AddSegment();
  for (int call = 1; call <= 3; ++call) Tell("call.ended", call);
  http_.SetWorld([](const HttpRequest& request) {
    const bool bad = request.body.find("\"id\":2,") != std::string::npos ||
                     request.body.find("\"id\":2}") != std::string::npos;
    return HttpResponse{bad ? 400 : 200, {}, ""};
  });
  Send();
  const auto log = Log(segment.id);
  EXPECT_EQ(log[0].state, DeliveryState::kDelivered);
  EXPECT_EQ(log[1].state, DeliveryState::kDead);
  EXPECT_EQ(log[2].state, DeliveryState::kDelivered);
}

TEST_F(Segment, ARepeatedBatchHasTheSameMessageIds) {
  AddSegment();
  Tell("call.ended", 1);
  Tell("call.ended", 2);
  Answer(500);
  Send();
  clock_.Advance(seconds(5));
  Answer(200);
  Send();
  ASSERT_THAT(http_.sent(), SizeIs(2));
  EXPECT_EQ(BatchOf(0)["batch"], BatchOf(1)["batch"]);
  EXPECT_EQ(Header(http_.sent()[0], "webhook-id"), Header(http_.sent()[1], "webhook-id"));
}

}  // namespace
}  // namespace sb
