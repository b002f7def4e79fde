#pragma once

#include "engine/api/gate.h"
#include "switchboard/v1/api_key.grpc.pb.h"

namespace sb::api {

/// switchboard.v1.ApiKeyService: see proto/switchboard/v1/api_key.proto.
class ApiKeyService final : public switchboard::v1::ApiKeyService::CallbackService {
 public:
  ApiKeyService(const Dependencies& deps, Gate& gate) : deps_(deps), gate_(gate) {}

  grpc::ServerUnaryReactor* CreateApiKey(grpc::CallbackServerContext* context,
                                         const switchboard::v1::CreateApiKeyRequest* request,
                                         switchboard::v1::CreateApiKeyResponse* response) override;
  grpc::ServerUnaryReactor* ListApiKeys(grpc::CallbackServerContext* context,
                                        const switchboard::v1::ListApiKeysRequest* request,
                                        switchboard::v1::ListApiKeysResponse* response) override;
  grpc::ServerUnaryReactor* GetApiKey(grpc::CallbackServerContext* context,
                                      const switchboard::v1::GetApiKeyRequest* request,
                                      switchboard::v1::GetApiKeyResponse* response) override;
  grpc::ServerUnaryReactor* RotateApiKey(grpc::CallbackServerContext* context,
                                         const switchboard::v1::RotateApiKeyRequest* request,
                                         switchboard::v1::RotateApiKeyResponse* response) override;
  grpc::ServerUnaryReactor* RevokeApiKey(grpc::CallbackServerContext* context,
                                         const switchboard::v1::RevokeApiKeyRequest* request,
                                         switchboard::v1::RevokeApiKeyResponse* response) override;
  grpc::ServerUnaryReactor* CreateTenantToken(
      grpc::CallbackServerContext* context,
      const switchboard::v1::CreateTenantTokenRequest* request,
      switchboard::v1::CreateTenantTokenResponse* response) override;

 private:
  const Dependencies& deps_;
  Gate& gate_;
};

}  // namespace sb::api
