#pragma once

#include <string>

#include "engine/api/run_history.h"
#include "engine/api/run_reader.h"
#include "engine/core/workflow/run.h"
#include "engine/ports/run_store.h"
#include "engine/runtime/quota_report.h"
#include "switchboard/v1/run.pb.h"

namespace sb::api {

/// A run as lists show it: without tasks and data.
switchboard::v1::Run ToProto(const ports::RunSummary& summary, const std::string& workflow_name);

/// A run with its tasks. `history` may be newer than `summary`, and then stands. What the workflow
/// wants hidden is hidden. What would not fit into one message is left out, the inputs and outputs
/// of attempts first, and the run says so.
switchboard::v1::Run ToProto(const ports::RunSummary& summary, const WorkflowFace& face,
                             const RunHistory& history, switchboard::v1::RunView view);

/// Says of the run's calls that wait for quota until when: tasks and, unless it says something
/// else, the note.
void ShowQuotaWaits(const runtime::QuotaReport& report, switchboard::v1::Run& run);

switchboard::v1::TaskError ToProto(const core::workflow::TaskError& error);

/// The store's word for a state; empty for STATE_UNSPECIFIED.
std::string StatusOf(switchboard::v1::Run::State state);

}  // namespace sb::api
