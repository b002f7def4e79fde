#pragma once

#include "engine/ports/gap_store.h"
#include "engine/ports/inbox_store.h"

namespace sb::accounts {

/// The CloudEvents type of what is told when a gap is closed.
inline constexpr const char* kGapClosed = "dev.switchboard.account.gap_closed";

/// The event that a closed gap becomes, with `id`, received at `now`: its receipt. Told twice it is
/// one event.
ports::InboxItem ToInboxItem(const ports::Gap& gap, EventId id, WallTime now);

}  // namespace sb::accounts
