#include "engine/accounts/slots.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"

namespace sb {
namespace {

TEST(Slots, AreWithinTheirRange) {
  for (std::int64_t id = 0; id < 10'000; ++id) {
    const Slot slot = accounts::SlotFor(AccountId(id));
    ASSERT_GE(slot, 0);
    ASSERT_LT(slot, kSlotCount);
  }
}

TEST(Slots, AreTheSameForAnAccountForEver) {
  // Stored rows depend on these: they never change.
  EXPECT_EQ(accounts::SlotFor(AccountId(1)), accounts::SlotFor(AccountId(1)));
  EXPECT_EQ(accounts::SlotFor(AccountId(0)), 0);
}

TEST(Slots, SpreadAccountsEvenlyAlthoughTheirIdsAreAlike) {
  IdGenerator ids(1);
  std::vector<int> load(kSlotCount, 0);
  WallTime now = testing::kStoryTime;
  for (int i = 0; i < 100 * kSlotCount; ++i) {
    now += std::chrono::seconds(7);
    ++load[static_cast<std::size_t>(accounts::SlotFor(ids.Next<AccountTag>(now)))];
  }
  EXPECT_GT(*std::min_element(load.begin(), load.end()), 50);
  EXPECT_LT(*std::max_element(load.begin(), load.end()), 150);
}

}  // namespace
}  // namespace sb
