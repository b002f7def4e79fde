// With which application an account is renewed, whatever became of it since the account was
// connected.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/accounts/renewal_world.h"

namespace sb {
namespace {

using accounts::RefreshOutcome;
using ports::AccountState;
using ports::ApplicationKey;
using std::chrono::hours;
using std::chrono::minutes;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class RenewingApplication : public ::testing::Test, protected testing::RenewalWorld {
 protected:
  void Bring(const std::string& tenant, const std::string& client_id, const std::string& secret) {
    const auto stored =
        connections.applications().Set({tenant, "aircall", client_id, Secret(secret), "", ""});
    ASSERT_TRUE(stored.ok()) << stored.error().message;
  }

  /// The customer consents to the application that the tenant has now; the token endpoint answers.
  void ConnectAgain() {
    Script({Granted(access_token, "refresh-1")});
    const auto departure = connections.BeginOAuth(NewLink());
    ASSERT_TRUE(departure.ok());
    const auto connected =
        connections.FinishOAuth({"a-code", departure->state, "", departure->browser_cookie});
    ASSERT_TRUE(connected.ok()) << connected.error().message;
    ASSERT_EQ(connected->id, account.id) << "the same company is the same account";
  }

  RefreshOutcome Renew() {
    Script({Granted(access_token, "refresh-2")});
    clock.Advance(minutes(1));
    const auto report =
        refresher.Refresh(account, *testing::ShippedConnectors().FindConnector("aircall"),
                          accounts.GetCredential(account.id)->generation);
    EXPECT_TRUE(report.ok());
    return report.ok() ? report->outcome : RefreshOutcome::kUnanswered;
  }

  /// The client id and secret that the last renewal was sent with.
  std::string RenewedWith() {
    const Json sent = Json::parse(last_token_request.body);
    return TextMember(sent, "client_id") + " " + TextMember(sent, "client_secret");
  }

  ApplicationKey Noted() { return accounts.GetCredential(account.id)->application; }

  std::vector<std::string> Kept() {
    std::vector<std::string> kept;
    const auto former = applications.ListFormer({});
    for (const auto& each : *former) kept.push_back(each.key.client_id);
    return kept;
  }

  std::string configured_ = far_side.client().id + " " + far_side.client().secret;
};

TEST_F(RenewingApplication,
       AnAccountThatWasConnectedWithTheTenantsFormerApplicationIsRenewedWithThatOne) {
  Bring("acme", "former", "former-secret");
  ConnectAgain();
  Bring("acme", "present", "present-secret");
  EXPECT_EQ(Renew(), RefreshOutcome::kRenewed);
  EXPECT_EQ(RenewedWith(), "former former-secret");
  EXPECT_EQ(Renew(), RefreshOutcome::kRenewed);
  EXPECT_EQ(RenewedWith(), "former former-secret") << "and so the next time";
}

TEST_F(RenewingApplication, ConnectingAgainMovesItToThePresentOne) {
  Bring("acme", "former", "former-secret");
  ConnectAgain();
  Bring("acme", "present", "present-secret");
  ConnectAgain();
  EXPECT_EQ(Noted(), (ApplicationKey{"acme", "present"}));
  EXPECT_EQ(Renew(), RefreshOutcome::kRenewed);
  EXPECT_EQ(RenewedWith(), "present present-secret");
}

TEST_F(RenewingApplication, AnotherSecretOfTheSameApplicationIsForAllItsAccounts) {
  Bring("acme", "theirs", "old-secret");
  ConnectAgain();
  Bring("acme", "theirs", "new-secret");
  EXPECT_EQ(Renew(), RefreshOutcome::kRenewed);
  EXPECT_EQ(RenewedWith(), "theirs new-secret");
  EXPECT_THAT(Kept(), IsEmpty());
}

TEST_F(RenewingApplication, ADeletedOneRenewsItsAccountsAndNobodyIsConnectedWithIt) {
  Bring("acme", "theirs", "their-secret");
  ConnectAgain();
  EXPECT_EQ(*connections.applications().Delete("acme", "aircall"), 1);
  EXPECT_EQ(Renew(), RefreshOutcome::kRenewed);
  EXPECT_EQ(RenewedWith(), "theirs their-secret");
  EXPECT_THAT(connections.BeginOAuth(NewLink())->authorize_url,
              HasSubstr("client_id=" + far_side.client().id));
}

TEST_F(RenewingApplication, TheConfiguredOneGoesOnAfterTheTenantBringsItsOwn) {
  ConnectAgain();
  EXPECT_EQ(Noted(), (ApplicationKey{"", far_side.client().id}));
  Bring("acme", "theirs", "their-secret");
  EXPECT_EQ(Renew(), RefreshOutcome::kRenewed);
  EXPECT_EQ(RenewedWith(), configured_);
}

TEST_F(RenewingApplication, TheServersStoredOneGoesOnAfterTheTenantBringsItsOwn) {
  Bring("", "ours", "our-secret");
  ConnectAgain();
  Bring("acme", "theirs", "their-secret");
  Bring("", "ours-too", "another-secret");
  EXPECT_EQ(Renew(), RefreshOutcome::kRenewed);
  EXPECT_EQ(RenewedWith(), "ours our-secret");
}

TEST_F(RenewingApplication, ATenantsSecretForTheServersClientIdIsNotTheServers) {
  ConnectAgain();
  Bring("acme", far_side.client().id, "a-guess");
  EXPECT_EQ(Renew(), RefreshOutcome::kRenewed);
  EXPECT_EQ(RenewedWith(), configured_);
}

TEST_F(RenewingApplication, WhereNobodyWroteItDownTheConfiguredOneRenewsAndIsNoted) {
  Put("refresh-1", hours(1));
  ASSERT_EQ(Noted(), ApplicationKey());
  Bring("acme", "theirs", "their-secret");
  EXPECT_EQ(Renew(), RefreshOutcome::kRenewed);
  EXPECT_EQ(RenewedWith(), configured_);
  EXPECT_EQ(Noted(), (ApplicationKey{"", far_side.client().id}));
}

TEST_F(RenewingApplication, OneThatIsKnownNoMoreIsNamedAndNothingIsSent) {
  const ApplicationKey gone{"", "of-last-year"};
  const auto stored = accounts.GetCredential(account.id);
  auto credential = shelf.Get(account);
  ASSERT_TRUE(shelf.Put(account, *credential, {stored->expires_at, stored->due_at}, gone).ok());
  generation = accounts.GetCredential(account.id)->generation;
  clock.Set(*stored->due_at);
  care.OnDue(account.id);
  EXPECT_EQ(state(), AccountState::kExpiring) << "it works until its end";
  EXPECT_THAT(reason(), HasSubstr("of-last-year"));

  clock.Set(*stored->expires_at);
  care.OnDue(account.id);
  EXPECT_EQ(state(), AccountState::kNeedsReauth);
  EXPECT_EQ(accounts.Get(account.id)->state_code, "APPLICATION_GONE");
  EXPECT_THAT(reason(), AllOf(HasSubstr("of-last-year"), HasSubstr("connect the account again"),
                              Not(HasSubstr("invalid_client"))));
  EXPECT_THAT(asked_with, IsEmpty());

  Bring("", "of-last-year", "found-again");
  EXPECT_EQ(Renew(), RefreshOutcome::kRenewed);
  EXPECT_EQ(RenewedWith(), "of-last-year found-again");
}

TEST_F(RenewingApplication, ARefusedCredentialOfOneThatIsKnownNoMoreNeedsAPerson) {
  auto credential = shelf.Get(account);
  ASSERT_TRUE(shelf.Put(account, *credential, {}, {"", "of-last-year"}).ok());
  generation = accounts.GetCredential(account.id)->generation;
  far_side.RemoveApp();
  EXPECT_EQ(care.OnRefused(account.id, generation), ports::CredentialVerdict::kDead);
  EXPECT_EQ(state(), AccountState::kNeedsReauth);
  EXPECT_EQ(accounts.Get(account.id)->state_code, "APPLICATION_GONE");
}

TEST_F(RenewingApplication, AFormerOneIsKeptWhileAnAccountNeedsItAndThenErased) {
  Bring("acme", "former", "former-secret");
  ConnectAgain();
  Bring("acme", "present", "present-secret");
  clock.Advance(hours(2));
  ASSERT_TRUE(connections.applications().ForgetUnused().ok());
  EXPECT_THAT(Kept(), ElementsAre("former"));
  const auto listed = connections.applications().List("acme");
  ASSERT_THAT(*listed, SizeIs(2));
  EXPECT_TRUE(listed->front().present);
  EXPECT_EQ(listed->back().key.client_id, "former");
  EXPECT_EQ(listed->back().accounts, 1);

  ConnectAgain();
  ASSERT_TRUE(connections.applications().ForgetUnused().ok());
  EXPECT_THAT(Kept(), IsEmpty());
}

TEST_F(RenewingApplication, ADisconnectedAccountNeedsNone) {
  Bring("acme", "theirs", "their-secret");
  ConnectAgain();
  ASSERT_TRUE(connections.Disconnect(account.id).ok());
  EXPECT_EQ(*connections.applications().Delete("acme", "aircall"), 0);
  EXPECT_THAT(*connections.applications().List("acme"), IsEmpty());
  ASSERT_TRUE(connections.applications().ForgetUnused().ok());
  EXPECT_THAT(Kept(), ElementsAre("theirs")) << "somebody may be connecting with it";
  clock.Advance(hours(1) + minutes(1));
  ASSERT_TRUE(connections.applications().ForgetUnused().ok());
  EXPECT_THAT(Kept(), IsEmpty());
}

TEST_F(RenewingApplication, ItsSecretIsSealedForItsTenantAlone) {
  Bring("acme", "former", "former-secret");
  Bring("acme", "present", "present-secret");
  const auto former = applications.ListFormer("acme");
  ASSERT_THAT(*former, SizeIs(1));
  const std::string& sealed = former->front().sealed_secret;
  EXPECT_THAT(sealed, Not(HasSubstr("former-secret")));
  EXPECT_EQ(vault.Open(sealed, ports::ApplicationContext("acme", "aircall"))->Reveal(),
            "former-secret");
  EXPECT_FALSE(vault.Open(sealed, ports::ApplicationContext("", "aircall")).ok());
}

}  // namespace
}  // namespace sb
