#include "engine/runtime/company_quota.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace sb::runtime {
namespace {

using core::quota::Lane;

LaneJob Job(Lane lane, const std::string& action = "acme.ping", AccountId account = AccountId(1)) {
  LaneJob job;
  job.call.account = account;
  job.call.action = action;
  job.call.lane = lane;
  return job;
}

AccountLanes LanesOf(std::int64_t id) {
  ports::Account account;
  account.id = AccountId(id);
  return {account, {}, 1};
}

class Quota : public ::testing::Test {
 protected:
  Quota() { quota_.Join(lanes_); }

  void StoreTheRecord() {
    (void)quota_.BeginRecord(now_);
    quota_.RecordStored(true);
  }

  /// Takes a job whatever the record says, and its answer comes at once.
  std::optional<LaneJob> TakeOne() {
    StoreTheRecord();
    auto job = quota_.TakeAdmitted(now_);
    if (job) (job->call.account == AccountId(2) ? other_ : lanes_).Finished();
    return job;
  }

  WallTime now_ = testing::kStoryTime;
  AccountLanes lanes_ = LanesOf(1);
  AccountLanes other_ = LanesOf(2);
  CompanyQuota quota_{{17, ports::CompanyId(5)},
                      core::quota::Limiter(core::quota::Limiter::Settings{})};
};

TEST_F(Quota, GrantsNothingBeforeTheSpendingIsOnRecord) {
  lanes_.Push(Job(Lane::kInteractive));
  EXPECT_TRUE(quota_.NeedsRecord());
  EXPECT_FALSE(quota_.TakeAdmitted(now_));
  StoreTheRecord();
  EXPECT_TRUE(quota_.TakeAdmitted(now_));
}

TEST_F(Quota, AsksForTheNextRecordBeforeTheLastOneIsUsedUp) {
  StoreTheRecord();
  int granted = 0;
  for (; !quota_.NeedsRecord() && granted < 100; ++granted) {
    lanes_.Push(Job(Lane::kInteractive));
    if (!quota_.NeedsRecord()) {
      ASSERT_TRUE(quota_.TakeAdmitted(now_));
      lanes_.Finished();
    }
  }
  lanes_.Push(Job(Lane::kInteractive));
  EXPECT_TRUE(quota_.TakeAdmitted(now_))
      << "the reserve must outlast the writing of the next record";
}

TEST_F(Quota, CountsGrantsMadeWhileTheRecordWasOnItsWay) {
  StoreTheRecord();
  for (int i = 0; i < 20; ++i) lanes_.Push(Job(Lane::kInteractive));
  (void)quota_.BeginRecord(now_);
  const auto take_all = [this] {
    int granted = 0;
    for (; quota_.TakeAdmitted(now_); ++granted) lanes_.Finished();
    return granted;
  };
  const int granted = take_all();
  quota_.RecordStored(true);
  EXPECT_LT(take_all(), granted)
      << "what the new record reserved was partly spent before it was stored";
}

TEST_F(Quota, ServesTheMostUrgentFirst) {
  lanes_.Push(Job(Lane::kBackfill, "acme.old"));
  lanes_.Push(Job(Lane::kInteractive, "acme.now"));
  EXPECT_EQ(TakeOne()->call.action, "acme.now");
}

TEST_F(Quota, ServesARefusedJobFirstOfItsLane) {
  lanes_.Push(Job(Lane::kLive, "acme.second"));
  lanes_.PushBack(Job(Lane::kLive, "acme.first"));
  EXPECT_EQ(TakeOne()->call.action, "acme.first");
}

TEST_F(Quota, KeepsFourRequestsOfAnAccountUnderWayAndAPlaceForWhoeverWaits) {
  for (int i = 0; i < 6; ++i) lanes_.Push(Job(Lane::kBackfill));
  const auto take = [this] {
    now_ += std::chrono::seconds(1);  // or the pace would be what keeps them
    StoreTheRecord();
    return quota_.TakeAdmitted(now_).has_value();
  };
  int granted = 0;
  for (int i = 0; i < 6; ++i) granted += take() ? 1 : 0;
  EXPECT_EQ(granted, 4);
  lanes_.Push(Job(Lane::kInteractive));
  EXPECT_TRUE(take());
  lanes_.Push(Job(Lane::kInteractive));
  EXPECT_FALSE(take());
}

TEST_F(Quota, SaysWhenTimeAloneWillLetTheNextOneGo) {
  EXPECT_FALSE(quota_.NextChance(now_));
  lanes_.Push(Job(Lane::kLive));
  quota_.limiter().OnRefused({.retry_after = std::chrono::seconds(20)}, now_);
  const auto chance = quota_.NextChance(now_);
  ASSERT_TRUE(chance);
  EXPECT_GE(*chance, now_ + std::chrono::seconds(20));
}

TEST_F(Quota, IsSpentByAllAccountsOfACompany) {
  quota_.Join(other_);
  lanes_.Push(Job(Lane::kInteractive));
  other_.Push(Job(Lane::kInteractive, "acme.ping", AccountId(2)));
  ASSERT_TRUE(TakeOne());
  ASSERT_TRUE(TakeOne());
  EXPECT_EQ(quota_.limiter().UsedInWindow(now_), 2);
}

TEST_F(Quota, GivesTheAccountsOfALaneTheirTurns) {
  quota_.Join(other_);
  for (int i = 0; i < 1000; ++i) lanes_.Push(Job(Lane::kBackfill));
  std::map<AccountId, int> served;
  for (int i = 0; i < 10; ++i) {
    ++served[TakeOne()->call.account];
    now_ += std::chrono::seconds(2);
  }
  for (int i = 0; i < 50; ++i) other_.Push(Job(Lane::kBackfill, "acme.ping", AccountId(2)));
  served.clear();
  for (int i = 0; i < 20; ++i) {
    ++served[TakeOne()->call.account];
    now_ += std::chrono::seconds(2);
  }
  EXPECT_EQ(served[AccountId(1)], 10);
  EXPECT_EQ(served[AccountId(2)], 10);
}

TEST_F(Quota, PassesByAnAccountThatIsHeld) {
  quota_.Join(other_);
  lanes_.Push(Job(Lane::kLive));
  other_.Push(Job(Lane::kLive, "acme.ping", AccountId(2)));
  quota_.Hold(AccountId(1), true);
  EXPECT_EQ(quota_.Backlog()[1], 1);
  EXPECT_EQ(TakeOne()->call.account, AccountId(2));
  EXPECT_FALSE(TakeOne());
  quota_.Hold(AccountId(1), false);
  EXPECT_TRUE(TakeOne());
}

TEST_F(Quota, ForgetsAnAccountThatLeaves) {
  lanes_.Push(Job(Lane::kLive));
  quota_.Leave(AccountId(1));
  EXPECT_EQ(quota_.Backlog()[1], 0);
  EXPECT_FALSE(TakeOne());
}

TEST_F(Quota, TellsHowManyGoBeforeARequestAsAccountsTakeTurns) {
  quota_.Join(other_);
  for (int i = 0; i < 10; ++i) lanes_.Push(Job(Lane::kSync));
  for (int i = 0; i < 3; ++i) other_.Push(Job(Lane::kSync, "acme.ping", AccountId(2)));
  EXPECT_EQ(quota_.AheadOf(AccountId(1), Lane::kSync, 0), 0);
  EXPECT_EQ(quota_.AheadOf(AccountId(1), Lane::kSync, 2), 4);
  EXPECT_EQ(quota_.AheadOf(AccountId(1), Lane::kSync, 9), 12);
}

}  // namespace
}  // namespace sb::runtime
