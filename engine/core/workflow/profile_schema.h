#pragma once

#include "engine/base/json.h"
#include "engine/core/workflow/catalog.h"

namespace sb::core::workflow {

/// The profile as one JSON Schema (2020-12): an editor that knows it completes keys, the names of
/// these actions and their inputs. Every definition that ParseWorkflow accepts fits it; what is
/// wrong in its shape does not. Expressions may stand for any value of an input.
Json ProfileSchema(const ActionCatalog& actions);

}  // namespace sb::core::workflow
