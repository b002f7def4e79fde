#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "engine/base/yaml.h"
#include "engine/core/schedule/time_zones.h"
#include "engine/core/workflow/catalog.h"
#include "engine/core/workflow/expressions.h"
#include "engine/core/workflow/model.h"

namespace sb::core::workflow {

struct ParseOutcome {
  std::optional<Workflow> workflow;  ///< Absent when there are errors.
  std::vector<Diagnostic> errors;    ///< By place in the file; at most 50.
  std::vector<Diagnostic> warnings;  ///< Likewise; none of them prevents a run.
};

/// Reads and checks a definition whole, before anything of it is stored or run: YAML, shape,
/// versions, names, expressions, actions and their inputs, targets of `then`. Finds as many errors
/// as it can.
///
/// Codes: YAML_*; WORKFLOW_FIELD_MISSING, WORKFLOW_FIELD_UNKNOWN, WORKFLOW_FIELD_INVALID,
/// WORKFLOW_UNSUPPORTED, WORKFLOW_REFUSED, WORKFLOW_EXPRESSION_INVALID, WORKFLOW_ACTION_UNKNOWN,
/// WORKFLOW_ACTION_INPUT_INVALID, WORKFLOW_TARGET_UNKNOWN, WORKFLOW_TASK_DUPLICATE,
/// WORKFLOW_STEP_UNKNOWN; as warning WORKFLOW_TASK_UNREACHABLE.
ParseOutcome ParseWorkflow(std::string_view yaml, const ActionCatalog& actions,
                           const Expressions& expressions, const schedule::TimeZones& zones);

}  // namespace sb::core::workflow
