#pragma once

#include "engine/api/dependencies.h"
#include "engine/api/gate.h"
#include "switchboard/v1/link.pb.h"

// What the methods of LinkService do (proto/switchboard/v1/link.proto), for their handlers.
// Blocking; thread-safe.
namespace sb::api {

Outcome ListLinksInto(const Dependencies& deps, const Caller& caller,
                      const switchboard::v1::ListLinksRequest& request,
                      switchboard::v1::ListLinksResponse& response);
Outcome GetLinkInto(const Dependencies& deps, const Caller& caller,
                    const switchboard::v1::GetLinkRequest& request,
                    switchboard::v1::GetLinkResponse& response);
Outcome ExplainLinkInto(const Dependencies& deps, const Caller& caller,
                        const switchboard::v1::ExplainLinkRequest& request,
                        switchboard::v1::ExplainLinkResponse& response);
Outcome PauseLinkInto(const Dependencies& deps, const Caller& caller,
                      const switchboard::v1::PauseLinkRequest& request,
                      switchboard::v1::PauseLinkResponse& response);
Outcome ResumeLinkInto(const Dependencies& deps, const Caller& caller,
                       const switchboard::v1::ResumeLinkRequest& request,
                       switchboard::v1::ResumeLinkResponse& response);
Outcome ListConflictsInto(const Dependencies& deps, const Caller& caller,
                          const switchboard::v1::ListConflictsRequest& request,
                          switchboard::v1::ListConflictsResponse& response);
Outcome GetConflictInto(const Dependencies& deps, const Caller& caller,
                        const switchboard::v1::GetConflictRequest& request,
                        switchboard::v1::GetConflictResponse& response);
Outcome ResolveConflictInto(const Dependencies& deps, const Caller& caller,
                            const switchboard::v1::ResolveConflictRequest& request,
                            switchboard::v1::ResolveConflictResponse& response);
Outcome ResolveConflictsInto(const Dependencies& deps, const Caller& caller,
                             const switchboard::v1::ResolveConflictsRequest& request,
                             switchboard::v1::ResolveConflictsResponse& response);
Outcome CompareSidesInto(const Dependencies& deps, const Caller& caller,
                         const switchboard::v1::CompareSidesRequest& request,
                         switchboard::v1::CompareSidesResponse& response);
Outcome ApproveLinkDeletesInto(const Dependencies& deps, const Caller& caller,
                               const switchboard::v1::ApproveLinkDeletesRequest& request,
                               switchboard::v1::ApproveLinkDeletesResponse& response);

}  // namespace sb::api
