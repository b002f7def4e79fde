#pragma once

#include <string>

#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/core/workflow/expressions.h"

namespace sb::connector {

/// Whether `expression` is "." or ".member", which needs no interpreter.
bool IsPlainPick(const std::string& expression);

/// The part of `value` that a jq expression picks. Fails as Expressions do.
Result<Json> Pick(const std::string& expression, const Json& value,
                  const core::workflow::Arguments& arguments,
                  const core::workflow::Expressions& expressions);

}  // namespace sb::connector
