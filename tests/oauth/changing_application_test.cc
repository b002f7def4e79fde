// Applications come and go; a strict provider renews a token for the one that it was given to
// alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/oauth/notebook_world.h"

namespace sb::live {
namespace {

using ::testing::HasSubstr;

class ChangingApplication : public ::testing::Test {
 protected:
  /// The tenant brings along an application of its own, as the provider knows it.
  Json BringTheOther() {
    // At the end the world searches all that was logged, printed and stored for it.
    world_.fleet.outside().Plant("secret of the tenant's application",
                                 world_.provider.other_client_secret());
    return world_.fleet.CliJson(0,
                                {"application", "set", "--tenant", "acme", "--connector",
                                 "notebook", "--client-id", world_.provider.other_client_id()},
                                world_.provider.other_client_secret());
  }

  /// The access token is gone: what uses the account next renews it.
  std::string UseAnew(const std::string& account) {
    world_.provider.ExpireAccessTokensOf("ada");
    return world_.Use(0, account);
  }

  Json Applications() {
    return world_.fleet.CliJson(0, {"application", "list", "--tenant", "acme"});
  }

  NotebookWorld world_{1};
};

TEST_F(ChangingApplication, AccountsAreRenewedWithTheOneThatTheyWereConnectedWith) {
  const std::string account = world_.Connect("ada");
  BringTheOther();
  EXPECT_EQ(UseAnew(account), "") << "with the server's, which it was connected with";
  EXPECT_THAT(world_.StateOf(account), HasSubstr("STATE_ACTIVE"));

  EXPECT_EQ(world_.Connect("ada"), account) << "connected again, now with the tenant's own";
  EXPECT_EQ(UseAnew(account), "");
  EXPECT_EQ(Member(Applications(), "applications").at(0).at("accounts"), 1);

  const Json deleted = world_.fleet.CliJson(
      0, {"application", "delete", "--tenant", "acme", "--connector", "notebook"});
  EXPECT_EQ(Member(deleted, "accounts"), 1);
  EXPECT_EQ(UseAnew(account), "") << "with the one that was deleted";
  EXPECT_THAT(world_.StateOf(account), HasSubstr("STATE_ACTIVE"));

  EXPECT_EQ(world_.Connect("ada"), account) << "connected again, now with the server's";
  EXPECT_EQ(UseAnew(account), "");
}

}  // namespace
}  // namespace sb::live
