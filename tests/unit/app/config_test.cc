#include "engine/app/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/matchers.h"

namespace sb::app {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;

TEST(Configuration, KeepsThingsForDaysOrForever) {
  EXPECT_EQ(ParseRetention("30d").value(), std::chrono::days(30));
  EXPECT_EQ(ParseRetention("1d").value(), std::chrono::days(1));
  EXPECT_EQ(ParseRetention("forever").value(), std::nullopt);
  EXPECT_EQ(ParseRetention(ServeConfig().retain).value(), std::chrono::days(30));
}

TEST(Configuration, SaysHowLongThingsCanBeKept) {
  for (const char* text : {"", "30", "0d", "-1d", "30 d", "4w", "12345d", "for ever"}) {
    const auto retain = ParseRetention(text);
    ASSERT_THAT(retain, FailsWith(ErrorKind::kInvalid, "CONFIG_INVALID")) << text;
    EXPECT_THAT(retain.error().message, HasSubstr("--retain is '" + std::string(text) + "'"));
  }
}

ServeConfig WithClients(std::vector<std::string> clients) {
  ServeConfig config;
  config.data_dir = "/tmp";
  config.oauth_clients = std::move(clients);
  return config;
}

TEST(Configuration, TakesAnOAuthApplicationForEachConnector) {
  ServeConfig config = WithClients({"acme=id 1", "my_crm=a=b"});
  EXPECT_THAT(OAuthClientIdsOf(config), FailsWith(ErrorKind::kInvalid, "CONFIG_INVALID"));
  config.oauth_clients.front() = "acme=id-1";
  config.oauth_secrets = {{"acme", Secret("s1")}, {"my_crm", Secret("s2")}};
  config.aircall_client_id = "air";
  config.aircall_client_secret = Secret("s3");
  const auto clients = OAuthClientsOf(config);
  ASSERT_THAT(clients, IsOk());
  EXPECT_EQ(clients->size(), 3U);
  EXPECT_EQ(clients->at("my_crm").client_id, "a=b");
  EXPECT_EQ(clients->at("my_crm").client_secret.Reveal(), "s2");
  EXPECT_EQ(clients->at("aircall").client_id, "air");
}

TEST(Configuration, AsksForTheSecretOfAnOAuthApplicationByItsVariable) {
  EXPECT_EQ(OAuthSecretVariable("my-crm_2"), "SWITCHBOARD_OAUTH_SECRET_MY_CRM_2");
  const Status valid = Validate(WithClients({"acme=id"}));
  ASSERT_THAT(valid, FailsWith(ErrorKind::kInvalid, "CONFIG_INVALID"));
  EXPECT_THAT(valid.error().message, HasSubstr("SWITCHBOARD_OAUTH_SECRET_ACME"));
}

TEST(Configuration, RefusesAnOAuthApplicationThatIsMalformedOrGivenTwice) {
  const std::vector<std::vector<std::string>> wrongs = {
      {"acme"}, {"=id"}, {"acme="}, {"Acme=id"}, {"acme=1", "acme=2"}};
  for (const auto& clients : wrongs) {
    EXPECT_THAT(OAuthClientIdsOf(WithClients(clients)),
                FailsWith(ErrorKind::kInvalid, "CONFIG_INVALID"))
        << clients.front();
  }
  ServeConfig twice = WithClients({"aircall=1"});
  twice.oauth_secrets = {{"aircall", Secret("s")}};
  twice.aircall_client_id = "2";
  twice.aircall_client_secret = Secret("s");
  EXPECT_THAT(OAuthClientsOf(twice), FailsWith(ErrorKind::kInvalid, "CONFIG_INVALID"));
}

TEST(Configuration, NeverPrintsTheSecretsOfOAuthApplications) {
  ServeConfig config = WithClients({"acme=id-1"});
  config.oauth_secrets = {{"acme", Secret("do-not-print")}};
  EXPECT_THAT(Printable(config).dump(),
              AllOf(HasSubstr("acme=id-1"), Not(HasSubstr("do-not-print"))));
}

TEST(Configuration, IsCheckedAsAWhole) {
  ServeConfig config;
  config.data_dir = "/tmp";
  EXPECT_THAT(Validate(config), IsOk());
  config.retain = "soon";
  EXPECT_THAT(Validate(config), FailsWith(ErrorKind::kInvalid, "CONFIG_INVALID"));
}

}  // namespace
}  // namespace sb::app
