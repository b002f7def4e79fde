#include "engine/runtime/account_lanes.h"

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace sb::runtime {
namespace {

using core::quota::Lane;

class Lanes : public ::testing::Test {
 protected:
  static LaneJob Job(Lane lane, const std::string& action = "acme.ping") {
    LaneJob job;
    job.call.action = action;
    job.call.lane = lane;
    return job;
  }

  void StoreTheRecord() {
    (void)lanes_.BeginRecord(now_);
    lanes_.RecordStored(true);
  }

  WallTime now_ = testing::kStoryTime;
  AccountLanes lanes_{{}, {}, 1, core::quota::Limiter(core::quota::Limiter::Settings{})};
};

TEST_F(Lanes, GrantNothingBeforeTheSpendingIsOnRecord) {
  lanes_.Push(Job(Lane::kInteractive));
  EXPECT_TRUE(lanes_.NeedsRecord());
  EXPECT_FALSE(lanes_.TakeAdmitted(now_));
  StoreTheRecord();
  EXPECT_TRUE(lanes_.TakeAdmitted(now_));
}

TEST_F(Lanes, AskForTheNextRecordBeforeTheLastOneIsUsedUp) {
  StoreTheRecord();
  int granted = 0;
  for (; !lanes_.NeedsRecord() && granted < 100; ++granted) {
    lanes_.Push(Job(Lane::kInteractive));
    if (!lanes_.NeedsRecord()) {
      ASSERT_TRUE(lanes_.TakeAdmitted(now_));
      lanes_.Finished();
    }
  }
  lanes_.Push(Job(Lane::kInteractive));
  EXPECT_TRUE(lanes_.TakeAdmitted(now_))
      << "the reserve must outlast the writing of the next record";
}

TEST_F(Lanes, CountGrantsMadeWhileTheRecordWasOnItsWay) {
  StoreTheRecord();
  for (int i = 0; i < 20; ++i) lanes_.Push(Job(Lane::kInteractive));
  (void)lanes_.BeginRecord(now_);
  int granted = 0;
  while (lanes_.TakeAdmitted(now_)) {
    ++granted;
    lanes_.Finished();
  }
  lanes_.RecordStored(true);
  int after = 0;
  while (lanes_.TakeAdmitted(now_)) {
    ++after;
    lanes_.Finished();
  }
  EXPECT_LT(after, granted) << "what the new record reserved was partly spent before it was stored";
}

TEST_F(Lanes, ServeTheMostUrgentFirst) {
  lanes_.Push(Job(Lane::kBackfill, "acme.old"));
  lanes_.Push(Job(Lane::kInteractive, "acme.now"));
  StoreTheRecord();
  EXPECT_EQ(lanes_.TakeAdmitted(now_)->call.action, "acme.now");
}

TEST_F(Lanes, PutARefusedJobBackAtTheHead) {
  lanes_.Push(Job(Lane::kLive, "acme.second"));
  lanes_.PushBack(Job(Lane::kLive, "acme.first"));
  StoreTheRecord();
  EXPECT_EQ(lanes_.TakeAdmitted(now_)->call.action, "acme.first");
}

TEST_F(Lanes, KeepFourRequestsUnderWayAtMost) {
  for (int i = 0; i < 5; ++i) lanes_.Push(Job(Lane::kInteractive));
  int granted = 0;
  for (int i = 0; i < 5; ++i) {
    StoreTheRecord();
    if (lanes_.TakeAdmitted(now_)) ++granted;
  }
  EXPECT_EQ(granted, 4);
  lanes_.Finished();
  EXPECT_TRUE(lanes_.TakeAdmitted(now_));
}

TEST_F(Lanes, SayWhenTimeAloneWillLetTheNextOneGo) {
  EXPECT_FALSE(lanes_.NextChance(now_));
  lanes_.Push(Job(Lane::kLive));
  lanes_.limiter().OnRefused({.retry_after = std::chrono::seconds(20)}, now_);
  const auto chance = lanes_.NextChance(now_);
  ASSERT_TRUE(chance);
  EXPECT_GE(*chance, now_ + std::chrono::seconds(20));
}

TEST_F(Lanes, GoOnWithTheQuotaOfThoseTheyReplace) {
  StoreTheRecord();
  lanes_.Push(Job(Lane::kInteractive));
  ASSERT_TRUE(lanes_.TakeAdmitted(now_));
  AccountLanes renewed{{}, {}, 2, core::quota::Limiter(core::quota::Limiter::Settings{})};
  renewed.Inherit(lanes_);
  EXPECT_EQ(renewed.limiter().UsedInWindow(now_), 1);
}

}  // namespace
}  // namespace sb::runtime
