#pragma once

#include <atomic>

#include "engine/api/gate.h"
#include "engine/api/open_streams.h"
#include "engine/api/polled_streams.h"
#include "engine/api/sync_watch.h"
#include "switchboard/v1/sync.grpc.pb.h"

namespace sb::api {

/// switchboard.v1.SyncService: see proto/switchboard/v1/sync.proto.
class SyncService final : public switchboard::v1::SyncService::CallbackService {
 public:
  SyncService(const Dependencies& deps, Gate& gate);

  /// Ends every stream with UNAVAILABLE API_STOPPING, and those that come later.
  void StopStreams();

  grpc::ServerUnaryReactor* PlanSync(grpc::CallbackServerContext* context,
                                     const switchboard::v1::PlanSyncRequest* request,
                                     switchboard::v1::PlanSyncResponse* response) override;
  grpc::ServerUnaryReactor* DeploySync(grpc::CallbackServerContext* context,
                                       const switchboard::v1::DeploySyncRequest* request,
                                       switchboard::v1::DeploySyncResponse* response) override;
  grpc::ServerUnaryReactor* StartSync(grpc::CallbackServerContext* context,
                                      const switchboard::v1::StartSyncRequest* request,
                                      switchboard::v1::StartSyncResponse* response) override;
  grpc::ServerUnaryReactor* PauseSync(grpc::CallbackServerContext* context,
                                      const switchboard::v1::PauseSyncRequest* request,
                                      switchboard::v1::PauseSyncResponse* response) override;
  grpc::ServerUnaryReactor* ResumeSync(grpc::CallbackServerContext* context,
                                       const switchboard::v1::ResumeSyncRequest* request,
                                       switchboard::v1::ResumeSyncResponse* response) override;
  grpc::ServerUnaryReactor* DeleteSync(grpc::CallbackServerContext* context,
                                       const switchboard::v1::DeleteSyncRequest* request,
                                       switchboard::v1::DeleteSyncResponse* response) override;
  grpc::ServerUnaryReactor* GetSync(grpc::CallbackServerContext* context,
                                    const switchboard::v1::GetSyncRequest* request,
                                    switchboard::v1::GetSyncResponse* response) override;
  grpc::ServerUnaryReactor* ListSyncs(grpc::CallbackServerContext* context,
                                      const switchboard::v1::ListSyncsRequest* request,
                                      switchboard::v1::ListSyncsResponse* response) override;
  grpc::ServerWriteReactor<switchboard::v1::WatchSyncResponse>* WatchSync(
      grpc::CallbackServerContext* context,
      const switchboard::v1::WatchSyncRequest* request) override;
  grpc::ServerWriteReactor<switchboard::v1::VerifySyncResponse>* VerifySync(
      grpc::CallbackServerContext* context,
      const switchboard::v1::VerifySyncRequest* request) override;
  grpc::ServerUnaryReactor* ListSyncVerifications(
      grpc::CallbackServerContext* context,
      const switchboard::v1::ListSyncVerificationsRequest* request,
      switchboard::v1::ListSyncVerificationsResponse* response) override;
  grpc::ServerUnaryReactor* GetSyncVerification(
      grpc::CallbackServerContext* context,
      const switchboard::v1::GetSyncVerificationRequest* request,
      switchboard::v1::GetSyncVerificationResponse* response) override;
  grpc::ServerUnaryReactor* ListSyncReceipts(
      grpc::CallbackServerContext* context, const switchboard::v1::ListSyncReceiptsRequest* request,
      switchboard::v1::ListSyncReceiptsResponse* response) override;
  grpc::ServerUnaryReactor* ListSyncRejects(
      grpc::CallbackServerContext* context, const switchboard::v1::ListSyncRejectsRequest* request,
      switchboard::v1::ListSyncRejectsResponse* response) override;
  grpc::ServerUnaryReactor* ListSkips(grpc::CallbackServerContext* context,
                                      const switchboard::v1::ListSkipsRequest* request,
                                      switchboard::v1::ListSkipsResponse* response) override;
  grpc::ServerUnaryReactor* ExplainRecord(
      grpc::CallbackServerContext* context, const switchboard::v1::ExplainRecordRequest* request,
      switchboard::v1::ExplainRecordResponse* response) override;
  grpc::ServerUnaryReactor* ApproveDeletes(
      grpc::CallbackServerContext* context, const switchboard::v1::ApproveDeletesRequest* request,
      switchboard::v1::ApproveDeletesResponse* response) override;
  grpc::ServerUnaryReactor* GetSyncSchema(
      grpc::CallbackServerContext* context, const switchboard::v1::GetSyncSchemaRequest* request,
      switchboard::v1::GetSyncSchemaResponse* response) override;

 private:
  const Dependencies& deps_;
  Gate& gate_;
  PolledStreams<SyncWatch> watches_;
  OpenStreams open_;
  std::atomic<int> verifications_ = 0;
  std::atomic<int> plans_ = 0;  ///< Of two-way syncs.
};

}  // namespace sb::api
