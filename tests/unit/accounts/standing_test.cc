#include "engine/accounts/standing.h"

#include <set>

#include <gtest/gtest.h>

namespace sb::accounts {
namespace {

using ports::Account;
using ports::AccountState;
using enum ports::AccountState;

constexpr AccountState kStates[] = {kConnecting, kActive,   kNeedsReauth, kRevoked,
                                    kSuspended,  kExpiring, kDisconnected};

/// The states from which a cause leads to `to`.
std::set<AccountState> From(Cause cause, AccountState to) {
  std::set<AccountState> states;
  for (const AccountState state : kStates) {
    Account account;
    account.state = state;
    if (StateAfter(account, cause) == to) states.insert(state);
  }
  return states;
}

using States = std::set<AccountState>;

TEST(AccountStanding, ConnectingAgainOpensWhatWasShutOutAndLeavesWhatWorks) {
  EXPECT_EQ(From(Cause::kConnectBegun, kConnecting),
            (States{kConnecting, kNeedsReauth, kRevoked, kSuspended}));
  EXPECT_EQ(From(Cause::kConnected, kActive),
            (States{kConnecting, kActive, kNeedsReauth, kRevoked, kSuspended, kExpiring}));
}

TEST(AccountStanding, ARenewalBringsBackAllButWhatIsBeingConnected) {
  EXPECT_EQ(From(Cause::kRenewed, kActive),
            (States{kActive, kNeedsReauth, kRevoked, kSuspended, kExpiring}));
}

TEST(AccountStanding, ACheckBringsBackWhatWasShutOutForItsCredential) {
  EXPECT_EQ(From(Cause::kFoundWorking, kActive), (States{kNeedsReauth, kRevoked}));
}

TEST(AccountStanding, OnlyWhatWorksCanExpireOrBeRefused) {
  const States working = {kActive, kExpiring};
  EXPECT_EQ(From(Cause::kRenewalFails, kExpiring), working);
  EXPECT_EQ(From(Cause::kGrantEnds, kExpiring), working);
  EXPECT_EQ(From(Cause::kCredentialRefused, kNeedsReauth), working);
  EXPECT_EQ(From(Cause::kCredentialExpired, kNeedsReauth), working);
  EXPECT_EQ(From(Cause::kApplicationGone, kNeedsReauth), working);
}

TEST(AccountStanding, ARefusedApplicationSuspendsAlsoWhatNeedsAPerson) {
  EXPECT_EQ(From(Cause::kApplicationRefused, kSuspended),
            (States{kActive, kExpiring, kNeedsReauth}));
}

TEST(AccountStanding, TheCustomersWordHoldsInEveryStateButTheLast) {
  EXPECT_EQ(From(Cause::kGrantTakenBack, kRevoked),
            (States{kConnecting, kActive, kNeedsReauth, kRevoked, kSuspended, kExpiring}));
}

TEST(AccountStanding, WhatIsDisconnectedStaysSo) {
  Account account;
  account.state = kDisconnected;
  for (int cause = 0; cause <= static_cast<int>(Cause::kDisconnected); ++cause)
    EXPECT_FALSE(StateAfter(account, static_cast<Cause>(cause))) << cause;
}

TEST(AccountStanding, ThatNothingChangedIsSaid) {
  Account account;
  account.state = kActive;
  EXPECT_TRUE(Apply(account, {Cause::kCredentialRefused, "refused"}));
  EXPECT_EQ(account.state, kNeedsReauth);
  EXPECT_EQ(account.state_reason, "refused");
  EXPECT_FALSE(Apply(account, {Cause::kCredentialRefused, "again"}));
  EXPECT_EQ(account.state_reason, "refused");
}

}  // namespace
}  // namespace sb::accounts
