#include "engine/accounts/credential_care.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/accounts/renewal_world.h"

namespace sb {
namespace {

using ports::AccountState;
using ports::CredentialVerdict;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Care : public ::testing::Test, protected testing::RenewalWorld {
 protected:
  CredentialVerdict Refused() { return care.OnRefused(account.id, generation); }

  void ProviderIsAway() {
    far_side.interfere = [](const std::string&, const std::string&) {
      return std::optional<Answer>(Unavailable("HTTP_UNREACHABLE", "nobody is there"));
    };
  }

  void ComeToItsTime() { clock.Set(*accounts.GetCredential(account.id)->due_at); }

  std::vector<AccountId> Due() { return *refreshes.Due({account.slot}, clock.Now(), 10); }
};

// ---- A refused request

TEST_F(Care, ARefusalOfOneRequestKillsNothingWhileTheCredentialWorks) {
  EXPECT_EQ(Refused(), CredentialVerdict::kGood);
  EXPECT_EQ(state(), AccountState::kActive);
  EXPECT_THAT(asked_with, IsEmpty());
}

TEST_F(Care, ARefusedCredentialIsRenewed) {
  far_side.RemoveApp();
  EXPECT_EQ(Refused(), CredentialVerdict::kReplaced);
  EXPECT_EQ(Stored("access_token"), "access-2");
  EXPECT_EQ(state(), AccountState::kActive);
}

TEST_F(Care, AnExpiredCredentialIsRenewedWithoutATry) {
  clock.Advance(hours(1));
  const std::size_t before = far_side.log().size();
  EXPECT_EQ(Refused(), CredentialVerdict::kReplaced);
  EXPECT_EQ(far_side.log().size(), before);
}

TEST_F(Care, AnOlderGenerationHasBeenReplacedAlready) {
  Put("refresh-9", hours(1));
  const std::size_t before = far_side.log().size();
  EXPECT_EQ(care.OnRefused(account.id, generation - 1), CredentialVerdict::kReplaced);
  EXPECT_EQ(far_side.log().size(), before);
}

TEST_F(Care, WhatNothingCanRenewNeedsAPerson) {
  Put("", {});
  far_side.RemoveApp();
  EXPECT_EQ(Refused(), CredentialVerdict::kDead);
  EXPECT_EQ(state(), AccountState::kNeedsReauth);
  EXPECT_THAT(told, SizeIs(1));
  EXPECT_EQ(Refused(), CredentialVerdict::kDead);
  EXPECT_THAT(told, SizeIs(1)) << "once";
}

TEST_F(Care, AProviderThatIsAwayKillsNothing) {
  ProviderIsAway();
  EXPECT_EQ(Refused(), CredentialVerdict::kUnknown);
  EXPECT_EQ(state(), AccountState::kActive);
}

TEST_F(Care, ARenewalWithoutAnAnswerKillsNothing) {
  clock.Advance(hours(1));
  Script({Lost()});
  EXPECT_EQ(Refused(), CredentialVerdict::kUnknown);
  EXPECT_EQ(state(), AccountState::kExpiring);
  EXPECT_THAT(reason(), HasSubstr("no answer"));
  clock.Advance(seconds(5));
  Script({Granted("access-2", "refresh-2")});
  EXPECT_EQ(Refused(), CredentialVerdict::kReplaced);
  EXPECT_EQ(state(), AccountState::kActive);
  EXPECT_EQ(reason(), "");
}

TEST_F(Care, ADeadGrantOfARefusedCredentialNeedsAPerson) {
  far_side.RemoveApp();
  Script({testing::RenewalWorld::Refused("invalid_grant")});
  EXPECT_EQ(Refused(), CredentialVerdict::kDead);
  EXPECT_EQ(state(), AccountState::kNeedsReauth);
  EXPECT_THAT(reason(), HasSubstr("invalid_grant"));
}

TEST_F(Care, ARefusedApplicationSuspends) {
  far_side.RemoveApp();
  Script({testing::RenewalWorld::Refused("unauthorized_client")});
  EXPECT_EQ(Refused(), CredentialVerdict::kDead);
  EXPECT_EQ(state(), AccountState::kSuspended);
  EXPECT_THAT(reason(), HasSubstr("application"));
}

TEST_F(Care, OfAnAccountThatIsShutOutNothingIsAsked) {
  ASSERT_TRUE(book.Note(account.id, {accounts::Cause::kGrantTakenBack, "gone"}).ok());
  const std::size_t before = far_side.log().size();
  EXPECT_EQ(Refused(), CredentialVerdict::kDead);
  EXPECT_EQ(far_side.log().size(), before);
}

// ---- The customer removed us

TEST_F(Care, TheProvidersWordThatTheCustomerRemovedUsRevokes) {
  far_side.RemoveApp();
  ASSERT_TRUE(care.OnGrantTakenBack(account.id).ok());
  EXPECT_EQ(state(), AccountState::kRevoked);
  EXPECT_EQ(accounts.Get(account.id)->state_code, "GRANT_TAKEN_BACK");
  EXPECT_EQ(accounts.Get(account.id)->state_by, "customer");
}

TEST_F(Care, ThatWordHoldsForAnAccountThatWasFoundRefusedBefore) {
  far_side.RemoveApp();
  ASSERT_TRUE(book.Note(account.id, {accounts::Cause::kCredentialRefused, "refused"}).ok());
  ASSERT_TRUE(care.OnGrantTakenBack(account.id).ok());
  EXPECT_EQ(state(), AccountState::kRevoked);
}

TEST_F(Care, AWordThatComesAfterTheyConnectedUsAgainIsNotBelieved) {
  ASSERT_TRUE(care.OnGrantTakenBack(account.id).ok());
  EXPECT_EQ(state(), AccountState::kActive);
}

// ---- Its time has come

TEST_F(Care, ACredentialIsRenewedBeforeItsEnd) {
  ComeToItsTime();
  EXPECT_THAT(Due(), ElementsAre(account.id));
  care.OnDue(account.id);
  EXPECT_EQ(Stored("access_token"), "access-2");
  EXPECT_EQ(state(), AccountState::kActive);
  EXPECT_THAT(Due(), IsEmpty());
}

TEST_F(Care, WithoutAnAnswerTheAccountGoesOnAndSaysSo) {
  ComeToItsTime();
  Script({Lost()});
  care.OnDue(account.id);
  EXPECT_EQ(state(), AccountState::kExpiring);
  EXPECT_THAT(Due(), IsEmpty());
  clock.Advance(seconds(30));
  EXPECT_THAT(Due(), ElementsAre(account.id)) << "it is tried again";
  Script({Granted("access-2", "refresh-2")});
  care.OnDue(account.id);
  EXPECT_EQ(state(), AccountState::kActive);
}

TEST_F(Care, ADeadGrantEndsWithItsAccessToken) {
  ComeToItsTime();
  Script({testing::RenewalWorld::Refused("invalid_grant")});
  care.OnDue(account.id);
  EXPECT_EQ(state(), AccountState::kExpiring) << "what was given works until its end";
  EXPECT_THAT(Due(), IsEmpty());
  ComeToItsTime();
  care.OnDue(account.id);
  EXPECT_EQ(state(), AccountState::kNeedsReauth);
  EXPECT_THAT(Due(), IsEmpty());
}

TEST_F(Care, ADeadGrantWhoseAccessTokenIsRefusedTooNeedsAPersonAtOnce) {
  ComeToItsTime();
  Script({testing::RenewalWorld::Refused("invalid_grant")});
  far_side.RemoveApp();
  care.OnDue(account.id);
  EXPECT_EQ(state(), AccountState::kNeedsReauth);
}

TEST_F(Care, ATokenThatEndsAndCannotBeRenewedIsAnnounced) {
  Put("", hours(1));
  ComeToItsTime();
  care.OnDue(account.id);
  EXPECT_EQ(state(), AccountState::kExpiring);
  ComeToItsTime();
  care.OnDue(account.id);
  EXPECT_EQ(state(), AccountState::kNeedsReauth);
  EXPECT_THAT(asked_with, IsEmpty());
}

TEST_F(Care, ASuspendedAccountComesBackWithItsApplication) {
  ComeToItsTime();
  Script({testing::RenewalWorld::Refused("invalid_client")});
  care.OnDue(account.id);
  EXPECT_EQ(state(), AccountState::kSuspended);
  Script({Granted("access-2", "refresh-2")});
  clock.Advance(minutes(5));
  EXPECT_THAT(Due(), ElementsAre(account.id));
  care.OnDue(account.id);
  EXPECT_EQ(state(), AccountState::kActive);
}

TEST_F(Care, TheRoutineOfATokenThatLastsWorriesNobody) {
  Put("refresh-1", {});
  Script({Lost()});
  care.OnDue(account.id);
  EXPECT_EQ(state(), AccountState::kActive);
}

TEST_F(Care, OfAnAccountThatNeedsAPersonNothingIsDue) {
  ComeToItsTime();
  ASSERT_TRUE(book.Note(account.id, {accounts::Cause::kCredentialRefused, "gone"}).ok());
  care.OnDue(account.id);
  EXPECT_THAT(asked_with, IsEmpty());
  EXPECT_THAT(Due(), IsEmpty());
}

TEST_F(Care, ACheckRenewsWhatHasEnded) {
  clock.Advance(hours(1));
  far_side.RemoveApp();
  const auto check = connections.Check(account.id);
  ASSERT_TRUE(check.ok());
  EXPECT_TRUE(check->healthy);
  EXPECT_THAT(check->detail, HasSubstr("renewed"));
}

}  // namespace
}  // namespace sb
