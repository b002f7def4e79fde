#pragma once

#include <functional>

#include "engine/api/dependencies.h"
#include "engine/api/gate.h"
#include "engine/base/result.h"
#include "engine/ports/account_store.h"
#include "engine/ports/sync_store.h"
#include "switchboard/v1/sync.pb.h"

// What SyncService does with a two-way sync. Blocking; thread-safe.
namespace sb::api {

/// `account` is the one that the request names. `abandoned`: whether nobody waits for the plan any
/// more; it is asked from the thread of the call.
Outcome PlanTwoWayInto(const Dependencies& deps, const Caller& caller,
                       const ports::Account& account,
                       const switchboard::v1::PlanSyncRequest& request,
                       const std::function<bool()>& abandoned,
                       switchboard::v1::PlanSyncResponse& response);
Outcome DeployTwoWayInto(const Dependencies& deps, const Caller& caller,
                         const ports::Account& account,
                         const switchboard::v1::DeploySyncRequest& request,
                         switchboard::v1::DeploySyncResponse& response);
/// How far it is. One whose definition cannot be read any more says so. Fails as LinkStore.
Result<switchboard::v1::TwoWayProgress> TwoWayProgressOf(const Dependencies& deps,
                                                         const ports::Sync& sync);

}  // namespace sb::api
