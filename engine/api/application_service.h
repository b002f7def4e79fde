#pragma once

#include "engine/api/gate.h"
#include "switchboard/v1/application.grpc.pb.h"

namespace sb::api {

/// switchboard.v1.ApplicationService: see proto/switchboard/v1/application.proto.
class ApplicationService final : public switchboard::v1::ApplicationService::CallbackService {
 public:
  ApplicationService(const Dependencies& deps, Gate& gate) : deps_(deps), gate_(gate) {}

  grpc::ServerUnaryReactor* SetApplication(
      grpc::CallbackServerContext* context, const switchboard::v1::SetApplicationRequest* request,
      switchboard::v1::SetApplicationResponse* response) override;
  grpc::ServerUnaryReactor* ListApplications(
      grpc::CallbackServerContext* context, const switchboard::v1::ListApplicationsRequest* request,
      switchboard::v1::ListApplicationsResponse* response) override;
  grpc::ServerUnaryReactor* DeleteApplication(
      grpc::CallbackServerContext* context,
      const switchboard::v1::DeleteApplicationRequest* request,
      switchboard::v1::DeleteApplicationResponse* response) override;

 private:
  const Dependencies& deps_;
  Gate& gate_;
};

}  // namespace sb::api
