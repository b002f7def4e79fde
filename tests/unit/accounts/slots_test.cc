#include "engine/accounts/slots.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "tests/support/memory_account_store.h"

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

ports::Account OfCompany(std::int64_t id, const std::string& tenant, const std::string& company) {
  ports::Account account;
  account.id = AccountId(id);
  account.tenant = tenant;
  account.connector = "aircall";
  account.external_id = company;
  return account;
}

TEST(Slots, OfOneCompanyAreOneWhoeverConnectsIt) {
  testing::MemoryAccountStore accounts;
  const auto acme = accounts::ChooseSlot(OfCompany(1, "acme", "61001"), accounts);
  const auto globex = accounts::ChooseSlot(OfCompany(2, "globex", "61001"), accounts);
  const auto other = accounts::ChooseSlot(OfCompany(3, "acme", "61002"), accounts);
  EXPECT_EQ(*acme, *globex);
  EXPECT_NE(*acme, *other);
}

TEST(Slots, OfACompanyAreWhereItsAccountsLieAlready) {
  testing::MemoryAccountStore accounts;
  ports::Account old = OfCompany(1, "acme", "61001");
  old.slot = 777;
  ASSERT_TRUE(accounts.Insert(old).ok());
  EXPECT_EQ(*accounts::ChooseSlot(OfCompany(2, "globex", "61001"), accounts), 777);
}

TEST(Slots, OfUnknownCompaniesAreTheirOwn) {
  testing::MemoryAccountStore accounts;
  EXPECT_NE(*accounts::ChooseSlot(OfCompany(1, "acme", ""), accounts),
            *accounts::ChooseSlot(OfCompany(2, "acme", ""), accounts));
}

}  // namespace
}  // namespace sb
