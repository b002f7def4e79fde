// An account that stands: checked, its subscription kept up, let go.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/accounts/accounts_world.h"

namespace sb {
namespace {

using ports::Account;
using ports::AccountState;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::Not;

class Standing : public ::testing::Test, protected testing::AccountsWorld {
 protected:
  Standing() : account_(*ConnectByOAuth()) { told.clear(); }

  void RemoveTheApp() { far_side.RemoveApp(); }

  void Set(AccountState state) {
    account_ = Stored(account_.id);
    account_.state = state;
    ASSERT_TRUE(accounts.Update(account_).ok());
  }

  Account account_;
};

TEST_F(Standing, AHealthyAccountSaysHowFastItAnswered) {
  const auto check = connections.Check(account_.id);
  ASSERT_TRUE(check.ok());
  EXPECT_TRUE(check->healthy);
  EXPECT_THAT(check->detail, HasSubstr("answered in"));
  EXPECT_TRUE(told.empty());
}

TEST_F(Standing, ARefusedCredentialTurnsTheAccountToNeedsReauth) {
  RemoveTheApp();
  const auto check = connections.Check(account_.id);
  ASSERT_TRUE(check.ok());
  EXPECT_FALSE(check->healthy);
  EXPECT_EQ(Stored(account_.id).state, AccountState::kNeedsReauth);
  EXPECT_EQ(Stored(account_.id).state_reason, check->detail);
  ASSERT_EQ(told.size(), 1U);
}

TEST_F(Standing, ACredentialThatWorksAgainTurnsItBackToActive) {
  Set(AccountState::kNeedsReauth);
  EXPECT_TRUE(connections.Check(account_.id)->healthy);
  EXPECT_EQ(Stored(account_.id).state, AccountState::kActive);
  EXPECT_EQ(told.size(), 1U);
}

TEST_F(Standing, AProviderInTroubleChangesNothing) {
  http.SetWorld({});
  const auto check = connections.Check(account_.id);
  ASSERT_TRUE(check.ok());
  EXPECT_FALSE(check->healthy);
  EXPECT_EQ(Stored(account_.id).state, AccountState::kActive);
}

TEST_F(Standing, ASuspendedAccountStaysSuspendedWhateverTheProviderSays) {
  Set(AccountState::kSuspended);
  EXPECT_TRUE(connections.Check(account_.id)->healthy);
  EXPECT_EQ(Stored(account_.id).state, AccountState::kSuspended);
}

TEST_F(Standing, AnUnknownAccountCanNeitherBeCheckedNorRefreshedNorLetGo) {
  const AccountId nobody(77);
  EXPECT_EQ(connections.Check(nobody).error().code, "ACCOUNT_NOT_FOUND");
  EXPECT_EQ(connections.RefreshSubscription(nobody).error().code, "ACCOUNT_NOT_FOUND");
  EXPECT_EQ(connections.Disconnect(nobody).error().code, "ACCOUNT_NOT_FOUND");
}

TEST_F(Standing, ARefreshDoesNothingWhenTheWebhookIsRight) {
  const std::size_t before = far_side.log().size();
  ASSERT_TRUE(connections.RefreshSubscription(account_.id).ok());
  EXPECT_EQ(far_side.log().size(), before);
  EXPECT_TRUE(told.empty());
}

TEST_F(Standing, ARefreshChangesTheEventsOfTheWebhookThatIsThere) {
  wanted = {"io.aircall.call.hungup"};
  ASSERT_TRUE(connections.RefreshSubscription(account_.id).ok());
  ASSERT_EQ(far_side.hooks().size(), 1U);
  EXPECT_THAT(far_side.hooks()[0].events, ElementsAre("call.hungup", "integration.deleted"));
  EXPECT_EQ(far_side.hooks()[0].uuid, account_.webhook.remote_id);
  EXPECT_THAT(Stored(account_.id).webhook.events,
              ElementsAre("call.hungup", "integration.deleted"));
  EXPECT_EQ(told.size(), 1U);
}

TEST_F(Standing, ARefreshRegistersAWebhookThatSomebodyRemoved) {
  far_side.RemoveHooks();
  wanted = {"io.aircall.call.hungup"};
  ASSERT_TRUE(connections.RefreshSubscription(account_.id).ok());
  ASSERT_EQ(far_side.hooks().size(), 1U);
  EXPECT_EQ(Stored(account_.id).webhook.remote_id, far_side.hooks()[0].uuid);
}

TEST_F(Standing, ARefreshRevivesAWebhookThatTheProviderSwitchedOffWithinHalfAnHour) {
  far_side.SwitchHookOff(account_.webhook.remote_id);
  clock.Advance(std::chrono::minutes(30));
  ASSERT_TRUE(connections.RefreshSubscription(account_.id).ok());
  EXPECT_TRUE(far_side.hooks()[0].active);
  EXPECT_TRUE(told.empty());
  const std::size_t asked = far_side.log().size();
  ASSERT_TRUE(connections.RefreshSubscription(account_.id).ok());
  EXPECT_EQ(far_side.log().size(), asked);
}

TEST_F(Standing, TheFirstRefreshAfterARestartMovesTheWebhookToOurNewAddress) {
  public_url = "https://moved.example";
  accounts::Connections restarted(DependenciesOfConnections());
  ASSERT_TRUE(restarted.RefreshSubscription(account_.id).ok());
  ASSERT_EQ(far_side.hooks().size(), 1U);
  EXPECT_THAT(far_side.hooks()[0].url, HasSubstr("https://moved.example/webhooks/aircall/"));
}

TEST_F(Standing, ARefreshChangesNothingWhileNobodyKnowsWhatIsWanted) {
  wanted_error = Unavailable("DATABASE_UNAVAILABLE", "away");
  clock.Advance(std::chrono::hours(1));
  const Status refreshed = connections.RefreshSubscription(account_.id);
  ASSERT_FALSE(refreshed.ok());
  EXPECT_EQ(refreshed.error().code, "DATABASE_UNAVAILABLE");
  EXPECT_THAT(account_.webhook.events, ElementsAreArray(far_side.hooks()[0].events));
}

TEST_F(Standing, ARefreshLeavesAnAccountAloneThatIsNotActive) {
  Set(AccountState::kNeedsReauth);
  wanted = {"io.aircall.call.hungup"};
  const std::size_t before = far_side.log().size();
  EXPECT_TRUE(connections.RefreshSubscription(account_.id).ok());
  EXPECT_EQ(far_side.log().size(), before);
}

TEST_F(Standing, ARefreshThatFailsSaysWhyAndChangesNothing) {
  http.SetWorld({});
  wanted = {"io.aircall.call.hungup"};
  EXPECT_FALSE(connections.RefreshSubscription(account_.id).ok());
  EXPECT_EQ(Stored(account_.id).webhook.events, account_.webhook.events);
}

TEST_F(Standing, LettingGoRemovesTheWebhookErasesTheCredentialAndKeepsTheHistory) {
  ASSERT_TRUE(connections.Disconnect(account_.id).ok());
  EXPECT_TRUE(far_side.hooks().empty());
  EXPECT_EQ(accounts.GetCredential(account_.id)->sealed, "");
  const Account stored = Stored(account_.id);
  EXPECT_EQ(stored.state, AccountState::kDisconnected);
  EXPECT_EQ(stored.webhook.remote_id, "");
  EXPECT_EQ(stored.webhook.hook_id, account_.webhook.hook_id);
  EXPECT_EQ(stored.profile, account_.profile);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].state, AccountState::kDisconnected);
}

TEST_F(Standing, LettingGoTwiceIsNoError) {
  ASSERT_TRUE(connections.Disconnect(account_.id).ok());
  told.clear();
  EXPECT_TRUE(connections.Disconnect(account_.id).ok());
  EXPECT_TRUE(told.empty());
}

TEST_F(Standing, LettingGoWorksWhenTheProviderIsAwayOrTheCredentialDead) {
  http.SetWorld({});
  EXPECT_TRUE(connections.Disconnect(account_.id).ok());
  EXPECT_EQ(Stored(account_.id).state, AccountState::kDisconnected);
  EXPECT_EQ(accounts.GetCredential(account_.id)->sealed, "");
}

TEST_F(Standing, LettingGoRemovesTheWebhookOfASuspendedAccountToo) {
  Set(AccountState::kSuspended);
  ASSERT_TRUE(connections.Disconnect(account_.id).ok());
  EXPECT_TRUE(far_side.hooks().empty());
}

TEST_F(Standing, AnAccountThatWasLetGoSaysSoWhenChecked) {
  ASSERT_TRUE(connections.Disconnect(account_.id).ok());
  const auto check = connections.Check(account_.id);
  EXPECT_FALSE(check->healthy);
  EXPECT_THAT(check->detail, HasSubstr("connect it again"));
}

TEST_F(Standing, ConnectingACompanyAfterItWasLetGoMakesANewAccount) {
  ASSERT_TRUE(connections.Disconnect(account_.id).ok());
  const auto again = ConnectByOAuth();
  ASSERT_TRUE(again.ok());
  EXPECT_NE(again->id, account_.id);
  EXPECT_NE(again->webhook.hook_id, account_.webhook.hook_id);
}

}  // namespace
}  // namespace sb
