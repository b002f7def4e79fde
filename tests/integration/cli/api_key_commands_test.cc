#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "tests/integration/cli/command_house.h"

namespace sb::app::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ApiKeyCommands : public ::testing::Test {
 protected:
  Json Create(std::vector<std::string> more = {"--tenant", "acme"}) {
    more.insert(more.begin(), {"api-key", "create", "ci", "--role", "operator", "-o", "json"});
    const auto created = shell_.Run(more);
    EXPECT_EQ(created.exit_code, kOk) << created.err;
    return created.json();
  }

  /// What `account list` says to a key.
  testing::CommandHouse::Result Use(const std::string& key) {
    return shell_.Run({"account", "list", "--api-key-file", shell_.File("client.key", key)});
  }

  testing::CommandHouse shell_;
};

TEST_F(ApiKeyCommands, CreateShowsTheKeyOnceAndItWorks) {
  const auto created =
      shell_.Run({"api-key", "create", "ci", "--role", "viewer", "--tenant", "acme"});
  EXPECT_EQ(created.exit_code, kOk) << created.err;
  EXPECT_THAT(created.out, AllOf(HasSubstr("sbk_"), HasSubstr("VIEWER"), HasSubstr("acme")));
  EXPECT_THAT(created.err, HasSubstr("shown this once"));
  EXPECT_THAT(shell_.Run({"api-key", "list"}).out, AllOf(HasSubstr("ci"), Not(HasSubstr("sbk_"))));
  EXPECT_EQ(Use(Create().at("key")).exit_code, kOk);
}

TEST_F(ApiKeyCommands, CreateTakesTenantsOrAllAndALifetime) {
  const Json made = Create({"--tenant", "acme", "--tenant", "globex", "--lifetime", "90d"});
  EXPECT_EQ(made.at("api_key").at("tenants"), Json({"acme", "globex"}));
  EXPECT_TRUE(made.at("api_key").contains("expire_time"));
  EXPECT_EQ(Create({"--all-tenants"}).at("api_key").at("all_tenants"), true);
  EXPECT_EQ(
      shell_.Run({"api-key", "create", "ci", "--role", "viewer", "--tenant", "a", "--all-tenants"})
          .exit_code,
      kUsage);
  EXPECT_EQ(shell_.Run({"api-key", "create", "ci", "--role", "boss", "--tenant", "a"}).exit_code,
            kUsage);
  EXPECT_EQ(
      shell_
          .Run({"api-key", "create", "ci", "--role", "viewer", "--tenant", "a", "--lifetime", "90"})
          .exit_code,
      kUsage)
      << "of what?";
}

TEST_F(ApiKeyCommands, RotateShowsTheSuccessorAndUntilWhenTheOldOneWorks) {
  const Json old = Create();
  const auto rotated = shell_.Run(
      {"api-key", "rotate", old.at("api_key").at("id").get<std::string>(), "--overlap", "2h"});
  EXPECT_EQ(rotated.exit_code, kOk) << rotated.err;
  EXPECT_THAT(rotated.out, HasSubstr("sbk_"));
  EXPECT_THAT(rotated.err, HasSubstr("in 2 h"));
  EXPECT_EQ(Use(old.at("key")).exit_code, kOk);
  shell_.house.clock.Advance(std::chrono::hours(2));
  const auto late = Use(old.at("key"));
  EXPECT_EQ(late.exit_code, kRefused);
  EXPECT_THAT(late.err, HasSubstr("API_KEY_EXPIRED"));
}

TEST_F(ApiKeyCommands, RevokeEndsAKey) {
  const Json made = Create();
  const std::string id = made.at("api_key").at("id");
  EXPECT_THAT(shell_.Run({"api-key", "revoke", id}).out, HasSubstr("REVOKED"));
  EXPECT_THAT(Use(made.at("key")).err, HasSubstr("API_KEY_REVOKED"));
  EXPECT_THAT(shell_.Run({"api-key", "get", id}).out, HasSubstr("REVOKED"));
}

TEST_F(ApiKeyCommands, TokenCreateMakesATokenThatWorksLikeAKey) {
  const auto made = shell_.Run({"token", "create", "--tenant", "acme", "-o", "json"});
  EXPECT_EQ(made.exit_code, kOk) << made.err;
  const std::string token = made.json().at("token");
  EXPECT_THAT(token, StartsWith("sbt_"));
  EXPECT_EQ(Use(token).exit_code, kOk);
  const auto connects = shell_.Run({"token", "create", "--tenant", "acme", "--scope", "connect",
                                    "--lifetime", "5m", "-o", "json"});
  EXPECT_THAT(Use(connects.json().at("token")).err, HasSubstr("TOKEN_SCOPE_INSUFFICIENT"));
}

}  // namespace
}  // namespace sb::app::cli
