#pragma once

#include <string>

#include "engine/api/run_history.h"
#include "engine/core/workflow/run.h"
#include "engine/ports/run_store.h"
#include "switchboard/v1/run.pb.h"

namespace sb::api {

/// A run as lists show it: without tasks and data.
switchboard::v1::Run ToProto(const ports::RunSummary& summary, const std::string& workflow_name);

/// A run with its tasks. `run` may be newer than `summary`, and then stands; `requests` are those
/// of ReadHistory. Data that would not fit into one message is left out, and the run says so.
switchboard::v1::Run ToProto(const ports::RunSummary& summary, const std::string& workflow_name,
                             const core::workflow::Run& run, const Requests& requests,
                             switchboard::v1::RunView view);

/// The store's word for a state; empty for STATE_UNSPECIFIED.
std::string StatusOf(switchboard::v1::Run::State state);

}  // namespace sb::api
