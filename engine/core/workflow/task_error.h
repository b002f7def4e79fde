#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/core/workflow/run.h"

namespace sb::core::workflow {

/// The standard error types of DSL 1.0.3. We emit this family of URIs; `catch` accepts the older
/// "https://serverlessworkflow.io/dsl/errors/types/" as the same.
inline constexpr std::string_view kErrorTypes = "https://serverlessworkflow.io/spec/1.0.0/errors/";

/// Whether the error has the members that `catch.errors.with` wants.
bool FitsFilter(const Json& filter, const TaskError& error);

/// A URI of the emitted family for either family's; any other text as it is.
std::string CanonicalErrorType(const std::string& type);

/// "validation", 400, ... with our type family in front. `instance` is a task's ref; rounds are
/// taken out.
TaskError MakeTaskError(std::string_view type, int status, std::string title, std::string detail,
                        const std::string& instance);

/// What a failure of ours or of a provider is to the language: type and status follow the kind.
TaskError ToTaskError(const Error& error, const std::string& instance);

/// An expression that could not be evaluated: always type "expression", status 400, as the language
/// demands.
TaskError ToExpressionError(const Error& error, const std::string& instance);

}  // namespace sb::core::workflow
