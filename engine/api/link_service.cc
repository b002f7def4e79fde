#include "engine/api/link_service.h"

#include "engine/api/link_calls.h"

namespace sb::api {

namespace v1 = switchboard::v1;

grpc::ServerUnaryReactor* LinkService::ListLinks(grpc::CallbackServerContext* context,
                                                 const v1::ListLinksRequest* request,
                                                 v1::ListLinksResponse* response) {
  return gate_.Answer(context, {"LinkService/ListLinks", ports::Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return ListLinksInto(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* LinkService::GetLink(grpc::CallbackServerContext* context,
                                               const v1::GetLinkRequest* request,
                                               v1::GetLinkResponse* response) {
  return gate_.Answer(context, {"LinkService/GetLink", ports::Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return GetLinkInto(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* LinkService::ExplainLink(grpc::CallbackServerContext* context,
                                                   const v1::ExplainLinkRequest* request,
                                                   v1::ExplainLinkResponse* response) {
  return gate_.Answer(context, {"LinkService/ExplainLink", ports::Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return ExplainLinkInto(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* LinkService::PauseLink(grpc::CallbackServerContext* context,
                                                 const v1::PauseLinkRequest* request,
                                                 v1::PauseLinkResponse* response) {
  return gate_.Answer(context, {"LinkService/PauseLink", ports::Role::kOperator},
                      [this, request, response](const Caller& caller) {
                        return PauseLinkInto(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* LinkService::ResumeLink(grpc::CallbackServerContext* context,
                                                  const v1::ResumeLinkRequest* request,
                                                  v1::ResumeLinkResponse* response) {
  return gate_.Answer(context, {"LinkService/ResumeLink", ports::Role::kOperator},
                      [this, request, response](const Caller& caller) {
                        return ResumeLinkInto(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* LinkService::ListConflicts(grpc::CallbackServerContext* context,
                                                     const v1::ListConflictsRequest* request,
                                                     v1::ListConflictsResponse* response) {
  return gate_.Answer(context, {"LinkService/ListConflicts", ports::Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return ListConflictsInto(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* LinkService::GetConflict(grpc::CallbackServerContext* context,
                                                   const v1::GetConflictRequest* request,
                                                   v1::GetConflictResponse* response) {
  return gate_.Answer(context, {"LinkService/GetConflict", ports::Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return GetConflictInto(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* LinkService::ResolveConflict(grpc::CallbackServerContext* context,
                                                       const v1::ResolveConflictRequest* request,
                                                       v1::ResolveConflictResponse* response) {
  return gate_.Answer(context, {"LinkService/ResolveConflict", ports::Role::kOperator},
                      [this, request, response](const Caller& caller) {
                        return ResolveConflictInto(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* LinkService::ResolveConflicts(grpc::CallbackServerContext* context,
                                                        const v1::ResolveConflictsRequest* request,
                                                        v1::ResolveConflictsResponse* response) {
  return gate_.Answer(context, {"LinkService/ResolveConflicts", ports::Role::kOperator},
                      [this, request, response](const Caller& caller) {
                        return ResolveConflictsInto(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* LinkService::CompareSides(grpc::CallbackServerContext* context,
                                                    const v1::CompareSidesRequest* request,
                                                    v1::CompareSidesResponse* response) {
  return gate_.Answer(context, {"LinkService/CompareSides", ports::Role::kOperator},
                      [this, request, response](const Caller& caller) {
                        return CompareSidesInto(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* LinkService::ApproveLinkDeletes(
    grpc::CallbackServerContext* context, const v1::ApproveLinkDeletesRequest* request,
    v1::ApproveLinkDeletesResponse* response) {
  return gate_.Answer(context, {"LinkService/ApproveLinkDeletes", ports::Role::kOperator},
                      [this, request, response](const Caller& caller) {
                        return ApproveLinkDeletesInto(deps_, caller, *request, *response);
                      });
}

}  // namespace sb::api
