#pragma once

#include <string>

#include "engine/base/json.h"
#include "engine/base/result.h"

namespace sb::runtime {

/// The input of an HTTP call (core/workflow/http_call.h) that does what `call` asks of an OpenAPI
/// 3.x or Swagger 2.0 document, which is JSON or YAML and was read from `uri`. `call` is the input
/// of kOpenApiAction.
///
/// Errors are kInvalid: OPENAPI_DOCUMENT_INVALID, OPENAPI_OPERATION_UNKNOWN,
/// OPENAPI_PARAMETER_MISSING, OPENAPI_PARAMETER_UNKNOWN.
Result<Json> OpenApiRequest(const std::string& document, const std::string& uri, const Json& call);

}  // namespace sb::runtime
