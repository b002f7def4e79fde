#pragma once

#include <string>

#include "engine/base/json.h"
#include "engine/base/result.h"

namespace sb::runtime {

/// The input of an HTTP call (core/workflow/http_call.h) that does what `call`, the input of
/// kOpenApiAction, asks of a document (openapi_document.h) that was read from `uri`.
///
/// Errors are kInvalid: OPENAPI_DOCUMENT_INVALID, OPENAPI_OPERATION_UNKNOWN,
/// OPENAPI_PARAMETER_MISSING, OPENAPI_PARAMETER_UNKNOWN, OPENAPI_PARAMETER_REFUSED.
Result<Json> OpenApiRequest(const Json& document, const std::string& uri, const Json& call);

}  // namespace sb::runtime
