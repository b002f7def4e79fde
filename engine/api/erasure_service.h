#pragma once

#include "engine/api/gate.h"
#include "switchboard/v1/erasure.grpc.pb.h"

namespace sb::api {

/// switchboard.v1.ErasureService: see proto/switchboard/v1/erasure.proto.
class ErasureService final : public switchboard::v1::ErasureService::CallbackService {
 public:
  ErasureService(const Dependencies& deps, Gate& gate) : deps_(deps), gate_(gate) {}

  grpc::ServerUnaryReactor* ErasePerson(grpc::CallbackServerContext* context,
                                        const switchboard::v1::ErasePersonRequest* request,
                                        switchboard::v1::ErasePersonResponse* response) override;
  grpc::ServerUnaryReactor* GetErasure(grpc::CallbackServerContext* context,
                                       const switchboard::v1::GetErasureRequest* request,
                                       switchboard::v1::GetErasureResponse* response) override;
  grpc::ServerUnaryReactor* ListErasures(grpc::CallbackServerContext* context,
                                         const switchboard::v1::ListErasuresRequest* request,
                                         switchboard::v1::ListErasuresResponse* response) override;

 private:
  const Dependencies& deps_;
  Gate& gate_;
};

}  // namespace sb::api
