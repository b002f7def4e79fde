#pragma once

#include "engine/api/gate.h"
#include "switchboard/v1/recording.grpc.pb.h"

namespace sb::api {

/// switchboard.v1.RecordingService: see proto/switchboard/v1/recording.proto.
class RecordingService final : public switchboard::v1::RecordingService::CallbackService {
 public:
  RecordingService(const Dependencies& deps, Gate& gate) : deps_(deps), gate_(gate) {}

  grpc::ServerUnaryReactor* SetRecordingPolicy(
      grpc::CallbackServerContext* context,
      const switchboard::v1::SetRecordingPolicyRequest* request,
      switchboard::v1::SetRecordingPolicyResponse* response) override;
  grpc::ServerUnaryReactor* GetRecordingPolicy(
      grpc::CallbackServerContext* context,
      const switchboard::v1::GetRecordingPolicyRequest* request,
      switchboard::v1::GetRecordingPolicyResponse* response) override;
  grpc::ServerUnaryReactor* GetRecording(grpc::CallbackServerContext* context,
                                         const switchboard::v1::GetRecordingRequest* request,
                                         switchboard::v1::GetRecordingResponse* response) override;
  grpc::ServerUnaryReactor* ListRecordings(
      grpc::CallbackServerContext* context, const switchboard::v1::ListRecordingsRequest* request,
      switchboard::v1::ListRecordingsResponse* response) override;
  grpc::ServerUnaryReactor* CreateRecordingLink(
      grpc::CallbackServerContext* context,
      const switchboard::v1::CreateRecordingLinkRequest* request,
      switchboard::v1::CreateRecordingLinkResponse* response) override;

 private:
  const Dependencies& deps_;
  Gate& gate_;
};

}  // namespace sb::api
