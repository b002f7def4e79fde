#include "engine/runtime/membership.h"

#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/manual_executor.h"
#include "tests/support/matchers.h"
#include "tests/support/memory_ownership_store.h"
#include "tests/support/seeded_random.h"

namespace sb::runtime {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Lets a test cut an instance off from the database.
class ReachableStore : public testing::MemoryOwnershipStore {
 public:
  using MemoryOwnershipStore::MemoryOwnershipStore;

  Result<bool> Heartbeat(InstanceId instance, std::int64_t incarnation) override {
    if (!reachable) return Unavailable("DATABASE_UNAVAILABLE", "no database");
    return MemoryOwnershipStore::Heartbeat(instance, incarnation);
  }

  Status ReleaseSlots(InstanceId instance, std::int64_t incarnation,
                      const std::vector<Slot>& slots) override {
    if (!reachable) return Unavailable("DATABASE_UNAVAILABLE", "no database");
    return MemoryOwnershipStore::ReleaseSlots(instance, incarnation, slots);
  }

  bool reachable = true;
};

/// One instance: what it holds, and whether it lives.
struct Member {
  Member(int number, testing::MemoryDatabase& database, testing::FakeClock& clock)
      : store(database, clock),
        pulse(clock),
        membership({store, clock, random, pulse,
                    [this](const std::vector<Slot>& slots) {
                      held += slots.size();
                      membership.Settled(slots);
                    },
                    [this](std::vector<Slot> slots) {
                      held -= slots.size();
                      asked_back = slots;
                      if (generous) membership.GiveBack(std::move(slots));
                    },
                    [this](const std::string&) { lost = true; }},
                   {InstanceId(number)}) {}

  void Join() {
    const auto place = membership.Join();
    ASSERT_THAT(place, testing::IsOk());
    held = place->slots.size();
    membership.Settled(place->slots);
    membership.Start();
  }

  ReachableStore store;
  testing::SeededRandom random;
  testing::ManualExecutor pulse;
  std::size_t held = 0;
  std::vector<Slot> asked_back;
  bool generous = true;
  bool lost = false;
  Membership membership;
};

class MembershipStory : public ::testing::Test {
 protected:
  /// Time passes for those that are not frozen.
  void Pass(Millis time, const std::vector<Member*>& awake) {
    for (Millis passed = 0ms; passed < time; passed += 250ms) {
      clock_.Advance(250ms);
      for (Member* member : awake) member->pulse.RunReady();
    }
  }

  testing::FakeClock clock_;
  testing::MemoryDatabase database_;
  Member first_{1, database_, clock_};
  Member second_{2, database_, clock_};
};

TEST_F(MembershipStory, GivesEverythingToTheFirst) {
  first_.Join();
  EXPECT_EQ(first_.held, 1024U);
  EXPECT_TRUE(first_.membership.MayAct());
}

TEST_F(MembershipStory, MovesHalfOfTheSlotsToANewcomer) {
  first_.Join();
  second_.Join();
  EXPECT_EQ(second_.held, 0U);
  Pass(6s, {&first_, &second_});
  EXPECT_EQ(first_.held, 512U);
  EXPECT_EQ(second_.held, 512U);
}

TEST_F(MembershipStory, KeepsASlotUntilItsWorkHasEnded) {
  first_.generous = false;
  first_.Join();
  second_.Join();
  Pass(6s, {&first_, &second_});
  EXPECT_THAT(first_.asked_back, SizeIs(512));
  EXPECT_EQ(second_.held, 0U) << "the work of those slots goes on at the first";
  first_.membership.GiveBack(first_.asked_back);
  Pass(3s, {&first_, &second_});
  EXPECT_EQ(second_.held, 512U);
}

TEST_F(MembershipStory, GivesBackAgainUntilTheDatabaseHasHeardIt) {
  first_.generous = false;
  first_.Join();
  second_.Join();
  Pass(3s, {&first_, &second_});
  first_.store.reachable = false;
  first_.membership.GiveBack(first_.asked_back);
  Pass(3s, {&first_, &second_});
  EXPECT_EQ(second_.held, 0U);
  first_.store.reachable = true;
  Pass(6s, {&first_, &second_});
  EXPECT_EQ(second_.held, 512U);
}

TEST_F(MembershipStory, HandsEverythingOverWhenItLeaves) {
  first_.Join();
  second_.Join();
  Pass(6s, {&first_, &second_});
  auto leaving = std::async(std::launch::async, [this] { first_.membership.Leave(); });
  while (leaving.wait_for(0s) != std::future_status::ready) first_.pulse.RunReady();
  Pass(3s, {&second_});
  EXPECT_EQ(second_.held, 1024U);
  EXPECT_FALSE(first_.membership.MayAct());
}

TEST_F(MembershipStory, TakesOverFromTheSilent) {
  first_.Join();
  second_.Join();
  Pass(20s, {&first_, &second_});
  Pass(11s, {&second_});
  EXPECT_EQ(second_.held, 512U) << "it may be alive";
  Pass(4s, {&second_});
  EXPECT_EQ(second_.held, 1024U);
}

TEST_F(MembershipStory, StopsActingBeforeOthersTakeOver) {
  first_.Join();
  Pass(4s, {&first_});
  EXPECT_TRUE(first_.membership.MayAct());
  first_.store.reachable = false;
  Pass(5s, {&first_});
  EXPECT_TRUE(first_.membership.MayAct());
  Pass(4s, {&first_});
  EXPECT_FALSE(first_.membership.MayAct());
  first_.store.reachable = true;
  Pass(3s, {&first_});
  EXPECT_TRUE(first_.membership.MayAct()) << "nobody else was there, it goes on";
  EXPECT_FALSE(first_.lost);
}

TEST_F(MembershipStory, MayNotActWhenItWakesFromAStop) {
  first_.Join();
  second_.Join();
  Pass(20s, {&first_, &second_});
  Pass(30s, {&second_});
  EXPECT_FALSE(first_.membership.MayAct()) << "before it has asked anybody";
  first_.pulse.RunReady();
  EXPECT_TRUE(first_.lost);
  EXPECT_FALSE(first_.membership.MayAct());
}

TEST_F(MembershipStory, BuriesNobodyRightAfterTheDatabaseWasAway) {
  first_.Join();
  second_.Join();
  Pass(20s, {&first_, &second_});
  for (Member* member : {&first_, &second_}) member->store.reachable = false;
  Pass(30s, {&first_, &second_});
  second_.store.reachable = true;  // the first to come back
  Pass(11s, {&second_});
  EXPECT_EQ(second_.held, 512U);
  first_.store.reachable = true;
  Pass(6s, {&first_, &second_});
  EXPECT_FALSE(first_.lost);
  EXPECT_EQ(first_.held, 512U);
}

TEST_F(MembershipStory, BuriesNobodyRightAfterItWasSuspendedItself) {
  first_.Join();
  second_.Join();
  Pass(20s, {&first_, &second_});
  Pass(30s, {});  // the whole machine slept
  Pass(3s, {&second_});
  EXPECT_EQ(second_.held, 512U) << "the first wakes a moment later";
  Pass(3s, {&first_, &second_});
  EXPECT_FALSE(first_.lost);
}

}  // namespace
}  // namespace sb::runtime
