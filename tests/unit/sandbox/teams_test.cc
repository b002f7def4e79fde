#include <gmock/gmock.h>

#include "tests/unit/sandbox/wire.h"

namespace sb::aircall::sandbox {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

TEST(Team, IsMadeOfNobodyAndTold) {
  HeardDesk desk;
  const Reply reply = desk.Ask("POST", "/v1/teams", R"({"name": "Night shift"})");
  EXPECT_EQ(reply.status, 200);
  const WireJson team = BodyIn(reply).at("team");
  EXPECT_THAT(KeysIn(team), ElementsAre("id", "name", "direct_link", "created_at", "users"));
  EXPECT_THAT(team.at("users"), IsEmpty());
  EXPECT_THAT(desk.HeardNames(), ElementsAre("team.created"));
}

TEST(Team, NeedsANameOfItsOwnOfSixtyFourCharacters) {
  Desk desk;
  const auto make = [&](const std::string& name) {
    return desk.Ask("POST", "/v1/teams", WireJson{{"name", name}}.dump()).status;
  };
  std::string accents;
  for (int i = 0; i < 64; ++i) accents += "\xC3\xA9";
  EXPECT_EQ(make(accents), 200);
  EXPECT_EQ(make(accents + "x"), 400);
  EXPECT_EQ(make("Support"), 400);
  EXPECT_EQ(make(" "), 400);
}

TEST(Team, TakesUsersInAndLetsThemOut) {
  Desk desk;
  const std::string path = "/v1/teams/610002/users/2100004";
  const Reply joined = desk.Ask("POST", path);
  EXPECT_EQ(joined.status, 200);
  ASSERT_THAT(BodyIn(joined).at("team").at("users"), SizeIs(2));
  const WireJson member = BodyIn(joined).at("team").at("users").at(1);
  EXPECT_THAT(KeysIn(member), Not(Contains("available")));
  EXPECT_THAT(KeysIn(member), Contains("default_number_id"));
  const Reply left = desk.Ask("DELETE", path);
  EXPECT_EQ(left.status, 200);
  EXPECT_THAT(BodyIn(left).at("team").at("users"), SizeIs(1));
}

TEST(Team, RefusesAMembershipThatMakesNoSense) {
  Desk desk;
  const Reply twice = desk.Ask("POST", "/v1/teams/610002/users/2100003");
  EXPECT_EQ(twice.status, 422);
  EXPECT_EQ(BodyIn(twice).at("troubleshoot"), "The user is already in this team");
  EXPECT_EQ(desk.Ask("DELETE", "/v1/teams/610002/users/2100001").status, 422);
  EXPECT_EQ(desk.Ask("POST", "/v1/teams/610002/users/1").status, 404);
  EXPECT_EQ(desk.Ask("POST", "/v1/teams/1/users/2100003").status, 404);
}

TEST(Team, IsDeletedOnce) {
  HeardDesk desk;
  EXPECT_EQ(desk.Ask("DELETE", "/v1/teams/610001").status, 204);
  EXPECT_EQ(desk.Ask("DELETE", "/v1/teams/610001").status, 404);
  EXPECT_EQ(desk.Ask("GET", "/v1/teams/610001").status, 404);
  EXPECT_THAT(desk.HeardNames(), ElementsAre("team.destroyed"));
  EXPECT_EQ(desk.HeardLast("team.destroyed").at("resource"), "team");
}

TEST(Team, IsAnsweredWith201WhenSwitchedSo) {
  Desk desk(With({"teams.create_status=201"}));
  EXPECT_EQ(desk.Ask("POST", "/v1/teams", R"({"name": "Night shift"})").status, 201);
  EXPECT_EQ(desk.Ask("POST", "/v1/teams/610002/users/2100004").status, 201);
  EXPECT_EQ(desk.Ask("DELETE", "/v1/teams/610002/users/2100004").status, 200);
}

TEST(Teams, IgnoreAWindow) {
  Desk desk;
  EXPECT_EQ(desk.Read("/v1/teams?from=9999999999").at("meta").at("total"), 2);
}

}  // namespace
}  // namespace sb::aircall::sandbox
