#include "engine/accounts/slots.h"

#include <cstdint>

namespace sb::accounts {

Slot SlotFor(AccountId account) {
  // The finaliser of SplitMix64: every bit of the id reaches every bit of the result.
  auto mixed = static_cast<std::uint64_t>(account.number());
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9U;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBU;
  mixed ^= mixed >> 31;
  return static_cast<Slot>(mixed % kSlotCount);
}

Result<Slot> ChooseSlot(const ports::Account& account, ports::AccountStore& accounts) {
  const auto taken = accounts.SlotsOfCompany(account.connector, account.external_id);
  if (!taken.ok()) return taken.error();
  if (!taken->empty()) return taken->front();
  return SlotFor(AccountId(ports::CompanyOf(account).number()));
}

}  // namespace sb::accounts
