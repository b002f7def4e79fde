#pragma once

#include <atomic>

#include "engine/api/gate.h"
#include "engine/api/open_streams.h"
#include "switchboard/v1/encryption.grpc.pb.h"

namespace sb::api {

/// switchboard.v1.EncryptionService: see proto/switchboard/v1/encryption.proto.
class EncryptionService final : public switchboard::v1::EncryptionService::CallbackService {
 public:
  EncryptionService(const Dependencies& deps, Gate& gate) : deps_(deps), gate_(gate) {}

  /// Ends every rotation with UNAVAILABLE API_STOPPING, and those that come later.
  void StopRotations() { open_.Stop(); }

  grpc::ServerUnaryReactor* ListEncryptionKeys(
      grpc::CallbackServerContext* context,
      const switchboard::v1::ListEncryptionKeysRequest* request,
      switchboard::v1::ListEncryptionKeysResponse* response) override;
  grpc::ServerWriteReactor<switchboard::v1::RotateEncryptionResponse>* RotateEncryption(
      grpc::CallbackServerContext* context,
      const switchboard::v1::RotateEncryptionRequest* request) override;

 private:
  const Dependencies& deps_;
  Gate& gate_;
  OpenStreams open_;
  std::atomic<int> rotations_ = 0;
};

}  // namespace sb::api
