#pragma once

#include "engine/api/gate.h"
#include "switchboard/v1/event.grpc.pb.h"

namespace sb::api {

/// switchboard.v1.EventService: see proto/switchboard/v1/event.proto.
class EventService final : public switchboard::v1::EventService::CallbackService {
 public:
  EventService(const Dependencies& deps, Gate& gate) : deps_(deps), gate_(gate) {}

  grpc::ServerUnaryReactor* ListEvents(grpc::CallbackServerContext* context,
                                       const switchboard::v1::ListEventsRequest* request,
                                       switchboard::v1::ListEventsResponse* response) override;
  grpc::ServerUnaryReactor* GetEvent(grpc::CallbackServerContext* context,
                                     const switchboard::v1::GetEventRequest* request,
                                     switchboard::v1::GetEventResponse* response) override;

 private:
  const Dependencies& deps_;
  Gate& gate_;
};

}  // namespace sb::api
