#include <set>

#include "tests/contract/stores/worlds.h"

namespace sb::testing {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr InstanceId kOne(1);
constexpr InstanceId kTwo(2);
constexpr Millis kTimeToLive = std::chrono::seconds(12);

template <typename World>
class OwnershipStoreContract : public ::testing::Test {
 protected:
  std::int64_t Register(InstanceId instance) {
    return ownership_.Register(instance, 2, kStoryTime).value().incarnation;
  }

  World world_;
  ports::OwnershipStore& ownership_ = world_.ownership;
};

TYPED_TEST_SUITE(OwnershipStoreContract, Worlds, WorldNames);

TYPED_TEST(OwnershipStoreContract, FencesItsFormerSelfByRegistering) {
  const std::int64_t first = this->Register(kOne);
  const std::int64_t second = this->Register(kOne);
  EXPECT_GT(second, first);
  EXPECT_FALSE(*this->ownership_.Heartbeat(kOne, first));
  EXPECT_TRUE(*this->ownership_.Heartbeat(kOne, second));
  EXPECT_THAT(this->ownership_.ClaimSlots(kOne, first),
              FailsWith(ErrorKind::kConflict, "WRITER_FENCED"));
}

TYPED_TEST(OwnershipStoreContract, MeasuresItsClockAgainstTheDatabases) {
  const auto ours = this->ownership_.Register(kOne, 1, kStoryTime);
  const auto ahead = this->ownership_.Register(kOne, 1, kStoryTime + std::chrono::hours(1));
  EXPECT_NEAR(static_cast<double>((ours->clock_offset - ahead->clock_offset).count()), 3'600'000,
              60'000);
}

TYPED_TEST(OwnershipStoreContract, GivesEverySlotToTheOnlyInstance) {
  const std::int64_t incarnation = this->Register(kOne);
  EXPECT_THAT(this->ownership_.ClaimSlots(kOne, incarnation).value(), SizeIs(kSlotCount));
  EXPECT_THAT(this->ownership_.ClaimSlots(kOne, incarnation).value(), SizeIs(kSlotCount))
      << "again: all it owns";
}

TYPED_TEST(OwnershipStoreContract, NeverGivesASlotToTwo) {
  const std::int64_t one = this->Register(kOne);
  const std::int64_t two = this->Register(kTwo);
  const auto ones = this->ownership_.ClaimSlots(kOne, one).value();
  const auto twos = this->ownership_.ClaimSlots(kTwo, two).value();
  EXPECT_THAT(ones, SizeIs(kSlotCount / 2));
  EXPECT_THAT(twos, SizeIs(kSlotCount / 2));
  std::set<Slot> all(ones.begin(), ones.end());
  all.insert(twos.begin(), twos.end());
  EXPECT_THAT(all, SizeIs(kSlotCount));
}

TYPED_TEST(OwnershipStoreContract, FreesItsSlotsByRegisteringAnew) {
  const std::int64_t one = this->Register(kOne);
  ASSERT_THAT(this->ownership_.ClaimSlots(kOne, one).value(), SizeIs(kSlotCount));
  this->Register(kOne);
  const std::int64_t two = this->Register(kTwo);
  EXPECT_THAT(this->ownership_.ClaimSlots(kTwo, two).value(), SizeIs(kSlotCount / 2));
}

TYPED_TEST(OwnershipStoreContract, FencesTheSilentAndLeavesTheLivingAlone) {
  const std::int64_t one = this->Register(kOne);
  const std::int64_t two = this->Register(kTwo);
  ASSERT_THAT(this->ownership_.ClaimSlots(kTwo, two).value(), SizeIs(kSlotCount / 2));
  EXPECT_EQ(*this->ownership_.FenceDead(kOne, kTimeToLive), 0);

  this->world_.PassTime(kTimeToLive + std::chrono::seconds(5));
  ASSERT_TRUE(*this->ownership_.Heartbeat(kOne, one));

  EXPECT_EQ(*this->ownership_.FenceDead(kOne, kTimeToLive), 1);
  EXPECT_FALSE(*this->ownership_.Heartbeat(kTwo, two));
  EXPECT_THAT(this->ownership_.ClaimSlots(kTwo, two),
              FailsWith(ErrorKind::kConflict, "WRITER_FENCED"));
  EXPECT_THAT(this->ownership_.ClaimSlots(kOne, one).value(), SizeIs(kSlotCount));
  EXPECT_EQ(*this->ownership_.FenceDead(kOne, kTimeToLive), 0) << "only once";
}

TYPED_TEST(OwnershipStoreContract, NeverFencesItself) {
  this->Register(kOne);
  this->world_.PassTime(kTimeToLive * 2);
  EXPECT_EQ(*this->ownership_.FenceDead(kOne, kTimeToLive), 0);
}

TYPED_TEST(OwnershipStoreContract, ComesBackAfterItWasFenced) {
  const std::int64_t one = this->Register(kOne);
  const std::int64_t two = this->Register(kTwo);
  this->world_.PassTime(kTimeToLive * 2);
  ASSERT_TRUE(*this->ownership_.Heartbeat(kOne, one));
  ASSERT_EQ(*this->ownership_.FenceDead(kOne, kTimeToLive), 1);
  const std::int64_t again = this->Register(kTwo);
  EXPECT_GT(again, two);
  EXPECT_TRUE(*this->ownership_.Heartbeat(kTwo, again));
}

TYPED_TEST(OwnershipStoreContract, LetsGoOfEverythingAtACleanStop) {
  const std::int64_t one = this->Register(kOne);
  const std::int64_t two = this->Register(kTwo);
  ASSERT_THAT(this->ownership_.ClaimSlots(kOne, one), IsOk());
  EXPECT_THAT(this->ownership_.Release(kOne, one), IsOk());
  EXPECT_FALSE(*this->ownership_.Heartbeat(kOne, one));
  EXPECT_THAT(this->ownership_.ClaimSlots(kTwo, two).value(), SizeIs(kSlotCount));
  EXPECT_THAT(this->ownership_.Release(kOne, one), IsOk()) << "again, after a lost answer";
}

TYPED_TEST(OwnershipStoreContract, KeepsASuccessorWhenAPredecessorReleasesLate) {
  const std::int64_t former = this->Register(kOne);
  const std::int64_t now = this->Register(kOne);
  EXPECT_THAT(this->ownership_.Release(kOne, former), IsOk());
  EXPECT_TRUE(*this->ownership_.Heartbeat(kOne, now));
}

TYPED_TEST(OwnershipStoreContract, TellsEachInstanceItsFairShare) {
  this->Register(kOne);
  EXPECT_EQ(*this->ownership_.FairShare(), kSlotCount);
  this->Register(kTwo);
  const std::int64_t three = this->Register(InstanceId(3));
  EXPECT_EQ(*this->ownership_.FairShare(), 342) << "rounded up: every slot finds an owner";
  ASSERT_THAT(this->ownership_.Release(InstanceId(3), three), IsOk());
  EXPECT_EQ(*this->ownership_.FairShare(), kSlotCount / 2);
}

TYPED_TEST(OwnershipStoreContract, MovesTheSlotsThatOneGivesBackToAnother) {
  const std::int64_t one = this->Register(kOne);
  ASSERT_THAT(this->ownership_.ClaimSlots(kOne, one).value(), SizeIs(kSlotCount));
  const std::int64_t two = this->Register(kTwo);
  EXPECT_THAT(this->ownership_.ClaimSlots(kTwo, two).value(), IsEmpty());

  ASSERT_THAT(this->ownership_.ReleaseSlots(kOne, one, {3, 17}), IsOk());

  EXPECT_THAT(this->ownership_.ClaimSlots(kTwo, two).value(), ::testing::ElementsAre(3, 17));
  EXPECT_THAT(this->ownership_.ClaimSlots(kOne, one).value(), SizeIs(kSlotCount - 2));
}

TYPED_TEST(OwnershipStoreContract, ReleasesNoSlotOfSomebodyElse) {
  const std::int64_t one = this->Register(kOne);
  ASSERT_THAT(this->ownership_.ClaimSlots(kOne, one), IsOk());
  const std::int64_t two = this->Register(kTwo);
  ASSERT_THAT(this->ownership_.ReleaseSlots(kTwo, two, {3}), IsOk());
  EXPECT_THAT(this->ownership_.ClaimSlots(kTwo, two).value(), IsEmpty());
  EXPECT_THAT(this->ownership_.ReleaseSlots(kOne, one - 1, {3}),
              FailsWith(ErrorKind::kConflict, "WRITER_FENCED"));
}

TYPED_TEST(OwnershipStoreContract, HearsNoHeartbeatOfAStranger) {
  EXPECT_FALSE(*this->ownership_.Heartbeat(InstanceId(404), 1));
}

}  // namespace
}  // namespace sb::testing
