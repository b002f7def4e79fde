#pragma once

#include "engine/api/gate.h"
#include "engine/api/record_stream.h"
#include "switchboard/v1/record.grpc.pb.h"

namespace sb::api {

/// switchboard.v1.RecordService: see proto/switchboard/v1/record.proto.
class RecordService final : public switchboard::v1::RecordService::CallbackService {
 public:
  RecordService(const Dependencies& deps, Gate& gate);

  /// Ends all streams, and those that come later.
  void StopWatches();

  grpc::ServerUnaryReactor* PushRecords(grpc::CallbackServerContext* context,
                                        const switchboard::v1::PushRecordsRequest* request,
                                        switchboard::v1::PushRecordsResponse* response) override;
  grpc::ServerUnaryReactor* GetRecord(grpc::CallbackServerContext* context,
                                      const switchboard::v1::GetRecordRequest* request,
                                      switchboard::v1::GetRecordResponse* response) override;
  grpc::ServerUnaryReactor* ListRecords(grpc::CallbackServerContext* context,
                                        const switchboard::v1::ListRecordsRequest* request,
                                        switchboard::v1::ListRecordsResponse* response) override;
  grpc::ServerWriteReactor<switchboard::v1::WatchRecordChangesResponse>* WatchRecordChanges(
      grpc::CallbackServerContext* context,
      const switchboard::v1::WatchRecordChangesRequest* request) override;
  grpc::ServerUnaryReactor* AcknowledgeRecordChange(
      grpc::CallbackServerContext* context,
      const switchboard::v1::AcknowledgeRecordChangeRequest* request,
      switchboard::v1::AcknowledgeRecordChangeResponse* response) override;

 private:
  const Dependencies& deps_;
  Gate& gate_;
  RecordStreams streams_;
};

}  // namespace sb::api
