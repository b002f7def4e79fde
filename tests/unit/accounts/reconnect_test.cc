// An account that is connected again keeps its id, its history and its work.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/accounts/accounts_world.h"

namespace sb {
namespace {

using ports::Account;
using ports::AccountState;
using ::testing::SizeIs;
using ::testing::StartsWith;

class Reconnect : public ::testing::Test, protected testing::AccountsWorld {
 protected:
  std::vector<Account> All() { return accounts.List({}, {})->items; }
};

TEST_F(Reconnect, BringsBackAnAccountThatWasShutOut) {
  const Account account = *ConnectByOAuth();
  for (const auto cause : {accounts::Cause::kCredentialRefused, accounts::Cause::kGrantTakenBack}) {
    ASSERT_TRUE(book.Note(account.id, {cause, "gone"}).ok());
    const auto again = ConnectByOAuth();
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again->id, account.id);
    EXPECT_EQ(again->state, AccountState::kActive);
    EXPECT_EQ(again->state_reason, "");
  }
}

TEST_F(Reconnect, ByOAuthKeepsAnAccountThatWasMadeWithAKey) {
  const Account by_key = *ConnectByKey();
  EXPECT_THAT(by_key.external_id, StartsWith("key:"));
  const auto by_oauth = ConnectByOAuth();
  ASSERT_TRUE(by_oauth.ok()) << by_oauth.error().message;
  EXPECT_EQ(by_oauth->id, by_key.id);
  EXPECT_EQ(by_oauth->method, ports::AuthMethod::kOAuth);
  EXPECT_EQ(by_oauth->external_id, "61001");
  EXPECT_THAT(All(), SizeIs(1));
  EXPECT_THAT(far_side.hooks(), SizeIs(1)) << "the key's webhook is gone";
  EXPECT_EQ(ConnectByOAuth()->id, by_key.id);
}

TEST_F(Reconnect, WithAKeyKeepsAnAccountThatWasMadeByOAuth) {
  const Account by_oauth = *ConnectByOAuth();
  const auto by_key = ConnectByKey();
  ASSERT_TRUE(by_key.ok()) << by_key.error().message;
  EXPECT_EQ(by_key->id, by_oauth.id);
  EXPECT_EQ(by_key->method, ports::AuthMethod::kApiKey);
  EXPECT_EQ(by_key->external_id, "61001") << "what is known stays known";
  EXPECT_THAT(far_side.hooks(), SizeIs(1));
}

TEST_F(Reconnect, OfAnotherTenantIsAnotherAccount) {
  ASSERT_TRUE(ConnectByKey().ok());
  ASSERT_TRUE(connections.ConnectWithKey({"other", "aircall", GoodKey()}).ok());
  EXPECT_THAT(All(), SizeIs(2));
}

TEST_F(Reconnect, AfterItWasDisconnectedIsAnotherAccount) {
  const Account former = *ConnectByKey();
  ASSERT_TRUE(connections.Disconnect(former.id).ok());
  EXPECT_NE(ConnectByOAuth()->id, former.id);
}

}  // namespace
}  // namespace sb
