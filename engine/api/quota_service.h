#pragma once

#include "engine/api/gate.h"
#include "switchboard/v1/quota.grpc.pb.h"

namespace sb::api {

/// switchboard.v1.QuotaService: see proto/switchboard/v1/quota.proto.
class QuotaService final : public switchboard::v1::QuotaService::CallbackService {
 public:
  QuotaService(const Dependencies& deps, Gate& gate) : deps_(deps), gate_(gate) {}

  grpc::ServerUnaryReactor* GetQuota(grpc::CallbackServerContext* context,
                                     const switchboard::v1::GetQuotaRequest* request,
                                     switchboard::v1::GetQuotaResponse* response) override;
  grpc::ServerUnaryReactor* ListQuotas(grpc::CallbackServerContext* context,
                                       const switchboard::v1::ListQuotasRequest* request,
                                       switchboard::v1::ListQuotasResponse* response) override;

 private:
  const Dependencies& deps_;
  Gate& gate_;
};

}  // namespace sb::api
