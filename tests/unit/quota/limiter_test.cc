#include "engine/core/quota/limiter.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sb::core::quota {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): literals only

using ::testing::AllOf;
using ::testing::Ge;
using ::testing::Le;

constexpr WallTime kStart{std::chrono::seconds(1'790'000'000)};
constexpr Backlog kNobody = {0, 0, 0, 0};

/// A limiter with its own clock.
class Budget {
 public:
  explicit Budget(Limiter::Settings settings = {}) : limiter_(settings) {}

  Limiter& limiter() { return limiter_; }

  WallTime now() const { return now_; }

  void Advance(std::chrono::microseconds by) { now_ += by; }

  bool Take(Lane lane = Lane::kInteractive, const Backlog& backlog = kNobody) {
    return limiter_.TryTake(lane, backlog, now_);
  }

  /// Takes as much as is given at this instant.
  int TakeAll(Lane lane = Lane::kInteractive, const Backlog& backlog = kNobody) {
    int taken = 0;
    while (Take(lane, backlog)) ++taken;
    return taken;
  }

  /// Serves the waiting lanes, most urgent first, for as long as `span`; the grants by lane.
  std::array<int, kLaneCount> Serve(const Backlog& waiting, std::chrono::microseconds span) {
    std::array<int, kLaneCount> served{};
    for (const WallTime end = now_ + span; now_ < end; Advance(20ms)) {
      for (std::size_t lane = 0; lane < served.size(); ++lane) {
        if (waiting.at(lane) > 0) served.at(lane) += TakeAll(static_cast<Lane>(lane), waiting);
      }
    }
    return served;
  }

  void Refuse(const LimitFeedback& feedback = {}) { limiter_.OnRefused(feedback, now_); }

  void Answer(const LimitFeedback& feedback = {}) { limiter_.OnAnswered(feedback, now_); }

 private:
  Limiter limiter_;
  WallTime now_ = kStart;
};

TEST(Limiter, GivesTheWholeLimitToUrgentWorkAtOnce) {
  Budget budget;
  EXPECT_EQ(budget.TakeAll(), 100);
  EXPECT_EQ(budget.limiter().UsedInWindow(budget.now()), 100);
}

TEST(Limiter, NamesTheInstantAtWhichTheOldestGrantLeavesTheWindow) {
  Budget budget;
  budget.Take();
  budget.Advance(10s);
  budget.TakeAll();
  EXPECT_EQ(budget.limiter().NextChance(Lane::kInteractive, kNobody, budget.now()),
            kStart + 61'500ms);
}

TEST(Limiter, NeverNamesAnInstantThatHasPassed) {
  Budget budget;
  budget.Advance(3s);
  EXPECT_EQ(budget.limiter().NextChance(Lane::kLive, kNobody, budget.now()), budget.now());
}

TEST(Limiter, LetsAFewLiveRequestsLeaveTogetherAndPacesTheRest) {
  Budget budget;
  EXPECT_EQ(budget.TakeAll(Lane::kLive), 3);
  EXPECT_EQ(budget.limiter().NextChance(Lane::kLive, kNobody, budget.now()), kStart + 1800ms);
  budget.Advance(1800ms);
  EXPECT_EQ(budget.TakeAll(Lane::kLive), 3);
}

TEST(Limiter, LetsSlowWorkLeaveOneByOne) {
  Budget budget;
  EXPECT_EQ(budget.TakeAll(Lane::kBackfill), 1);
  budget.Advance(600ms);
  EXPECT_EQ(budget.TakeAll(Lane::kBackfill), 1);
}

TEST(Limiter, KeepsNothingFreeForThoseWhoNeverCame) {
  Budget budget;
  EXPECT_THAT(budget.Serve({0, 0, 0, 1000}, 61s)[3], AllOf(Ge(98), Le(100)));
}

TEST(Limiter, KeepsRoomForMoreUrgentWork) {
  Budget budget;
  budget.Take(Lane::kInteractive);
  budget.Take(Lane::kLive);
  budget.Advance(62s);
  const auto served = budget.Serve({0, 0, 0, 1000}, 61s);
  EXPECT_EQ(served[3], 60);  // 15 % stay free for interactive, 25 % for live.
  EXPECT_EQ(budget.TakeAll(Lane::kInteractive), 40);
}

TEST(Limiter, LendsTheReserveOfALaneThatHasBeenIdleForTenMinutes) {
  Budget budget;
  budget.Take(Lane::kInteractive);
  budget.Take(Lane::kLive);
  budget.Serve({0, 0, 0, 1000}, 12min);
  EXPECT_THAT(budget.Serve({0, 0, 0, 1000}, 10min)[3] / 10, AllOf(Ge(96), Le(98)));
}

TEST(Limiter, TakesALentReserveBackWithTheFirstArrival) {
  Budget budget;
  budget.Serve({0, 0, 0, 1000}, 12min);
  budget.Serve({0, 1000, 0, 1000}, 61s);
  // Interactive stays idle; live has its 25 again.
  EXPECT_LE(budget.Serve({0, 0, 0, 1000}, 61s)[3], 75);
}

TEST(Limiter, EveryLaneGetsItsFloorHoweverMuchUrgentWorkWaits) {
  Budget budget;
  for (int minute = 0; minute < 10; ++minute) {
    const auto served = budget.Serve({1000, 1000, 1000, 1000}, 61'500ms);
    EXPECT_GE(served[1], 10);
    EXPECT_GE(served[2], 10);
    EXPECT_GE(served[3], 5);
  }
}

TEST(Limiter, UrgentWorkIsServedAtOnceWhileBackfillIsHungry) {
  Budget budget;
  for (int second = 0; second < 600; ++second) {
    budget.Serve({0, 0, 0, 1000}, 1s);
    if (second % 10 == 0) {
      EXPECT_TRUE(budget.Take(Lane::kInteractive, {1, 0, 0, 1000})) << "second " << second;
    }
  }
}

TEST(Limiter, WaitsAsLongAsTheProviderAsks) {
  Budget budget;
  budget.Take();
  budget.Refuse({.retry_after = 20s});
  EXPECT_FALSE(budget.Take());
  const WallTime chance = budget.limiter().NextChance(Lane::kInteractive, kNobody, budget.now());
  EXPECT_THAT(chance, AllOf(Ge(kStart + 20'100ms), Le(kStart + 20'500ms)));
}

TEST(Limiter, WaitsUntilTheResetThatWasNamed) {
  Budget budget;
  budget.Refuse({.reset = kStart + 42s});
  EXPECT_THAT(*budget.limiter().CoolUntil(), AllOf(Ge(kStart + 42'100ms), Le(kStart + 42'500ms)));
}

TEST(Limiter, AsksSoonAndThenEverMorePatientlyWhenRefusalsSayNothingOfUse) {
  Budget silent;
  Budget past;
  for (const auto& [budget, feedback] :
       {std::pair(&silent, LimitFeedback{}), {&past, {.reset = kStart - 5s}}}) {
    for (const auto wait : {1000ms, 1500ms, 2250ms, 3375ms}) {
      budget->Refuse(feedback);
      EXPECT_THAT(*budget->limiter().CoolUntil() - budget->now(),
                  AllOf(Ge(wait + 100ms), Le(wait + 500ms)));
      budget->Advance(wait + 500ms);
      EXPECT_TRUE(budget->Take());
    }
    for (int n = 0; n < 9; ++n) {
      budget->Refuse(feedback);
      budget->Advance(60'500ms);
      EXPECT_TRUE(budget->Take()) << "never more than a minute";
    }
    budget->Answer();
    budget->Refuse(feedback);
    EXPECT_LE(*budget->limiter().CoolUntil(), budget->now() + 1500ms);
  }
}

TEST(Limiter, LearnsNothingFromARefusedProbeButThatItIsStillSo) {
  Budget budget;
  for (int n = 0; n < 70; ++n) budget.Take();
  budget.Refuse();
  for (int n = 0; n < 4; ++n) {  // our own silence meanwhile is nobody's use
    budget.Advance(61s);
    budget.Take();
    budget.Refuse();
  }
  EXPECT_EQ(budget.limiter().foreign(), 30);
}

TEST(Limiter, LeavesTheFirstPlacesAfterARefusalToWhoIsInAHurry) {
  Budget budget;
  budget.Refuse();
  budget.Advance(1500ms);
  EXPECT_FALSE(budget.Take(Lane::kBackfill));
  EXPECT_FALSE(budget.Take(Lane::kSync));
  EXPECT_TRUE(budget.Take(Lane::kInteractive));  // the probe
  EXPECT_FALSE(budget.Take(Lane::kInteractive));
  budget.Answer();
  EXPECT_TRUE(budget.Take(Lane::kLive));
  EXPECT_FALSE(budget.Take(Lane::kBackfill));
  budget.Advance(6s);
  EXPECT_TRUE(budget.Take(Lane::kBackfill));
}

TEST(Limiter, ABackfillIsItsOwnProbeWhereNobodyElseWaits) {
  Budget budget;
  budget.Refuse();
  budget.Advance(1500ms);
  EXPECT_FALSE(budget.Take(Lane::kBackfill));
  EXPECT_LE(budget.limiter().NextChance(Lane::kBackfill, {0, 0, 0, 9}, budget.now()),
            kStart + 5500ms);
  budget.Advance(4s);
  EXPECT_TRUE(budget.Take(Lane::kBackfill));
}

TEST(Limiter, PeopleDoNotWaitForAGuess) {
  Budget budget;
  for (int n = 0; n < 60; ++n) budget.Take(Lane::kBackfill), budget.Advance(700ms);
  budget.Refuse();  // others are believed to take 40; the next refusal makes it more
  budget.Advance(2s);
  budget.Take();
  budget.Answer();
  budget.Refuse();
  budget.Advance(2s);
  EXPECT_TRUE(budget.Take());
  budget.Answer();
  budget.Advance(5s);
  EXPECT_FALSE(budget.Take(Lane::kBackfill));
  EXPECT_TRUE(budget.Take());
}

TEST(Limiter, PeopleWhoHaveHadTheirsStillFindAPlace) {
  Budget budget;
  for (int n = 0; n < 15; ++n) budget.Take();
  budget.Advance(700ms);
  EXPECT_EQ(budget.Serve({0, 0, 0, 1000}, 60s)[3], 83);
  EXPECT_EQ(budget.TakeAll(), 2);
}

TEST(Limiter, BelievesMoreOfOthersWithEachRefusalThatFollowsSoon) {
  Budget budget;
  int before = 0;
  for (const int step : {4, 8, 16, 16}) {
    budget.Serve({0, 0, 0, 1000}, 61s);
    budget.Refuse();
    EXPECT_GE(budget.limiter().foreign(), before + step);
    before = budget.limiter().foreign();
    budget.Advance(1500ms);
    budget.Take();
    budget.Answer();
  }
}

TEST(Limiter, BelievesNoAbsurdWait) {
  Budget budget;
  budget.Refuse({.retry_after = 24h});
  EXPECT_LE(*budget.limiter().CoolUntil(), kStart + 75'500ms);
}

TEST(Limiter, SendsOneProbeAloneAfterACoolDown) {
  Budget budget;
  budget.Refuse({.retry_after = 10s});
  budget.Advance(11s);
  EXPECT_EQ(budget.TakeAll(), 1);
  budget.Answer();
  EXPECT_FALSE(budget.limiter().CoolUntil());
  EXPECT_GT(budget.TakeAll(), 1);
}

TEST(Limiter, CoolsDownAgainWhenTheProbeIsRefused) {
  Budget budget;
  budget.Refuse({.retry_after = 10s});
  budget.Advance(11s);
  budget.Take();
  budget.Refuse({.retry_after = 10s});
  EXPECT_FALSE(budget.Take());
  EXPECT_GT(*budget.limiter().CoolUntil(), budget.now());
}

TEST(Limiter, SendsAnotherProbeWhenTheFirstIsNeverAnswered) {
  Budget budget;
  budget.Refuse({.retry_after = 10s});
  budget.Advance(11s);
  budget.Take();
  EXPECT_EQ(budget.limiter().NextChance(Lane::kInteractive, kNobody, budget.now()),
            budget.now() + 30s);
  budget.Advance(30s);
  EXPECT_TRUE(budget.Take());
}

TEST(Limiter, TakesARefusalAsProofThatOthersUseTheQuota) {
  Budget budget;
  for (int n = 0; n < 70; ++n) budget.Take();
  budget.Refuse();
  EXPECT_EQ(budget.limiter().foreign(), 30);
  EXPECT_EQ(budget.limiter().limit(), 100);
}

TEST(Limiter, LearnsOnceFromAllThatIsRefusedTogether) {
  Budget budget;
  for (int n = 0; n < 100; ++n) budget.Take();
  for (int n = 0; n < 16; ++n) budget.Refuse();
  EXPECT_EQ(budget.limiter().limit(), 90);
  EXPECT_FALSE(budget.limiter().IsCrowded(budget.now()));
}

TEST(Limiter, NeverGivesUpMoreThanHalfOfTheLimit) {
  Budget budget;
  for (int round = 0; round < 30; ++round) {
    budget.Take();
    for (int n = 0; n < 100; ++n) budget.Take();
    budget.Refuse({.retry_after = 1s});
    budget.Advance(2s);
    budget.Take();
    budget.Answer();
    budget.Advance(65s);
  }
  EXPECT_GE(budget.limiter().limit(), 50);
  EXPECT_LE(budget.limiter().foreign(), budget.limiter().limit() - 10);
}

TEST(Limiter, GivesBackWhatItTookOverCleanMinutes) {
  Budget budget;
  for (int n = 0; n < 100; ++n) budget.Take();
  budget.Refuse();
  ASSERT_EQ(budget.limiter().limit(), 90);
  ASSERT_EQ(budget.limiter().foreign(), 2);
  budget.Advance(62s);
  budget.Take();
  budget.Answer();
  budget.Advance(8min);
  budget.Answer();
  EXPECT_EQ(budget.limiter().foreign(), 2) << "so soon it would be met again";
  budget.Advance(2min);
  budget.Answer();
  EXPECT_EQ(budget.limiter().foreign(), 0);
  EXPECT_EQ(budget.limiter().limit(), 90);
  budget.Advance(10min);
  budget.Answer();
  EXPECT_EQ(budget.limiter().limit(), 100);
}

TEST(Limiter, ForgetsTheFasterThatSomebodyTookMuchTheLongerNobodyMinds) {
  Budget budget;
  for (int n = 0; n < 30; ++n) budget.Take();
  budget.Refuse();
  ASSERT_EQ(budget.limiter().foreign(), 70);
  budget.Advance(2s);
  budget.Take();
  budget.Answer();
  std::vector<int> left;
  for (int quarter = 0; quarter < 3; ++quarter) {
    budget.Advance(15min);
    budget.Answer();
    left.push_back(budget.limiter().foreign());
  }
  EXPECT_THAT(left, ::testing::ElementsAre(64, 37, 0));
}

TEST(Limiter, ARefusedRequestIsNothingThatItsLaneGot) {
  Budget budget;
  const Backlog all = {0, 1000, 1000, 1000};
  ASSERT_TRUE(budget.Take(Lane::kBackfill, all));
  const std::int64_t refused = budget.limiter().newest_grant();
  budget.limiter().OnRefused({.retry_after = 1s}, budget.now(), refused);
  EXPECT_EQ(budget.limiter().UsedInWindow(budget.now()), 1) << "but it may have been counted";
  budget.Advance(6s);
  EXPECT_TRUE(budget.Take(Lane::kLive, all));
  budget.Answer();
  budget.Advance(10s);
  EXPECT_GE(budget.Serve(all, 45s)[3], 1) << "its floor is still to come";
}

TEST(Limiter, AdoptsALowerLimitThatTheProviderNames) {
  Budget budget;
  budget.Answer({.limit = 60});
  EXPECT_EQ(budget.TakeAll(), 60);
}

TEST(Limiter, GrowsToAHigherNamedLimitOnlyUpToTheCeiling) {
  Budget budget;
  for (int minute = 0; minute < 60; ++minute) {
    budget.Answer({.limit = 500, .reset = budget.now() + 30s});
    budget.Advance(60s);
  }
  EXPECT_EQ(budget.limiter().limit(), 120);
}

TEST(Limiter, CountsOthersFromTheHeadersOfAFixedWindow) {
  Budget budget;
  for (int minute = 0; minute < 3; ++minute) {
    budget.Answer({.limit = 100, .remaining = 100, .reset = budget.now() + 30s});
    budget.Advance(60s);
  }
  for (int n = 0; n < 10; ++n) budget.Take();
  budget.Answer({.limit = 100, .remaining = 50, .reset = budget.now() + 30s});
  EXPECT_EQ(budget.limiter().foreign(), 40);
}

TEST(Limiter, MistrustsCountersWhoseResetKeepsNoBeat) {
  Budget budget;
  for (int n = 0; n < 40; ++n) {
    budget.Answer({.limit = 100, .remaining = 10, .reset = budget.now() + 55s});
    budget.Advance(7s);
  }
  EXPECT_EQ(budget.limiter().foreign(), 0);
}

TEST(Limiter, SaysWhenAnotherIntegrationCrowdsTheCompany) {
  Budget budget;
  for (int round = 0; round < 3; ++round) {
    EXPECT_FALSE(budget.limiter().IsCrowded(budget.now()));
    budget.Take();
    budget.Refuse({.retry_after = 10s});
    budget.Advance(11s);
  }
  EXPECT_TRUE(budget.limiter().IsCrowded(budget.now()));
  budget.Advance(5min);
  EXPECT_FALSE(budget.limiter().IsCrowded(budget.now()));
}

TEST(Limiter, ContinuesFromItsRecordAfterARestart) {
  Budget budget;
  for (int n = 0; n < 30; ++n) budget.Take();
  budget.Refuse({.retry_after = 40s});
  const BudgetRecord record = budget.limiter().Snapshot(budget.now());

  Limiter after({}, record, budget.now() + 2s);
  EXPECT_EQ(after.UsedInWindow(budget.now() + 2s), 35);  // The five reserved count as spent.
  EXPECT_EQ(after.foreign(), 70);
  EXPECT_EQ(after.CoolUntil(), budget.limiter().CoolUntil());
}

TEST(Limiter, KeepsTheOlderPlaceOfARequestThatEndedSoon) {
  Budget budget;
  budget.Take();
  budget.Advance(900ms);
  budget.limiter().OnEnded(1, budget.now());
  EXPECT_EQ(budget.limiter().UsedInWindow(kStart + 61'499ms), 1);
  EXPECT_EQ(budget.limiter().UsedInWindow(kStart + 61'500ms), 0);
}

TEST(Limiter, KeepsThePlaceOfASlowRequestForAMinuteFromItsEnd) {
  Budget budget;
  budget.TakeAll();
  budget.Advance(4s);
  budget.limiter().OnEnded(7, budget.now());
  EXPECT_EQ(budget.limiter().UsedInWindow(kStart + 61'500ms), 1);
  EXPECT_EQ(budget.limiter().UsedInWindow(budget.now() + 60s), 1);
  EXPECT_EQ(budget.limiter().UsedInWindow(budget.now() + 61s), 0);
}

TEST(Limiter, CountsFromItsGrantWhatNeverLeft) {
  Budget budget;
  budget.Take();
  budget.Advance(4s);
  budget.limiter().OnEnded(1, std::nullopt);
  EXPECT_EQ(budget.limiter().UsedInWindow(kStart + 61'499ms), 1);
  EXPECT_EQ(budget.limiter().UsedInWindow(kStart + 61'500ms), 0);
}

TEST(Limiter, SlowAnswersDoNotSlowThePace) {
  Budget budget;
  EXPECT_EQ(budget.TakeAll(Lane::kLive), 3);
  budget.Advance(1700ms);
  for (int number = 1; number <= 3; ++number) budget.limiter().OnEnded(number, budget.now());
  budget.Advance(100ms);
  EXPECT_EQ(budget.TakeAll(Lane::kLive), 3);
}

TEST(Limiter, CountsRequestsUnderWayFromTheRestart) {
  Budget budget;
  budget.Take();
  budget.Take();
  budget.limiter().OnEnded(1, budget.now());
  const BudgetRecord record = budget.limiter().Snapshot(budget.now());
  EXPECT_EQ(record.reserved, 6);  // the second, and the five ahead

  const WallTime loaded = budget.now() + 10s;
  const Limiter after({}, record, loaded);
  EXPECT_EQ(after.UsedInWindow(loaded), 7);
  EXPECT_EQ(after.UsedInWindow(loaded + 61s), 6);
}

TEST(Limiter, CountsTheGrantsThatARecordDoesNotList) {
  Budget budget;
  const BudgetRecord record = budget.limiter().Snapshot(budget.now());
  budget.Take();
  budget.Take();
  EXPECT_EQ(budget.limiter().GrantsSince(record), 2);
  EXPECT_EQ(budget.limiter().GrantsSince(budget.limiter().Snapshot(budget.now())), 0);
}

TEST(Limiter, DoesNotStallWhenTheClockIsSetBack) {
  Budget budget;
  budget.TakeAll();
  budget.Advance(-1h);
  EXPECT_FALSE(budget.Take());
  budget.Advance(62s);
  EXPECT_TRUE(budget.Take());
}

TEST(Limiter, KeepsLessUrgentWorkAliveWhenOthersTakeAlmostAll) {
  Budget budget;
  budget.Take();
  budget.Refuse({.retry_after = 1s});
  ASSERT_EQ(budget.limiter().foreign(), 90);
  budget.Advance(65s);
  budget.Take();
  budget.Answer();
  EXPECT_GE(budget.Serve({0, 0, 0, 1000}, 2min)[3], 4);
}

/// Never more than `limit` within any 60 s of these instants.
int MostInAnyMinute(const std::vector<WallTime>& grants) {
  int most = 0;
  for (std::size_t from = 0, to = 0; to < grants.size(); ++to) {
    while (grants[to] - grants[from] >= 60s) ++from;
    most = std::max(most, static_cast<int>(to - from + 1));
  }
  return most;
}

TEST(LimiterProperty, NoCrashAtAnyMomentLeadsPastTheLimitInAnyMinute) {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto upto = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    Limiter limiter{Limiter::Settings{}};
    WallTime now = kStart;
    BudgetRecord stored = limiter.Snapshot(now);
    std::multimap<WallTime, std::int64_t> under_way;  // until when, and by which grant
    std::vector<WallTime> arrivals;
    for (int step = 0; step < 4000; ++step) {
      now += std::chrono::milliseconds(upto(400));
      for (; !under_way.empty() && under_way.begin()->first <= now;
           under_way.erase(under_way.begin()))
        limiter.OnEnded(under_way.begin()->second, now);
      if (limiter.GrantsSince(stored) >= limiter.reserve()) stored = limiter.Snapshot(now);
      if (upto(300) == 0) {  // The crash, and somebody takes over.
        now += 6s;
        limiter = Limiter({}, stored, now);
        under_way.clear();
      }
      if (upto(300) == 0) stored = limiter.Snapshot(now);
      const Backlog backlog = {upto(3), upto(3), upto(3), upto(3)};
      if (!limiter.TryTake(static_cast<Lane>(upto(kLaneCount)), backlog, now)) continue;
      const auto slow = std::chrono::milliseconds(upto(5) == 0 ? upto(5000) : upto(300));
      arrivals.push_back(now + slow);
      under_way.emplace(now + slow, limiter.newest_grant());
    }
    std::ranges::sort(arrivals);
    EXPECT_LE(MostInAnyMinute(arrivals), 100);
  }
}

TEST(LimiterProperty, TheNextChanceIsWhenTryTakeSucceedsAndNotLater) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto upto = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    Limiter limiter{Limiter::Settings{}};
    WallTime now = kStart;
    for (int step = 0; step < 400; ++step) {
      const Lane lane = static_cast<Lane>(upto(kLaneCount));
      const Backlog backlog = {upto(2), upto(2), upto(2), upto(2)};
      now += std::chrono::milliseconds(upto(200));
      if (limiter.TryTake(lane, backlog, now)) continue;
      const WallTime chance = limiter.NextChance(lane, backlog, now);
      ASSERT_GT(chance, now);
      Limiter early = limiter;
      EXPECT_FALSE(early.TryTake(lane, backlog, chance - 1us));
      EXPECT_TRUE(limiter.TryTake(lane, backlog, chance));
      now = chance;
    }
  }
}

}  // namespace
}  // namespace sb::core::quota
