#include "engine/accounts/token_refresher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/accounts/renewal_world.h"

namespace sb {
namespace {

using accounts::RefreshOutcome;
using accounts::RefreshReport;
using accounts::TokenRefresher;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class Renewal : public ::testing::Test, protected testing::RenewalWorld {
 protected:
  RefreshReport Refresh(TokenRefresher& by, std::int64_t of) {
    const auto report =
        by.Refresh(account, *testing::ShippedConnectors().FindConnector("aircall"), of);
    EXPECT_TRUE(report.ok());
    return report.ok() ? *report : RefreshReport();
  }

  RefreshOutcome Refresh() { return Refresh(refresher, generation).outcome; }

  std::int64_t StoredGeneration() { return accounts.GetCredential(account.id)->generation; }

  TokenRefresher other_instance_{DependenciesOfRefresher(2)};
};

TEST_F(Renewal, ReplacesTheGenerationAndKeepsWhatWasGiven) {
  EXPECT_EQ(Refresh(), RefreshOutcome::kRenewed);
  EXPECT_EQ(StoredGeneration(), generation + 1);
  EXPECT_EQ(Stored("access_token"), "access-2");
  EXPECT_EQ(Stored("refresh_token"), "refresh-2");
  const auto stored = accounts.GetCredential(account.id);
  EXPECT_EQ(stored->expires_at, clock.Now() + minutes(60));
  EXPECT_LT(stored->due_at, clock.Now() + minutes(55));
  EXPECT_GT(stored->due_at, clock.Now() + minutes(50));
}

TEST_F(Renewal, SendsTheRefreshTokenAndOurApplication) {
  Refresh();
  EXPECT_EQ(Json::parse(last_token_request.body),
            Json({{"grant_type", "refresh_token"},
                  {"refresh_token", "refresh-1"},
                  {"client_id", far_side.client().id},
                  {"client_secret", far_side.client().secret}}));
}

TEST_F(Renewal, WhoComesLaterFindsItDone) {
  Refresh();
  EXPECT_EQ(Refresh(), RefreshOutcome::kRenewed);
  EXPECT_EQ(Refresh(other_instance_, generation).outcome, RefreshOutcome::kRenewed);
  EXPECT_THAT(asked_with, SizeIs(1));
}

TEST_F(Renewal, WhoComesMeanwhileWaits) {
  meanwhile = [this] {
    EXPECT_EQ(Refresh(), RefreshOutcome::kUnderWay) << "another thread";
    EXPECT_EQ(Refresh(other_instance_, generation).outcome, RefreshOutcome::kUnderWay);
  };
  EXPECT_EQ(Refresh(), RefreshOutcome::kRenewed);
  EXPECT_THAT(asked_with, SizeIs(1));
}

TEST_F(Renewal, ALostAnswerIsAskedForAgainAtOnceWithTheSameToken) {
  Script({Lost(), ports::HttpResponse{502, {}, "<html>"}, Granted("access-2", "refresh-2")});
  EXPECT_EQ(Refresh(), RefreshOutcome::kRenewed);
  EXPECT_THAT(asked_with, ElementsAre("refresh-1", "refresh-1", "refresh-1"));
}

TEST_F(Renewal, AfterThreeLostAnswersItLetsGo) {
  Script({Lost()});
  EXPECT_EQ(Refresh(), RefreshOutcome::kUnanswered);
  EXPECT_THAT(asked_with, SizeIs(3));
  Script({Granted("access-2", "refresh-2")});
  EXPECT_EQ(Refresh(other_instance_, generation).outcome, RefreshOutcome::kRenewed)
      << "another may try at once";
}

TEST_F(Renewal, AProviderThatSaysNotNowIsNotPressed) {
  Script({ports::HttpResponse{429, {}, ""}});
  EXPECT_EQ(Refresh(), RefreshOutcome::kUnanswered);
  EXPECT_EQ(Refresh(), RefreshOutcome::kUnanswered);
  EXPECT_THAT(asked_with, SizeIs(1)) << "it is left alone for a while";
  clock.Advance(seconds(2));
  Script({Granted("access-2", "refresh-2")});
  EXPECT_EQ(Refresh(), RefreshOutcome::kRenewed);
}

TEST_F(Renewal, TriesEndBeforeTheClaimDoes) {
  Script({Lost()});
  meanwhile = [this] { clock.Advance(seconds(18)); };
  EXPECT_EQ(Refresh(), RefreshOutcome::kUnanswered);
  EXPECT_THAT(asked_with, SizeIs(1));
}

TEST_F(Renewal, NothingLeavesAfterItsTime) {
  Refresh();
  EXPECT_TRUE(last_token_request.may_leave());
  clock.Advance(seconds(18));
  EXPECT_FALSE(last_token_request.may_leave()) << "we were asleep, and another may have sent";
}

TEST_F(Renewal, AnotherInstanceGoesOnWhereOneDied) {
  ASSERT_TRUE(*refreshes.Claim({account.id, generation, InstanceId(2), "dead"}, seconds(20)));
  EXPECT_EQ(Refresh(), RefreshOutcome::kUnderWay);
  EXPECT_THAT(asked_with, IsEmpty());
  clock.Advance(seconds(20));
  EXPECT_EQ(Refresh(), RefreshOutcome::kRenewed);
  EXPECT_THAT(asked_with, ElementsAre("refresh-1"));
}

TEST_F(Renewal, AnInstanceThatComesBackGoesOnAtOnce) {
  ASSERT_TRUE(*refreshes.Claim({account.id, generation, InstanceId(1), "dead"}, seconds(20)));
  EXPECT_EQ(Refresh(), RefreshOutcome::kRenewed);
}

TEST_F(Renewal, ARefusalIsNotBelievedWhereSomebodyElseWasFaster) {
  meanwhile = [this] { Put("by-a-person", std::chrono::hours(1)); };
  Script({Refused("invalid_grant")});
  const auto before = generation;
  EXPECT_EQ(Refresh(refresher, before).outcome, RefreshOutcome::kRenewed);
  EXPECT_THAT(asked_with, SizeIs(1));
  EXPECT_EQ(Stored("refresh_token"), "by-a-person");
}

TEST_F(Renewal, ARefusalThatStandsIsBelieved) {
  Script({Refused("invalid_grant")});
  const RefreshReport report = Refresh(refresher, generation);
  EXPECT_EQ(report.outcome, RefreshOutcome::kGrantDead);
  EXPECT_THAT(report.reason, HasSubstr("invalid_grant"));
  EXPECT_THAT(asked_with, SizeIs(1));
  EXPECT_EQ(StoredGeneration(), generation);
}

TEST_F(Renewal, TheRefreshTokenBeforeIsTriedOnce) {
  Refresh();
  Script({Refused("invalid_grant"), Granted("access-3", "refresh-3")});
  EXPECT_EQ(Refresh(refresher, generation + 1).outcome, RefreshOutcome::kRenewed);
  EXPECT_THAT(asked_with, ElementsAre("refresh-1", "refresh-2", "refresh-1"));
  EXPECT_EQ(Stored("access_token"), "access-3");

  Script({Refused("invalid_grant")});
  EXPECT_EQ(Refresh(refresher, generation + 2).outcome, RefreshOutcome::kGrantDead);
  EXPECT_THAT(asked_with, SizeIs(5));
}

TEST_F(Renewal, TheRefreshTokenBeforeIsForgottenAfterTenMinutes) {
  Refresh();
  clock.Advance(minutes(11));
  Script({Refused("invalid_grant")});
  EXPECT_EQ(Refresh(refresher, generation + 1).outcome, RefreshOutcome::kGrantDead);
  EXPECT_THAT(asked_with, ElementsAre("refresh-1", "refresh-2"));
}

TEST_F(Renewal, AnAnswerWithoutARefreshTokenLeavesTheOldOneInForce) {
  Script({Granted("access-2")});
  EXPECT_EQ(Refresh(), RefreshOutcome::kRenewed);
  EXPECT_EQ(Stored("refresh_token"), "refresh-1");
  EXPECT_EQ(refreshes.Read(account.id)->previous, "") << "nothing was replaced";
}

TEST_F(Renewal, ARefusedApplicationIsToldApart) {
  for (const char* error : {"invalid_client", "unauthorized_client"}) {
    Script({Refused(error, 401)});
    clock.Advance(minutes(3));
    EXPECT_EQ(Refresh(), RefreshOutcome::kApplicationRefused);
  }
}

TEST_F(Renewal, AnotherRefusalKillsNothing) {
  Script({Refused("temporarily_confused")});
  EXPECT_EQ(Refresh(), RefreshOutcome::kUnanswered);
}

TEST_F(Renewal, ATokenThatLastsNeedsNoneOfIt) {
  Put("", {});
  EXPECT_EQ(Refresh(), RefreshOutcome::kNotRenewable);
  ASSERT_TRUE(shelf.Erase(account).ok());
  EXPECT_EQ(Refresh(refresher, generation + 1).outcome, RefreshOutcome::kNotRenewable);
  EXPECT_THAT(asked_with, IsEmpty());
}

TEST_F(Renewal, WithoutOurApplicationItWaits) {
  has_application = false;
  const RefreshReport report = Refresh(refresher, generation);
  EXPECT_EQ(report.outcome, RefreshOutcome::kUnanswered);
  EXPECT_THAT(report.reason, HasSubstr("no OAuth application"));
  EXPECT_THAT(asked_with, IsEmpty());
}

TEST_F(Renewal, ReasonsShowNoSecrets) {
  Script({Refused("refresh-1 is what you sent")});
  const RefreshReport report = Refresh(refresher, generation);
  EXPECT_THAT(report.reason, Not(HasSubstr(far_side.client().secret)));
  EXPECT_THAT(report.reason, Not(HasSubstr(access_token)));
}

// ---- The database

/// A database that fails when a renewal is stored.
class FailingStore : public testing::MemoryRefreshStore {
 public:
  using MemoryRefreshStore::MemoryRefreshStore;

  Status Renew(const ports::RefreshClaim& claim, const ports::StoredCredential& next,
               const std::string& previous, Millis keep_previous) override {
    if (!failure) return MemoryRefreshStore::Renew(claim, next, previous, keep_previous);
    if (failure->kind == ErrorKind::kInDoubt)
      (void)MemoryRefreshStore::Renew(claim, next, previous, keep_previous).ok();
    return *failure;
  }

  std::optional<Error> failure;
};

class StoringARenewal : public Renewal {
 protected:
  StoringARenewal()
      : store_(accounts, clock), refresher_([this] {
          auto dependencies = DependenciesOfRefresher(3);
          return TokenRefresher({store_, dependencies.vault, dependencies.http, dependencies.clock,
                                 dependencies.random, dependencies.metrics, dependencies.instance,
                                 dependencies.client_of});
        }()) {}

  FailingStore store_;
  TokenRefresher refresher_;
};

TEST_F(StoringARenewal, WhatTheDatabaseDidNotTakeIsStoredLaterAndNotAskedForAgain) {
  store_.failure = Unavailable("DATABASE_UNAVAILABLE", "it is away");
  EXPECT_EQ(Refresh(refresher_, generation).outcome, RefreshOutcome::kUnanswered);
  EXPECT_EQ(Refresh(refresher_, generation).outcome, RefreshOutcome::kUnanswered);
  EXPECT_EQ(Stored("access_token"), access_token) << "nobody uses what is not stored";
  store_.failure.reset();
  EXPECT_EQ(Refresh(refresher_, generation).outcome, RefreshOutcome::kRenewed);
  EXPECT_EQ(Stored("access_token"), "access-2");
  EXPECT_THAT(asked_with, SizeIs(1));
}

TEST_F(StoringARenewal, AnInDoubtStoreIsLookedAtAgain) {
  store_.failure = InDoubt("DATABASE_IN_DOUBT", "nobody knows");
  EXPECT_EQ(Refresh(refresher_, generation).outcome, RefreshOutcome::kUnanswered);
  store_.failure.reset();
  EXPECT_EQ(Refresh(refresher_, generation).outcome, RefreshOutcome::kRenewed);
  EXPECT_EQ(StoredGeneration(), generation + 1);
  EXPECT_THAT(asked_with, SizeIs(1));
}

TEST_F(StoringARenewal, WhoComesTooLateLeavesTheNewerOneAlone) {
  meanwhile = [this] {
    clock.Advance(seconds(21));
    Script({Granted("access-of-the-other", "refresh-of-the-other")});
    EXPECT_EQ(Refresh(other_instance_, generation).outcome, RefreshOutcome::kRenewed);
  };
  EXPECT_EQ(Refresh(refresher_, generation).outcome, RefreshOutcome::kRenewed);
  EXPECT_EQ(StoredGeneration(), generation + 1);
  EXPECT_EQ(Stored("access_token"), "access-of-the-other");
}

}  // namespace
}  // namespace sb
