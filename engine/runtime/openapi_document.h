#pragma once

#include <memory>
#include <string>

#include "engine/base/json.h"
#include "engine/base/result.h"

namespace sb::runtime {

/// One operation of a document, and where in it that is written.
struct ApiOperation {
  std::string method;  ///< Upper case.
  std::string path;    ///< With `{name}` inside.
  const Json* path_item = nullptr;
  const Json* definition = nullptr;
};

/// An OpenAPI 3.x or Swagger 2.0 document of JSON or YAML. Shared by the calls that use it, and
/// never changed. Fails with kInvalid OPENAPI_DOCUMENT_INVALID.
Result<std::shared_ptr<const Json>> ReadOpenApiDocument(const std::string& text);

/// The value, or what its `$ref` names inside the same document; null when that leads nowhere.
const Json& FollowReference(const Json& document, const Json& value);

/// Fails with kInvalid OPENAPI_DOCUMENT_INVALID, OPENAPI_OPERATION_UNKNOWN.
Result<ApiOperation> FindOperation(const Json& document, const std::string& id);

/// Where the operation's path begins, for a document that was read from `uri`; without a "/" at its
/// end.
std::string ServerOf(const Json& document, const ApiOperation& operation, const std::string& uri);

}  // namespace sb::runtime
