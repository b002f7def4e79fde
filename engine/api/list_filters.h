#pragma once

#include <string>
#include <variant>
#include <vector>

#include "engine/api/caller.h"
#include "engine/api/dependencies.h"
#include "engine/api/error_mapping.h"
#include "engine/ports/inbox_store.h"
#include "engine/ports/run_store.h"

namespace sb::api {

// What clients write into `filter`, as the stores understand it, within what the caller may see.
// Blocking. FILTER_INVALID, FIELD_INVALID, kNotFound ACCOUNT_NOT_FOUND, WORKFLOW_NOT_FOUND.

std::variant<ports::RunFilter, Failure> ReadRunFilter(const Dependencies& deps,
                                                      const Caller& caller,
                                                      const std::string& filter);
std::variant<ports::EventFilter, Failure> ReadEventFilter(const Dependencies& deps,
                                                          const Caller& caller,
                                                          const std::string& filter);

}  // namespace sb::api
