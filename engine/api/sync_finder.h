#pragma once

#include <string>
#include <variant>

#include "engine/api/caller.h"
#include "engine/api/dependencies.h"
#include "engine/api/error_mapping.h"
#include "engine/ports/account_store.h"
#include "engine/ports/sync_store.h"
#include "switchboard/v1/sync.pb.h"

namespace sb::api {

/// A sync that a request names, with its account.
struct FoundSync {
  ports::Account account;
  ports::Sync sync;
};

/// What a request names by "account" and "sync". FIELD_INVALID; kNotFound ACCOUNT_NOT_FOUND,
/// SYNC_NOT_FOUND; besides as SyncStore. Blocking.
std::variant<FoundSync, Failure> FindSync(const Dependencies& deps, const Caller& caller,
                                          const std::string& account, const std::string& name);

/// The same, of a replication. kInvalid SYNC_TWO_WAY: it is another kind of sync.
std::variant<FoundSync, Failure> FindReplication(const Dependencies& deps, const Caller& caller,
                                                 const std::string& account,
                                                 const std::string& name);

/// Where findings of one of its streams stand. kNotFound SYNC_STREAM_NOT_CHOSEN; kInvalid
/// SYNC_TWO_WAY; as SyncStore.
std::variant<ports::SyncPlace, Failure> FindSyncStream(const Dependencies& deps,
                                                       const ports::Sync& sync,
                                                       const std::string& stream);

/// The sync with how far it is, without its source. Fails as Replications::Standing, SyncLedger and
/// TwoWaySyncs::Standing. Blocking.
Result<switchboard::v1::Sync> SyncWithProgress(const Dependencies& deps, const ports::Sync& sync);

/// Whether everything that it was asked for is there.
bool IsLive(const switchboard::v1::Sync& sync);

}  // namespace sb::api
