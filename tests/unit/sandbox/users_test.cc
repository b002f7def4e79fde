#include <gmock/gmock.h>

#include "tests/unit/sandbox/wire.h"

namespace sb::aircall::sandbox {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* kNoor =
    R"({"email": "noor.haddad@harbour-lamps.example", "first_name": "Noor", "last_name": "Haddad"})";

std::string Availability(Desk& desk, const std::string& user) {
  return desk.Read("/v1/users/" + user + "/availability").at("availability");
}

TEST(NewUser, BeginsWithTheDefaultsOfAnInvitation) {
  Desk desk;
  const Reply reply = desk.Ask("POST", "/v2/users", kNoor);
  EXPECT_EQ(reply.status, 200);
  const WireJson user = BodyIn(reply).at("user");
  EXPECT_EQ(user.at("name"), "Noor Haddad");
  EXPECT_EQ(user.at("available"), false);
  EXPECT_EQ(user.at("language"), "en-US");
  EXPECT_EQ(user.at("time_zone"), "Etc/UTC");
  EXPECT_EQ(user.at("extension"), "005");
  EXPECT_EQ(Availability(desk, "noor.haddad@harbour-lamps.example"), "offline");
}

TEST(NewUser, TakesTheFirstExtensionThatIsFree) {
  HeardDesk desk;
  desk.Ask("DELETE", "/v1/users/2100002");
  desk.Pass(2s);
  EXPECT_EQ(BodyIn(desk.Ask("POST", "/v1/users", kNoor)).at("user").at("extension"), "002");
}

TEST(NewUser, IsAnsweredWith201WhenSwitchedSo) {
  Desk desk(With({"users.create_status=201"}));
  EXPECT_EQ(desk.Ask("POST", "/v1/users", kNoor).status, 201);
  EXPECT_EQ(desk.Ask("POST", "/v2/users", R"({"email": "a@b.example"})").status, 201);
}

TEST(NewUser, NeedsAnAddressOfTheirOwn) {
  Desk desk;
  for (const char* body :
       {"{}", R"({"email": "nobody"})", R"({"email": "tom.okafor@harbour-lamps.example"})",
        R"({"email": "a@b.example", "availability_status": "in_call"})",
        R"({"email": "a@b.example", "wrap_up_time": -1})"}) {
    EXPECT_EQ(desk.Ask("POST", "/v1/users", body).status, 400) << body;
  }
}

TEST(NewUser, ComesWithASharedContactInTheSameSecond) {
  HeardDesk desk;
  desk.Ask("POST", "/v1/users", kNoor);
  EXPECT_THAT(desk.HeardNames(), ElementsAre("user.created", "user.created.v2", "contact.created"));
  for (const WireJson& body : desk.Heard()) EXPECT_EQ(body.at("timestamp"), kStart);
  const WireJson contact = desk.HeardLast("contact.created").at("data");
  EXPECT_EQ(contact.at("emails").at(0).at("value"), "noor.haddad@harbour-lamps.example");
  EXPECT_TRUE(contact.at("phone_numbers").empty());
  const std::string path = "/v1/contacts/" + std::to_string(contact.at("id").get<std::int64_t>());
  EXPECT_EQ(desk.Ask("GET", path).status, 200);
}

TEST(DeletedUser, GoesALittleLaterTogetherWithTheContact) {
  HeardDesk desk;
  desk.Ask("POST", "/v1/users", kNoor);
  const WireJson contact = desk.HeardLast("contact.created").at("data");
  const std::string path = "/v1/users/noor.haddad@harbour-lamps.example";
  EXPECT_EQ(desk.Ask("DELETE", path).status, 204);
  EXPECT_EQ(desk.Ask("GET", path).status, 200);
  desk.Pass(2s);
  EXPECT_EQ(desk.Ask("GET", path).status, 404);
  EXPECT_THAT(desk.HeardNames(), ElementsAre("user.created", "user.created.v2", "contact.created",
                                             "user.deleted", "user.deleted.v2", "contact.deleted"));
  EXPECT_EQ(desk.HeardLast("contact.deleted").at("data").at("id"), contact.at("id"));
}

TEST(DeletedUser, LeavesTheirTeamsAndNumbers) {
  HeardDesk desk;
  desk.Ask("DELETE", "/v1/users/2100004");
  desk.Pass(2s);
  EXPECT_THAT(desk.Read("/v1/numbers/1400003").at("number").at("users"), IsEmpty());
  EXPECT_THAT(desk.Read("/v1/teams/610001").at("team").at("users"), SizeIs(2));
  EXPECT_EQ(desk.Ask("POST", "/_sandbox/calls", R"({"from": "+16175550142", "number_id": 1400003})")
                .status,
            400);
}

TEST(User, IsChangedFieldByField) {
  Desk desk;
  const std::string path = "/v1/users/2100002";
  const Reply reply = desk.Ask("PUT", path, R"({"last_name": "Okafor-Lee", "wrap_up_time": 45})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(BodyIn(reply).at("user").at("name"), "Tom Okafor-Lee");
  EXPECT_EQ(BodyIn(reply).at("user").at("wrap_up_time"), 45);
  EXPECT_EQ(desk.Ask("PUT", "/v2/users/1", "{}").status, 404);
  EXPECT_EQ(desk.Ask("PUT", path, R"({"email": "lea.brandt@harbour-lamps.example"})").status, 400);
}

TEST(User, AnswersToAnAddressWithARawAt) {
  Desk desk;
  for (const char* path :
       {"/v1/users/tom.okafor@harbour-lamps.example", "/v2/users/tom.okafor@harbour-lamps.example",
        "/v2/users/tom.okafor%40harbour-lamps.example"}) {
    EXPECT_EQ(desk.Read(path).at("user").at("id"), 2100002) << path;
  }
}

TEST(UserApi, EmbedsNumbersInVersionOneAlone) {
  Desk desk;
  EXPECT_THAT(KeysIn(desk.Read("/v1/users/2100001").at("user")), Contains("numbers"));
  EXPECT_THAT(KeysIn(desk.Read("/v2/users/2100001").at("user")), Not(Contains("numbers")));
  EXPECT_THAT(desk.Read("/v2/users/2100001").at("user").at("direct_link").get<std::string>(),
              HasSubstr("/v2/users/2100001"));
}

TEST(UserApi, EndsItsFirstVersionLikeAnyUnknownRoute) {
  Desk desk(With({"users.v1=off"}));
  for (const auto& [method, path] :
       std::vector<std::pair<std::string, std::string>>{{"GET", "/v1/users"},
                                                        {"GET", "/v1/users/2100001"},
                                                        {"POST", "/v1/users"},
                                                        {"PUT", "/v1/users/2100001"}}) {
    const Reply reply = desk.AskAs("", method, path);
    EXPECT_EQ(reply.status, 404) << method << path;
    EXPECT_EQ(reply.body, R"({"message":"Not Found"})");
  }
  EXPECT_EQ(desk.Ask("GET", "/v2/users").status, 200);
  EXPECT_EQ(desk.Ask("GET", "/v1/users/availabilities").status, 200);
  EXPECT_EQ(desk.Ask("GET", "/v1/users/2100001/availability").status, 200);
  EXPECT_EQ(desk.Ask("DELETE", "/v1/users/2100001").status, 204);
}

TEST(UserApi, WritesCreatedAtWithoutMillisecondsWhenSwitchedSo) {
  Desk recorded;
  Desk other(With({"objects.created_at_millis=no"}));
  EXPECT_EQ(recorded.Read("/v2/users/2100001").at("user").at("created_at"),
            "2026-01-02T09:01:00.000Z");
  EXPECT_EQ(other.Read("/v2/users/2100001").at("user").at("created_at"), "2026-01-02T09:01:00Z");
  EXPECT_EQ(other.Read("/v1/teams/610001").at("team").at("created_at"), "2026-01-02T09:15:00Z");
  EXPECT_EQ(other.Read("/v1/numbers/1400001").at("number").at("created_at"),
            "2026-01-02T09:01:00Z");
}

TEST(NumbersOfAUser, SayWhetherTheyHaveAFlow) {
  Desk desk;
  const WireJson page = desk.Read("/v2/users/2100001/numbers");
  EXPECT_THAT(KeysIn(page), ElementsAre("numbers", "meta"));
  ASSERT_THAT(page.at("numbers"), SizeIs(2));
  EXPECT_EQ(page.at("numbers").at(0).at("flow_editor_enabled"), false);
  EXPECT_EQ(desk.Ask("GET", "/v2/users/1/numbers").status, 404);
}

TEST(Availability, HasWordsOfItsOwn) {
  HeardDesk desk;
  const auto act = [&](const std::string& what) {
    EXPECT_EQ(desk.Ask("POST", "/_sandbox/users/2100001/" + what).status, 200) << what;
    return Availability(desk, "2100001");
  };
  EXPECT_EQ(Availability(desk, "2100001"), "available");
  EXPECT_EQ(act("close"), "do_not_disturb");
  EXPECT_EQ(act("open"), "available");
  EXPECT_EQ(act("wut_start"), "after_call_work");
  EXPECT_EQ(act("wut_end"), "available");
  EXPECT_EQ(act("disconnect"), "offline");
  EXPECT_EQ(act("connect"), "available");
}

TEST(Availability, IsListedWithIdAndWordAlone) {
  Desk desk;
  const WireJson page = desk.Read("/v1/users/availabilities?per_page=2");
  EXPECT_THAT(KeysIn(page), ElementsAre("users", "meta"));
  ASSERT_THAT(page.at("users"), SizeIs(2));
  EXPECT_EQ(page.at("users").at(0).dump(), R"({"id":2100001,"availability":"available"})");
  EXPECT_EQ(page.at("meta").at("total"), 4);
}

TEST(ClickToCall, RingsAndMakesTheUserBusyUntilTheCallEnds) {
  HeardDesk desk;
  const std::string body = R"({"number_id": 1400001, "to": "+16175550142"})";
  const Reply reply = desk.Ask("POST", "/v1/users/2100001/calls", body);
  EXPECT_EQ(reply.status, 204);
  EXPECT_EQ(reply.body, "");
  EXPECT_THAT(desk.HeardNames(), ElementsAre("call.created"));
  EXPECT_EQ(Availability(desk, "2100001"), "in_call");
  const Reply busy = desk.Ask("POST", "/v1/users/2100001/calls", body);
  EXPECT_EQ(busy.status, 405);
  EXPECT_THAT(KeysIn(BodyIn(busy)), ElementsAre("error", "troubleshoot", "success"));
  desk.Pass(200s);
  EXPECT_EQ(desk.Ask("POST", "/v1/users/2100001/calls", body).status, 204);
}

TEST(ClickToCall, NeedsAnActiveNumberOfTheUser) {
  Desk desk;
  const auto ask = [&](const std::string& user, const std::string& body) {
    return desk.Ask("POST", "/v1/users/" + user + "/calls", body).status;
  };
  EXPECT_EQ(ask("2100001", R"({"number_id": 1400003, "to": "+16175550142"})"), 400);
  EXPECT_EQ(ask("2100001", R"({"number_id": 1, "to": "+16175550142"})"), 400);
  EXPECT_EQ(ask("2100001", R"({"number_id": 1400001, "to": "x"})"), 400);
  EXPECT_EQ(ask("1", R"({"number_id": 1400001, "to": "+16175550142"})"), 404);
  desk.Ask("PUT", "/_sandbox/numbers/1400001", R"({"registration_status": "rejected"})");
  EXPECT_EQ(ask("2100001", R"({"number_id": 1400001, "to": "+16175550142"})"), 400);
}

TEST(Dialling, IsRefusedWhenTheUserIsAway) {
  Desk desk;
  const std::string path = "/v1/users/2100001/dial";
  EXPECT_EQ(desk.Ask("POST", path, R"({"to": "+16175550142"})").status, 204);
  desk.Ask("POST", "/_sandbox/users/2100001/disconnect");
  const Reply away = desk.Ask("POST", path, R"({"to": "+16175550142"})");
  EXPECT_EQ(away.status, 405);
  EXPECT_EQ(BodyIn(away).at("troubleshoot"), "The user is currently unavailable");
  EXPECT_EQ(BodyIn(away).at("success"), false);
}

TEST(UserEvents, ComeInBothVersionsAtOnce) {
  HeardDesk desk;
  desk.Ask("POST", "/_sandbox/users/2100001/disconnect");
  EXPECT_THAT(desk.HeardNames(), ElementsAre("user.disconnected", "user.disconnected.v2"));
  const WireJson first = desk.HeardLast("user.disconnected");
  EXPECT_EQ(first.at("resource"), "user");
  EXPECT_THAT(first.at("data").at("numbers"), SizeIs(2));
  EXPECT_EQ(first.at("data").at("available"), true);  // It stays so (live).
  EXPECT_THAT(KeysIn(first.at("data").at("numbers").at(0)), Not(Contains("created_at")));
  EXPECT_THAT(KeysIn(desk.HeardLast("user.disconnected.v2").at("data")), Not(Contains("numbers")));
}

TEST(UserEvents, TellAClosingTwiceWhenAReasonWasChosen) {
  HeardDesk desk;
  desk.Ask("POST", "/_sandbox/users/2100001/close", R"({"substatus": "on_a_break"})");
  EXPECT_THAT(desk.HeardNames(),
              ElementsAre("user.closed", "user.closed.v2", "user.closed", "user.closed.v2"));
  const std::vector<WireJson> heard = desk.Heard();
  EXPECT_EQ(heard.at(0).at("data").at("substatus"), "always_closed");
  EXPECT_EQ(heard.at(2).at("data").at("substatus"), "on_a_break");
  EXPECT_EQ(heard.at(0).at("data").at("available"), false);
  EXPECT_EQ(heard.at(0).at("data").at("availability_status"), "unavailable");
}

TEST(UserEvents, EndTheWrapUpTimeByThemselves) {
  HeardDesk desk;
  desk.Ask("POST", "/_sandbox/users/2100001/wut_start");
  desk.Pass(31s);
  EXPECT_THAT(desk.HeardNames(), ElementsAre("user.wut_start", "user.wut_start.v2", "user.wut_end",
                                             "user.wut_end.v2"));
  EXPECT_EQ(desk.HeardLast("user.wut_end").at("timestamp"), kStart + 30);
}

TEST(UserEvents, CountTheWrapUpTimeFromTheLatestCall) {
  HeardDesk desk;
  desk.Ask("POST", "/_sandbox/users/2100001/wut_start");
  desk.Pass(20s);
  desk.Ask("POST", "/_sandbox/users/2100001/wut_start");
  desk.Pass(20s);
  EXPECT_EQ(Availability(desk, "2100001"), "after_call_work");
  desk.Pass(10s);
  EXPECT_EQ(Availability(desk, "2100001"), "available");
  EXPECT_EQ(desk.HeardLast("user.wut_end").at("timestamp"), kStart + 50);
}

TEST(UserEvents, AreSilentForAWrapUpOfNoTime) {
  HeardDesk desk;
  desk.Ask("PUT", "/v2/users/2100001", R"({"wrap_up_time": 0})");
  desk.Ask("POST", "/_sandbox/users/2100001/wut_start");
  EXPECT_THAT(desk.HeardNames(), IsEmpty());
}

TEST(UserEvents, TellAStatusThatTheApiChanged) {
  HeardDesk desk;
  desk.Ask("PUT", "/v2/users/2100001", R"({"availability_status": "unavailable"})");
  EXPECT_EQ(Availability(desk, "2100001"), "do_not_disturb");
  desk.Ask("PUT", "/v2/users/2100001", R"({"availability_status": "custom"})");
  EXPECT_THAT(desk.HeardNames(),
              ElementsAre("user.closed", "user.closed.v2", "user.opened", "user.opened.v2"));
}

}  // namespace
}  // namespace sb::aircall::sandbox
