#pragma once

#include "engine/api/gate.h"
#include "switchboard/v1/link.grpc.pb.h"

namespace sb::api {

/// switchboard.v1.LinkService: see proto/switchboard/v1/link.proto.
class LinkService final : public switchboard::v1::LinkService::CallbackService {
 public:
  LinkService(const Dependencies& deps, Gate& gate) : deps_(deps), gate_(gate) {}

  grpc::ServerUnaryReactor* ListLinks(grpc::CallbackServerContext* context,
                                      const switchboard::v1::ListLinksRequest* request,
                                      switchboard::v1::ListLinksResponse* response) override;
  grpc::ServerUnaryReactor* GetLink(grpc::CallbackServerContext* context,
                                    const switchboard::v1::GetLinkRequest* request,
                                    switchboard::v1::GetLinkResponse* response) override;
  grpc::ServerUnaryReactor* ExplainLink(grpc::CallbackServerContext* context,
                                        const switchboard::v1::ExplainLinkRequest* request,
                                        switchboard::v1::ExplainLinkResponse* response) override;
  grpc::ServerUnaryReactor* PauseLink(grpc::CallbackServerContext* context,
                                      const switchboard::v1::PauseLinkRequest* request,
                                      switchboard::v1::PauseLinkResponse* response) override;
  grpc::ServerUnaryReactor* ResumeLink(grpc::CallbackServerContext* context,
                                       const switchboard::v1::ResumeLinkRequest* request,
                                       switchboard::v1::ResumeLinkResponse* response) override;
  grpc::ServerUnaryReactor* ListConflicts(
      grpc::CallbackServerContext* context, const switchboard::v1::ListConflictsRequest* request,
      switchboard::v1::ListConflictsResponse* response) override;
  grpc::ServerUnaryReactor* GetConflict(grpc::CallbackServerContext* context,
                                        const switchboard::v1::GetConflictRequest* request,
                                        switchboard::v1::GetConflictResponse* response) override;
  grpc::ServerUnaryReactor* ResolveConflict(
      grpc::CallbackServerContext* context, const switchboard::v1::ResolveConflictRequest* request,
      switchboard::v1::ResolveConflictResponse* response) override;
  grpc::ServerUnaryReactor* ResolveConflicts(
      grpc::CallbackServerContext* context, const switchboard::v1::ResolveConflictsRequest* request,
      switchboard::v1::ResolveConflictsResponse* response) override;
  grpc::ServerUnaryReactor* CompareSides(grpc::CallbackServerContext* context,
                                         const switchboard::v1::CompareSidesRequest* request,
                                         switchboard::v1::CompareSidesResponse* response) override;
  grpc::ServerUnaryReactor* ApproveLinkDeletes(
      grpc::CallbackServerContext* context,
      const switchboard::v1::ApproveLinkDeletesRequest* request,
      switchboard::v1::ApproveLinkDeletesResponse* response) override;

 private:
  const Dependencies& deps_;
  Gate& gate_;
};

}  // namespace sb::api
