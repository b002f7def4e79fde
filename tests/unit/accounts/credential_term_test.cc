#include "engine/accounts/credential_term.h"

#include <gtest/gtest.h>

#include "tests/support/seeded_random.h"
#include "tests/unit/accounts/accounts_world.h"

namespace sb {
namespace {

using accounts::MarginOf;
using accounts::TermOf;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const connector::Connector& Aircall() {
  return *testing::ShippedConnectors().FindConnector("aircall");
}

connector::TokenGrant Grant(std::optional<seconds> life, bool renewable) {
  connector::TokenGrant grant{{"oauth", {{"access_token", Secret("a")}}}, life};
  if (renewable) grant.credential.values.emplace("refresh_token", "r");
  return grant;
}

TEST(Term, ATokenIsRenewedATenthOfItsLifeBeforeItsEndButTwoMinutesAtLeast) {
  EXPECT_EQ(MarginOf(hours(10)), hours(1));
  EXPECT_EQ(MarginOf(minutes(10)), minutes(2));
  EXPECT_EQ(MarginOf(seconds(30)), seconds(15)) << "half of a short life";
}

TEST(Term, WhatWasGrantedTogetherIsNotRenewedTogether) {
  testing::SeededRandom random;
  const WallTime now = testing::kStoryTime;
  const auto first = TermOf(Aircall(), Grant(hours(1), true), now, random);
  const auto second = TermOf(Aircall(), Grant(hours(1), true), now, random);
  EXPECT_NE(first.due_at, second.due_at);
  for (const auto& term : {first, second}) {
    EXPECT_EQ(term.expires_at, now + hours(1));
    EXPECT_LE(term.due_at, now + minutes(54));
    EXPECT_GE(term.due_at, now + minutes(51));
  }
}

TEST(Term, ARefreshTokenIsUsedAtLeastOnceADay) {
  testing::SeededRandom random;
  for (const std::optional<seconds> life :
       {std::optional<seconds>(), std::optional<seconds>(hours(999))}) {
    const auto term = TermOf(Aircall(), Grant(life, true), testing::kStoryTime, random);
    ASSERT_TRUE(term.due_at);
    EXPECT_LE(*term.due_at, testing::kStoryTime + hours(24));
    EXPECT_GE(*term.due_at, testing::kStoryTime + hours(18));
  }
}

TEST(Term, ATokenThatLastsAndCannotBeRenewedNeedsNoCare) {
  testing::SeededRandom random;
  const auto term = TermOf(Aircall(), Grant({}, false), testing::kStoryTime, random);
  EXPECT_FALSE(term.expires_at);
  EXPECT_FALSE(term.due_at);
}

TEST(Term, ATokenThatEndsAndCannotBeRenewedIsSeenToBeforeItsEnd) {
  testing::SeededRandom random;
  const auto term = TermOf(Aircall(), Grant(hours(1), false), testing::kStoryTime, random);
  EXPECT_LT(term.due_at, term.expires_at);
}

}  // namespace
}  // namespace sb
