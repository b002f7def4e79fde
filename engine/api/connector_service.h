#pragma once

#include "engine/api/gate.h"
#include "switchboard/v1/connector.grpc.pb.h"

namespace sb::api {

/// switchboard.v1.ConnectorService: see proto/switchboard/v1/connector.proto.
class ConnectorService final : public switchboard::v1::ConnectorService::CallbackService {
 public:
  ConnectorService(const Dependencies& deps, Gate& gate) : deps_(deps), gate_(gate) {}

  grpc::ServerUnaryReactor* ListConnectors(
      grpc::CallbackServerContext* context, const switchboard::v1::ListConnectorsRequest* request,
      switchboard::v1::ListConnectorsResponse* response) override;
  grpc::ServerUnaryReactor* GetConnector(grpc::CallbackServerContext* context,
                                         const switchboard::v1::GetConnectorRequest* request,
                                         switchboard::v1::GetConnectorResponse* response) override;

 private:
  const Dependencies& deps_;
  Gate& gate_;
};

}  // namespace sb::api
