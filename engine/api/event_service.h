#pragma once

#include <atomic>
#include <memory>

#include "engine/api/event_stream.h"
#include "engine/api/gate.h"
#include "engine/api/open_streams.h"
#include "engine/api/run_reader.h"
#include "engine/runtime/workflow_book.h"
#include "switchboard/v1/event.grpc.pb.h"

namespace sb::api {

/// switchboard.v1.EventService: see proto/switchboard/v1/event.proto.
class EventService final : public switchboard::v1::EventService::CallbackService {
 public:
  EventService(const Dependencies& deps, Gate& gate);

  /// Ends every stream with UNAVAILABLE API_STOPPING, and those that come later.
  void StopWatches();

  grpc::ServerUnaryReactor* PublishEvent(grpc::CallbackServerContext* context,
                                         const switchboard::v1::PublishEventRequest* request,
                                         switchboard::v1::PublishEventResponse* response) override;
  grpc::ServerUnaryReactor* ListEvents(grpc::CallbackServerContext* context,
                                       const switchboard::v1::ListEventsRequest* request,
                                       switchboard::v1::ListEventsResponse* response) override;
  grpc::ServerUnaryReactor* GetEvent(grpc::CallbackServerContext* context,
                                     const switchboard::v1::GetEventRequest* request,
                                     switchboard::v1::GetEventResponse* response) override;
  grpc::ServerWriteReactor<switchboard::v1::WatchEventsResponse>* WatchEvents(
      grpc::CallbackServerContext* context,
      const switchboard::v1::WatchEventsRequest* request) override;
  grpc::ServerWriteReactor<switchboard::v1::ReplayEventsResponse>* ReplayEvents(
      grpc::CallbackServerContext* context,
      const switchboard::v1::ReplayEventsRequest* request) override;
  grpc::ServerUnaryReactor* ListDeadLetters(
      grpc::CallbackServerContext* context, const switchboard::v1::ListDeadLettersRequest* request,
      switchboard::v1::ListDeadLettersResponse* response) override;
  grpc::ServerUnaryReactor* GetDeadLetter(
      grpc::CallbackServerContext* context, const switchboard::v1::GetDeadLetterRequest* request,
      switchboard::v1::GetDeadLetterResponse* response) override;
  grpc::ServerUnaryReactor* ReplayDeadLetter(
      grpc::CallbackServerContext* context, const switchboard::v1::ReplayDeadLetterRequest* request,
      switchboard::v1::ReplayDeadLetterResponse* response) override;
  grpc::ServerUnaryReactor* DiscardDeadLetter(
      grpc::CallbackServerContext* context,
      const switchboard::v1::DiscardDeadLetterRequest* request,
      switchboard::v1::DiscardDeadLetterResponse* response) override;

 private:
  void Publish(const std::shared_ptr<Call>& call,
               const switchboard::v1::PublishEventRequest& request,
               switchboard::v1::PublishEventResponse& response);
  void AnswerFirst(const std::shared_ptr<Call>& call, const ports::InboxItem& duplicate,
                   switchboard::v1::PublishEventResponse& response);

  const Dependencies& deps_;
  Gate& gate_;
  RunReader reader_;
  runtime::WorkflowBook book_;
  EventStreams streams_;
  std::atomic<int> replays_ = 0;
  OpenStreams open_;  ///< Replays under way.
};

}  // namespace sb::api
