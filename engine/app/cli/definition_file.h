#pragma once

#include <string>

#include <google/protobuf/repeated_ptr_field.h>

#include "engine/app/cli/session.h"
#include "switchboard/v1/workflow.pb.h"

// Definitions in YAML that commands take as a file, or as "-" for standard input.
namespace sb::app::cli {

Session::Given ReadDefinition(const Session& session, const std::string& file);

/// "standard input" for "-".
std::string NameOfFile(const std::string& file);

/// "acme.yaml:12:7: error WORKFLOW_ACTION_UNKNOWN: ... (did you mean ...?)" for each, as compilers
/// do, so that editors can jump.
std::string LinesOf(
    const std::string& file,
    const google::protobuf::RepeatedPtrField<switchboard::v1::Diagnostic>& diagnostics);

/// Prints the JSON Schema of definitions, or writes it to `file` where one is named; the exit
/// status.
int GiveSchema(Session& session, const std::string& schema, const std::string& file);

}  // namespace sb::app::cli
