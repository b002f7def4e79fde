#pragma once

#include <string>
#include <variant>

#include "engine/api/error_mapping.h"
#include "engine/ports/run_store.h"
#include "engine/runtime/engine.h"
#include "switchboard/v1/run.pb.h"

namespace sb::api {

/// The start that does a finished run again. kConflict RUN_NOT_FINISHED, RUN_NOT_RETRIABLE;
/// kInternal JOURNAL_UNREADABLE.
std::variant<runtime::Engine::StartRequest, Failure> RetryOf(
    const ports::StoredRun& stored, switchboard::v1::RetryRunRequest::From from,
    const std::string& request_id);

}  // namespace sb::api
