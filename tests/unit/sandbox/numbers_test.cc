#include <gmock/gmock.h>

#include "tests/unit/sandbox/wire.h"

namespace sb::aircall::sandbox {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* kSupport = "/v1/numbers/1400001";

TEST(Number, ShowsItsUsersWhenItStandsAlone) {
  Desk desk;
  EXPECT_THAT(desk.Read(kSupport).at("number").at("users"), SizeIs(2));
  EXPECT_THAT(KeysIn(desk.Read("/v1/numbers").at("numbers").at(0)), Not(Contains("users")));
}

TEST(Number, TakesANameAPriorityAndAudio) {
  Desk desk;
  const Reply reply = desk.Ask(
      "PUT", kSupport,
      R"({"name": "Help", "priority": 1, "messages": {"ringing_tone": "https://a.example/r.mp3"}})");
  EXPECT_EQ(reply.status, 200);
  const WireJson number = BodyIn(reply).at("number");
  EXPECT_EQ(number.at("name"), "Help");
  EXPECT_EQ(number.at("priority"), 1);
  EXPECT_EQ(number.at("messages").at("ringing_tone"), "https://a.example/r.mp3");
  EXPECT_TRUE(number.at("messages").at("after_hours").is_null());
  desk.Ask("PUT", kSupport, R"({"priority": null})");
  EXPECT_TRUE(desk.Read(kSupport).at("number").at("priority").is_null());
}

TEST(Number, RefusesWhatItCannotPlay) {
  Desk desk;
  for (const char* body : {R"({"priority": 2})", R"({"name": " "})", R"({"messages": [1]})",
                           R"({"messages": {"jingle": "https://a.example/r.mp3"}})",
                           R"({"messages": {"ivr": "r.mp3"}})"}) {
    EXPECT_EQ(desk.Ask("PUT", kSupport, body).status, 400) << body;
  }
  EXPECT_EQ(desk.Ask("PUT", "/v1/numbers/1", "{}").status, 404);
}

TEST(Number, SaysHowItsRegistrationStands) {
  Desk desk;
  EXPECT_EQ(desk.Read("/v1/numbers/1400001/registration_status").at("registration_status"),
            "active");
  EXPECT_EQ(desk.Ask("GET", "/v1/numbers/1/registration_status").status, 404);
}

TEST(NumberHours, FlipOpenAndStayCustom) {
  HeardDesk desk;
  desk.Ask("POST", "/_sandbox/numbers/1400001/close");
  desk.Ask("POST", "/_sandbox/numbers/1400001/open");
  EXPECT_THAT(desk.HeardNames(), ElementsAre("number.closed", "number.opened"));
  const WireJson closed = desk.HeardLast("number.closed").at("data");
  EXPECT_EQ(closed.at("open"), false);
  EXPECT_EQ(closed.at("availability_status"), "custom");
  EXPECT_THAT(closed.at("users"), SizeIs(2));
  EXPECT_THAT(closed.at("messages"), SizeIs(6));
  EXPECT_EQ(desk.HeardLast("number.opened").at("data").at("open"), true);
}

TEST(NewNumber, IsToldAndCanBeCalled) {
  HeardDesk desk;
  const Reply reply =
      desk.Ask("POST", "/_sandbox/numbers",
               R"({"e164": "+16175550193", "name": "Events", "user_ids": [2100002]})");
  EXPECT_EQ(reply.status, 201);
  EXPECT_THAT(desk.HeardNames(), ElementsAre("number.created"));
  EXPECT_EQ(
      desk.Ask("POST", "/_sandbox/calls", R"({"from": "anonymous", "to": "+16175550193"})").status,
      201);
  EXPECT_EQ(desk.Ask("POST", "/_sandbox/numbers", R"({"e164": "+16175550193"})").status, 400);
  EXPECT_EQ(desk.Ask("POST", "/_sandbox/numbers", R"({"name": "Nowhere"})").status, 400);
}

TEST(DeletedNumber, IsToldWithoutUsersAndStaysInItsCalls) {
  HeardDesk desk;
  const std::string call = desk.CallFromPriya();
  EXPECT_EQ(desk.Ask("DELETE", "/_sandbox/numbers/1400001").status, 204);
  const WireJson last = desk.HeardLast("number.deleted").at("data");
  EXPECT_THAT(last.at("users"), IsEmpty());
  EXPECT_EQ(last.at("open"), false);
  EXPECT_EQ(desk.Ask("GET", kSupport).status, 404);
  EXPECT_EQ(desk.Read("/v1/company").at("company").at("numbers_count"), 2);
  EXPECT_EQ(desk.Read("/v1/calls/" + call).at("call").at("number").at("id"), 1400001);
}

}  // namespace
}  // namespace sb::aircall::sandbox
