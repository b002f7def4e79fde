#pragma once

#include <functional>
#include <string>

#include "engine/api/dependencies.h"
#include "engine/api/gate.h"
#include "engine/ports/sync_store.h"
#include "switchboard/v1/sync.pb.h"

// What the methods of SyncService do (proto/switchboard/v1/sync.proto), for their handlers.
// Blocking; thread-safe.
namespace sb::api {

/// `abandoned`: as that of PlanTwoWayInto.
Outcome PlanSyncInto(const Dependencies& deps, const Caller& caller,
                     const switchboard::v1::PlanSyncRequest& request,
                     const std::function<bool()>& abandoned,
                     switchboard::v1::PlanSyncResponse& response);
Outcome DeploySyncInto(const Dependencies& deps, const Caller& caller,
                       const switchboard::v1::DeploySyncRequest& request,
                       switchboard::v1::DeploySyncResponse& response);
/// Brings the sync into a state, and shows it.
Outcome SetSyncState(const Dependencies& deps, const Caller& caller, const std::string& account,
                     const std::string& sync, ports::SyncState state,
                     switchboard::v1::Sync& response);
Outcome GetSyncInto(const Dependencies& deps, const Caller& caller,
                    const switchboard::v1::GetSyncRequest& request,
                    switchboard::v1::GetSyncResponse& response);
Outcome ListSyncsInto(const Dependencies& deps, const Caller& caller,
                      const switchboard::v1::ListSyncsRequest& request,
                      switchboard::v1::ListSyncsResponse& response);
/// `send`: tells the client; false: nobody listens any more.
Outcome VerifySyncInto(const Dependencies& deps, const Caller& caller,
                       const switchboard::v1::VerifySyncRequest& request,
                       const std::function<bool(switchboard::v1::VerifySyncResponse)>& send);
Outcome ListVerificationsInto(const Dependencies& deps, const Caller& caller,
                              const switchboard::v1::ListSyncVerificationsRequest& request,
                              switchboard::v1::ListSyncVerificationsResponse& response);
Outcome GetVerificationInto(const Dependencies& deps, const Caller& caller,
                            const switchboard::v1::GetSyncVerificationRequest& request,
                            switchboard::v1::GetSyncVerificationResponse& response);
Outcome ListSyncReceiptsInto(const Dependencies& deps, const Caller& caller,
                             const switchboard::v1::ListSyncReceiptsRequest& request,
                             switchboard::v1::ListSyncReceiptsResponse& response);
Outcome ListSyncRejectsInto(const Dependencies& deps, const Caller& caller,
                            const switchboard::v1::ListSyncRejectsRequest& request,
                            switchboard::v1::ListSyncRejectsResponse& response);
Outcome ListSkipsInto(const Dependencies& deps, const Caller& caller,
                      const switchboard::v1::ListSkipsRequest& request,
                      switchboard::v1::ListSkipsResponse& response);
Outcome ExplainRecordInto(const Dependencies& deps, const Caller& caller,
                          const switchboard::v1::ExplainRecordRequest& request,
                          switchboard::v1::ExplainRecordResponse& response);
Outcome ApproveDeletesInto(const Dependencies& deps, const Caller& caller,
                           const switchboard::v1::ApproveDeletesRequest& request,
                           switchboard::v1::ApproveDeletesResponse& response);

}  // namespace sb::api
