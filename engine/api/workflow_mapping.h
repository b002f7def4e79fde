#pragma once

#include <string>
#include <variant>
#include <vector>

#include "engine/api/error_mapping.h"
#include "engine/ports/workflow_store.h"
#include "switchboard/v1/workflow.pb.h"

namespace sb::api {

/// Without the text and without where it is enabled.
switchboard::v1::Workflow ToProto(const ports::WorkflowVersion& version);
switchboard::v1::Diagnostic ToProto(const Diagnostic& diagnostic,
                                    switchboard::v1::Diagnostic::Severity severity);

/// "acme/missed-call-follow-up:1.0.0"
std::string NameOf(const ports::WorkflowVersion& version);

/// The version that a request names: "wfv_...", "namespace/name" (the newest) or
/// "namespace/name:version". FIELD_INVALID, kNotFound WORKFLOW_NOT_FOUND. Blocking.
std::variant<ports::WorkflowVersion, Failure> FindWorkflow(ports::WorkflowStore& workflows,
                                                           const std::string& field,
                                                           const std::string& text);

}  // namespace sb::api
