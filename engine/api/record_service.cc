#include "engine/api/record_service.h"

#include "engine/api/record_calls.h"

namespace sb::api {
namespace {

constexpr Millis kLookForRecordChanges = std::chrono::milliseconds(500);

}  // namespace

namespace v1 = switchboard::v1;

RecordService::RecordService(const Dependencies& deps, Gate& gate)
    : deps_(deps), gate_(gate), streams_(deps, kLookForRecordChanges, "changes of records") {}

void RecordService::StopWatches() {
  streams_.Stop();
}

grpc::ServerUnaryReactor* RecordService::PushRecords(grpc::CallbackServerContext* context,
                                                     const v1::PushRecordsRequest* request,
                                                     v1::PushRecordsResponse* response) {
  return gate_.Answer(context, {"RecordService/PushRecords", ports::Role::kOperator},
                      [this, request, response](const Caller& caller) {
                        return PushRecordsInto(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* RecordService::GetRecord(grpc::CallbackServerContext* context,
                                                   const v1::GetRecordRequest* request,
                                                   v1::GetRecordResponse* response) {
  return gate_.Answer(context, {"RecordService/GetRecord", ports::Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return GetRecordInto(deps_, caller, *request, *response);
                      });
}

grpc::ServerUnaryReactor* RecordService::ListRecords(grpc::CallbackServerContext* context,
                                                     const v1::ListRecordsRequest* request,
                                                     v1::ListRecordsResponse* response) {
  return gate_.Answer(context, {"RecordService/ListRecords", ports::Role::kViewer},
                      [this, request, response](const Caller& caller) {
                        return ListRecordsInto(deps_, caller, *request, *response);
                      });
}

grpc::ServerWriteReactor<v1::WatchRecordChangesResponse>* RecordService::WatchRecordChanges(
    grpc::CallbackServerContext* context, const v1::WatchRecordChangesRequest* request) {
  return AdmitStream(gate_, *context, {"RecordService/WatchRecordChanges", ports::Role::kViewer},
                     RecordStream::Make(deps_, *request), streams_);
}

grpc::ServerUnaryReactor* RecordService::AcknowledgeRecordChange(
    grpc::CallbackServerContext* context, const v1::AcknowledgeRecordChangeRequest* request,
    v1::AcknowledgeRecordChangeResponse* response) {
  return gate_.Answer(context, {"RecordService/AcknowledgeRecordChange", ports::Role::kOperator},
                      [this, request, response](const Caller& caller) {
                        return AcknowledgeRecordChangeInto(deps_, caller, *request, *response);
                      });
}

}  // namespace sb::api
