#include "engine/accounts/stored_replication.h"

#include <utility>

namespace sb::accounts {

Result<core::sync::Replication> ReadStoredReplication(const ports::Sync& sync,
                                                      const core::sync::StreamCatalog& catalog,
                                                      WallTime now) {
  auto outcome = core::sync::ParseReplication(sync.definition, catalog, now);
  if (!outcome.replication) {
    return Invalid("SYNC_UNREADABLE",
                   "the stored definition cannot be read any more: " +
                       (outcome.errors.empty() ? "" : outcome.errors.front().message));
  }
  return *std::move(outcome.replication);
}

}  // namespace sb::accounts
