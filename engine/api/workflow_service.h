#pragma once

#include "engine/api/gate.h"
#include "switchboard/v1/workflow.grpc.pb.h"

namespace sb::api {

/// switchboard.v1.WorkflowService: see proto/switchboard/v1/workflow.proto.
class WorkflowService final : public switchboard::v1::WorkflowService::CallbackService {
 public:
  WorkflowService(const Dependencies& deps, Gate& gate) : deps_(deps), gate_(gate) {}

  grpc::ServerUnaryReactor* ValidateWorkflow(
      grpc::CallbackServerContext* context, const switchboard::v1::ValidateWorkflowRequest* request,
      switchboard::v1::ValidateWorkflowResponse* response) override;
  grpc::ServerUnaryReactor* DeployWorkflow(
      grpc::CallbackServerContext* context, const switchboard::v1::DeployWorkflowRequest* request,
      switchboard::v1::DeployWorkflowResponse* response) override;
  grpc::ServerUnaryReactor* EnableWorkflow(
      grpc::CallbackServerContext* context, const switchboard::v1::EnableWorkflowRequest* request,
      switchboard::v1::EnableWorkflowResponse* response) override;
  grpc::ServerUnaryReactor* DisableWorkflow(
      grpc::CallbackServerContext* context, const switchboard::v1::DisableWorkflowRequest* request,
      switchboard::v1::DisableWorkflowResponse* response) override;
  grpc::ServerUnaryReactor* ListWorkflows(
      grpc::CallbackServerContext* context, const switchboard::v1::ListWorkflowsRequest* request,
      switchboard::v1::ListWorkflowsResponse* response) override;
  grpc::ServerUnaryReactor* GetWorkflow(grpc::CallbackServerContext* context,
                                        const switchboard::v1::GetWorkflowRequest* request,
                                        switchboard::v1::GetWorkflowResponse* response) override;
  grpc::ServerUnaryReactor* GetWorkflowSchema(
      grpc::CallbackServerContext* context,
      const switchboard::v1::GetWorkflowSchemaRequest* request,
      switchboard::v1::GetWorkflowSchemaResponse* response) override;

 private:
  const Dependencies& deps_;
  Gate& gate_;
};

}  // namespace sb::api
