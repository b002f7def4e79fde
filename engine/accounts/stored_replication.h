#pragma once

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/core/sync/replication.h"
#include "engine/core/sync/streams.h"
#include "engine/ports/sync_store.h"

namespace sb::accounts {

/// The definition of a sync, read as it was deployed. kInvalid SYNC_UNREADABLE: this version cannot
/// read it any more.
Result<core::sync::Replication> ReadStoredReplication(const ports::Sync& sync,
                                                      const core::sync::StreamCatalog& catalog,
                                                      WallTime now);

}  // namespace sb::accounts
