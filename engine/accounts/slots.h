#pragma once

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/ports/account_store.h"

namespace sb::accounts {

/// Spreads accounts evenly. Ids of one instance share many bits, so they are mixed first.
Slot SlotFor(AccountId account);

/// The slot of a new account, for ever: where accounts of its company lie already, whichever tenant
/// connected them, so that one owner spends the company's quota; else one that follows from the
/// company, so that two browsers at once choose the same. Fails as the store does.
Result<Slot> ChooseSlot(const ports::Account& account, ports::AccountStore& accounts);

}  // namespace sb::accounts
