#pragma once

#include "engine/api/gate.h"
#include "switchboard/v1/destination.grpc.pb.h"

namespace sb::api {

/// switchboard.v1.DestinationService: see proto/switchboard/v1/destination.proto.
class DestinationService final : public switchboard::v1::DestinationService::CallbackService {
 public:
  DestinationService(const Dependencies& deps, Gate& gate) : deps_(deps), gate_(gate) {}

  grpc::ServerUnaryReactor* ListSinks(grpc::CallbackServerContext* context,
                                      const switchboard::v1::ListSinksRequest* request,
                                      switchboard::v1::ListSinksResponse* response) override;
  grpc::ServerUnaryReactor* ListAccountNumbers(
      grpc::CallbackServerContext* context,
      const switchboard::v1::ListAccountNumbersRequest* request,
      switchboard::v1::ListAccountNumbersResponse* response) override;
  grpc::ServerUnaryReactor* CreateDestination(
      grpc::CallbackServerContext* context,
      const switchboard::v1::CreateDestinationRequest* request,
      switchboard::v1::CreateDestinationResponse* response) override;
  grpc::ServerUnaryReactor* UpdateDestination(
      grpc::CallbackServerContext* context,
      const switchboard::v1::UpdateDestinationRequest* request,
      switchboard::v1::UpdateDestinationResponse* response) override;
  grpc::ServerUnaryReactor* GetDestination(
      grpc::CallbackServerContext* context, const switchboard::v1::GetDestinationRequest* request,
      switchboard::v1::GetDestinationResponse* response) override;
  grpc::ServerUnaryReactor* ListDestinations(
      grpc::CallbackServerContext* context, const switchboard::v1::ListDestinationsRequest* request,
      switchboard::v1::ListDestinationsResponse* response) override;
  grpc::ServerUnaryReactor* PauseDestination(
      grpc::CallbackServerContext* context, const switchboard::v1::PauseDestinationRequest* request,
      switchboard::v1::PauseDestinationResponse* response) override;
  grpc::ServerUnaryReactor* ResumeDestination(
      grpc::CallbackServerContext* context,
      const switchboard::v1::ResumeDestinationRequest* request,
      switchboard::v1::ResumeDestinationResponse* response) override;
  grpc::ServerUnaryReactor* DeleteDestination(
      grpc::CallbackServerContext* context,
      const switchboard::v1::DeleteDestinationRequest* request,
      switchboard::v1::DeleteDestinationResponse* response) override;
  grpc::ServerUnaryReactor* TestDestination(
      grpc::CallbackServerContext* context, const switchboard::v1::TestDestinationRequest* request,
      switchboard::v1::TestDestinationResponse* response) override;
  grpc::ServerUnaryReactor* ListDeliveries(
      grpc::CallbackServerContext* context, const switchboard::v1::ListDeliveriesRequest* request,
      switchboard::v1::ListDeliveriesResponse* response) override;
  grpc::ServerUnaryReactor* ReplayDeliveries(
      grpc::CallbackServerContext* context, const switchboard::v1::ReplayDeliveriesRequest* request,
      switchboard::v1::ReplayDeliveriesResponse* response) override;

 private:
  const Dependencies& deps_;
  Gate& gate_;
};

}  // namespace sb::api
