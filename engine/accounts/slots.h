#pragma once

#include "engine/base/ids.h"

namespace sb::accounts {

/// The slot of a new account, for ever. Ids of one instance share many bits, so they are mixed
/// first: accounts must spread evenly over slots whatever made their ids.
Slot SlotFor(AccountId account);

}  // namespace sb::accounts
