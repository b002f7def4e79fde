// OAuth applications: the server's own, and those of tenants.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/accounts/accounts_world.h"

namespace sb {
namespace {

using accounts::ApplicationRequest;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

class OAuthApplications : public ::testing::Test, protected testing::AccountsWorld {
 protected:
  ApplicationRequest Own() {
    return {.tenant = "acme",
            .connector = "aircall",
            .client_id = "acme-client",
            .client_secret = Secret("acme-secret"),
            .redirect_url = "",
            .claim_url = ""};
  }

  std::string Authorize(const std::string& tenant) {
    accounts::SessionRequest request;
    request.tenant = tenant;
    return connections.BeginOAuth(NewLink(request))->authorize_url;
  }

  void ExpectRefused(const ApplicationRequest& request, const std::string& code) {
    const auto refused = connections.applications().Set(request);
    ASSERT_FALSE(refused.ok()) << code;
    EXPECT_EQ(refused.error().code, code) << refused.error().message;
    EXPECT_THAT(refused.error().message, Not(HasSubstr("acme-secret")));
  }
};

TEST_F(OAuthApplications, ATenantsOwnComesBeforeTheServersAndThatOneBeforeTheFlags) {
  EXPECT_THAT(Authorize("acme"), HasSubstr("client_id=" + far_side.client().id));
  ASSERT_TRUE(
      connections.applications().Set({"", "aircall", "server-client", Secret("s"), "", ""}).ok());
  ASSERT_TRUE(connections.applications().Set(Own()).ok());
  EXPECT_THAT(Authorize("acme"), HasSubstr("client_id=acme-client"));
  EXPECT_THAT(Authorize("globex"), HasSubstr("client_id=server-client"));
  ASSERT_TRUE(connections.applications().Delete("acme", "aircall").ok());
  EXPECT_THAT(Authorize("acme"), HasSubstr("client_id=server-client"));
  EXPECT_EQ(connections.applications().Delete("acme", "aircall").error().code,
            "APPLICATION_NOT_FOUND");
}

TEST_F(OAuthApplications, KeepsTheSecretSealedForThatTenantAndConnector) {
  const auto stored = connections.applications().Set(Own());
  ASSERT_TRUE(stored.ok());
  EXPECT_THAT(stored->sealed_secret, Not(HasSubstr("acme-secret")));
  EXPECT_EQ(
      vault.Open(stored->sealed_secret, ports::ApplicationContext("acme", "aircall"))->Reveal(),
      "acme-secret");
  EXPECT_FALSE(
      vault.Open(stored->sealed_secret, ports::ApplicationContext("globex", "aircall")).ok());
  EXPECT_THAT(*connections.applications().List("globex"), SizeIs(0));
  EXPECT_THAT(*connections.applications().List("acme"), SizeIs(1));
}

TEST_F(OAuthApplications, AHostOfTheTenantsOwnHasItsLinksAndItsReturn) {
  ApplicationRequest own = Own();
  own.redirect_url = "https://connect.acme.example/oauth/callback";
  const auto stored = connections.applications().Set(own);
  ASSERT_TRUE(stored.ok()) << stored.error().message;
  EXPECT_THAT(Authorize("acme"),
              HasSubstr("redirect_uri=https%3A%2F%2Fconnect.acme.example%2Foauth%2Fcallback"));
  EXPECT_THAT(connections.CreateSession({.tenant = "acme", .return_url = ""})->url,
              StartsWith("https://connect.acme.example/connect/"));
  EXPECT_THAT(connections.applications().InstallUrlOf(*stored),
              StartsWith("https://connect.acme.example/install/aircall/"));
  EXPECT_THAT(connections.CreateSession({.tenant = "globex", .return_url = ""})->url,
              StartsWith("https://switchboard.example/connect/"));
}

TEST_F(OAuthApplications, RefusesWhatCannotWork) {
  ApplicationRequest wrong = Own();
  wrong.connector = "fax";
  ExpectRefused(wrong, "CONNECTOR_UNKNOWN");
  for (const char* id : {"", "two words", "line\n"}) {
    wrong = Own();
    wrong.client_id = id;
    ExpectRefused(wrong, "APPLICATION_INVALID");
  }
  wrong = Own();
  wrong.client_secret = Secret("");
  ExpectRefused(wrong, "APPLICATION_INVALID");
  for (const char* url : {"https://connect.acme.example/other", "http://x", "nonsense",
                          "https://connect.acme.example/oauth/callback?x=1"}) {
    wrong = Own();
    wrong.redirect_url = url;
    ExpectRefused(wrong, "APPLICATION_INVALID");
  }
  wrong = Own();
  wrong.redirect_url = "https://evil.example/oauth/callback";
  ExpectRefused(wrong, "ADDRESS_NOT_ALLOWED");
  wrong = Own();
  wrong.claim_url = "https://evil.example/claim";
  ExpectRefused(wrong, "ADDRESS_NOT_ALLOWED");
}

TEST_F(OAuthApplications, AWrongSecretIsTheProvidersRefusalAndNothingLeaks) {
  ApplicationRequest own = Own();
  own.client_id = far_side.client().id;
  ASSERT_TRUE(connections.applications().Set(own).ok());
  const auto refused = ConnectByOAuth();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "OAUTH_CODE_REFUSED");
  EXPECT_THAT(refused.error().message, AllOf(HasSubstr("400"), Not(HasSubstr("acme-secret"))));
}

}  // namespace
}  // namespace sb
