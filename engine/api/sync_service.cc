#include "engine/api/sync_service.h"

#include <chrono>
#include <memory>
#include <utility>

#include <nlohmann/json.hpp>

#include "engine/api/progress_stream.h"
#include "engine/api/sync_calls.h"
#include "engine/api/sync_mapping.h"
#include "engine/connector/connector.h"
#include "engine/core/sync/replication.h"
#include "engine/core/twoway/definition.h"
#include "engine/syncs/two_way_syncs.h"

namespace sb::api {
namespace {

namespace v1 = switchboard::v1;
using ports::Role;
using ports::SyncState;

constexpr Millis kLookForSyncs = std::chrono::seconds(1);

}  // namespace

SyncService::SyncService(const Dependencies& deps, Gate& gate)
    : deps_(deps), gate_(gate), watches_(deps, kLookForSyncs, "syncs") {}

void SyncService::StopStreams() {
  watches_.Stop();
  open_.Stop();
}

grpc::ServerUnaryReactor* SyncService::PlanSync(grpc::CallbackServerContext* context,
                                                const v1::PlanSyncRequest* request,
                                                v1::PlanSyncResponse* response) {
  return gate_.Answer(context, {"SyncService/PlanSync", Role::kViewer},
                      [this, context, request, response](const Caller& caller) {
                        const auto abandoned = [context] { return context->IsCancelled(); };
                        if (!core::twoway::IsTwoWay(request->source()))
                          return PlanSyncInto(deps_, caller, *request, abandoned, *response);
                        const Turn turn(plans_);  // two sides are read whole
                        if (!turn.taken()) return Outcome(Turn::Refusal());
                        return PlanSyncInto(deps_, caller, *request, abandoned, *response);
                      });
}

grpc::ServerUnaryReactor* SyncService::DeploySync(grpc::CallbackServerContext* context,
                                                  const v1::DeploySyncRequest* request,
                                                  v1::DeploySyncResponse* response) {
  return gate_.Answer(context, {"SyncService/DeploySync", Role::kOperator},
                      [this, request, response](const Caller& caller) {
                        return DeploySyncInto(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* SyncService::StartSync(grpc::CallbackServerContext* context,
                                                 const v1::StartSyncRequest* request,
                                                 v1::StartSyncResponse* response) {
  return gate_.Answer(context, {"SyncService/StartSync", Role::kOperator},
                      [this, request, response](const Caller& caller) {
                        return SetSyncState(deps_, caller, request->account(), request->sync(),
                                            SyncState::kRunning, *response->mutable_sync());
                      });
}

grpc::ServerUnaryReactor* SyncService::PauseSync(grpc::CallbackServerContext* context,
                                                 const v1::PauseSyncRequest* request,
                                                 v1::PauseSyncResponse* response) {
  return gate_.Answer(context, {"SyncService/PauseSync", Role::kOperator},
                      [this, request, response](const Caller& caller) {
                        return SetSyncState(deps_, caller, request->account(), request->sync(),
                                            SyncState::kPaused, *response->mutable_sync());
                      });
}

grpc::ServerUnaryReactor* SyncService::ResumeSync(grpc::CallbackServerContext* context,
                                                  const v1::ResumeSyncRequest* request,
                                                  v1::ResumeSyncResponse* response) {
  return gate_.Answer(context, {"SyncService/ResumeSync", Role::kOperator},
                      [this, request, response](const Caller& caller) {
                        return SetSyncState(deps_, caller, request->account(), request->sync(),
                                            SyncState::kRunning, *response->mutable_sync());
                      });
}

grpc::ServerUnaryReactor* SyncService::DeleteSync(grpc::CallbackServerContext* context,
                                                  const v1::DeleteSyncRequest* request,
                                                  v1::DeleteSyncResponse* response) {
  return gate_.Answer(context, {"SyncService/DeleteSync", Role::kOperator},
                      [this, request, response](const Caller& caller) {
                        return SetSyncState(deps_, caller, request->account(), request->sync(),
                                            SyncState::kDeleted, *response->mutable_sync());
                      });
}

grpc::ServerUnaryReactor* SyncService::GetSync(grpc::CallbackServerContext* context,
                                               const v1::GetSyncRequest* request,
                                               v1::GetSyncResponse* response) {
  return gate_.Answer(context, {"SyncService/GetSync", Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return GetSyncInto(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* SyncService::ListSyncs(grpc::CallbackServerContext* context,
                                                 const v1::ListSyncsRequest* request,
                                                 v1::ListSyncsResponse* response) {
  return gate_.Answer(context, {"SyncService/ListSyncs", Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return ListSyncsInto(deps_, caller, *request, *response);
                      });
}

grpc::ServerWriteReactor<v1::WatchSyncResponse>* SyncService::WatchSync(
    grpc::CallbackServerContext* context, const v1::WatchSyncRequest* request) {
  return AdmitStream(gate_, *context, {"SyncService/WatchSync", Role::kViewer},
                     SyncWatch::Make(deps_, *request), watches_);
}

grpc::ServerWriteReactor<v1::VerifySyncResponse>* SyncService::VerifySync(
    grpc::CallbackServerContext* context, const v1::VerifySyncRequest* request) {
  const auto stream = ProgressStream<v1::VerifySyncResponse>::Make();
  gate_.Admit(
      *context, {"SyncService/VerifySync", Role::kOperator},
      [stream](const grpc::Status& status) { stream->Finish(status); },
      [this, stream, request = *request](const std::shared_ptr<Call>& call) {
        const Turn turn(verifications_);
        if (!turn.taken()) return stream->End(*call, Turn::Refusal());
        const auto stop = [weak = std::weak_ptr(stream)] {
          if (const auto working = weak.lock()) working->Stop();
        };
        if (!open_.Add(stream, stop)) {
          stop();
          return stream->End(*call, {});
        }
        stream->End(*call, VerifySyncInto(deps_, call->caller(), request, [&](auto message) {
          return stream->Send(std::move(message));
        }));
      });
  return stream.get();
}

grpc::ServerUnaryReactor* SyncService::ListSyncVerifications(
    grpc::CallbackServerContext* context, const v1::ListSyncVerificationsRequest* request,
    v1::ListSyncVerificationsResponse* response) {
  return gate_.Answer(context, {"SyncService/ListSyncVerifications", Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return ListVerificationsInto(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* SyncService::GetSyncVerification(
    grpc::CallbackServerContext* context, const v1::GetSyncVerificationRequest* request,
    v1::GetSyncVerificationResponse* response) {
  return gate_.Answer(context, {"SyncService/GetSyncVerification", Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return GetVerificationInto(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* SyncService::ListSyncReceipts(grpc::CallbackServerContext* context,
                                                        const v1::ListSyncReceiptsRequest* request,
                                                        v1::ListSyncReceiptsResponse* response) {
  return gate_.Answer(context, {"SyncService/ListSyncReceipts", Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return ListSyncReceiptsInto(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* SyncService::ListSyncRejects(grpc::CallbackServerContext* context,
                                                       const v1::ListSyncRejectsRequest* request,
                                                       v1::ListSyncRejectsResponse* response) {
  return gate_.Answer(context, {"SyncService/ListSyncRejects", Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return ListSyncRejectsInto(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* SyncService::ListSkips(grpc::CallbackServerContext* context,
                                                 const v1::ListSkipsRequest* request,
                                                 v1::ListSkipsResponse* response) {
  return gate_.Answer(context, {"SyncService/ListSkips", Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return ListSkipsInto(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* SyncService::ExplainRecord(grpc::CallbackServerContext* context,
                                                     const v1::ExplainRecordRequest* request,
                                                     v1::ExplainRecordResponse* response) {
  return gate_.Answer(context, {"SyncService/ExplainRecord", Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return ExplainRecordInto(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* SyncService::ApproveDeletes(grpc::CallbackServerContext* context,
                                                      const v1::ApproveDeletesRequest* request,
                                                      v1::ApproveDeletesResponse* response) {
  return gate_.Answer(context, {"SyncService/ApproveDeletes", Role::kOperator},
                      [this, request, response](const Caller& caller) {
                        return ApproveDeletesInto(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* SyncService::GetSyncSchema(grpc::CallbackServerContext* context,
                                                     const v1::GetSyncSchemaRequest* request,
                                                     v1::GetSyncSchemaResponse* response) {
  return gate_.Answer(context, {"SyncService/GetSyncSchema", Role::kViewer},
                      [this, request, response](const Caller& /*caller*/) -> Outcome {
                        if (!v1::Sync::Kind_IsValid(request->kind()))
                          return WrongField("kind", "takes KIND_REPLICATION or KIND_TWO_WAY");
                        response->set_schema(PrettyJson(SyncSchemaOf(
                            request->kind(), core::sync::ReplicationSchema(deps_.connectors),
                            core::twoway::DefinitionSchema(deps_.two_way.catalog()))));
                        return {};
                      });
}

}  // namespace sb::api
