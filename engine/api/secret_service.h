#pragma once

#include "engine/api/gate.h"
#include "switchboard/v1/secret.grpc.pb.h"

namespace sb::api {

/// switchboard.v1.SecretService: see proto/switchboard/v1/secret.proto.
class SecretService final : public switchboard::v1::SecretService::CallbackService {
 public:
  SecretService(const Dependencies& deps, Gate& gate) : deps_(deps), gate_(gate) {}

  grpc::ServerUnaryReactor* SetSecret(grpc::CallbackServerContext* context,
                                      const switchboard::v1::SetSecretRequest* request,
                                      switchboard::v1::SetSecretResponse* response) override;
  grpc::ServerUnaryReactor* ListSecrets(grpc::CallbackServerContext* context,
                                        const switchboard::v1::ListSecretsRequest* request,
                                        switchboard::v1::ListSecretsResponse* response) override;
  grpc::ServerUnaryReactor* DeleteSecret(grpc::CallbackServerContext* context,
                                         const switchboard::v1::DeleteSecretRequest* request,
                                         switchboard::v1::DeleteSecretResponse* response) override;

 private:
  const Dependencies& deps_;
  Gate& gate_;
};

}  // namespace sb::api
