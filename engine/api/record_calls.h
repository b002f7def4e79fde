#pragma once

#include <string>
#include <variant>
#include <vector>

#include "engine/api/dependencies.h"
#include "engine/api/gate.h"
#include "engine/ports/platform_record_store.h"
#include "switchboard/v1/record.pb.h"

// What the methods of RecordService do (proto/switchboard/v1/record.proto), for their handlers.
// Blocking; thread-safe.
namespace sb::api {

Outcome PushRecordsInto(const Dependencies& deps, const Caller& caller,
                        const switchboard::v1::PushRecordsRequest& request,
                        switchboard::v1::PushRecordsResponse& response);
Outcome GetRecordInto(const Dependencies& deps, const Caller& caller,
                      const switchboard::v1::GetRecordRequest& request,
                      switchboard::v1::GetRecordResponse& response);
Outcome ListRecordsInto(const Dependencies& deps, const Caller& caller,
                        const switchboard::v1::ListRecordsRequest& request,
                        switchboard::v1::ListRecordsResponse& response);
Outcome AcknowledgeRecordChangeInto(const Dependencies& deps, const Caller& caller,
                                    const switchboard::v1::AcknowledgeRecordChangeRequest& request,
                                    switchboard::v1::AcknowledgeRecordChangeResponse& response);

/// The records that a request names by account and object. FIELD_INVALID, kNotFound
/// ACCOUNT_NOT_FOUND.
std::variant<ports::PlatformPlace, Failure> FindRecords(const Dependencies& deps,
                                                        const Caller& caller,
                                                        const std::string& account,
                                                        const std::string& object);

/// `own_key`: PlatformRecord::own_key of its record.
switchboard::v1::RecordChange ToProto(const ports::RecordChange& change,
                                      const std::string& own_key);

}  // namespace sb::api
