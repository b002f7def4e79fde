#include "engine/core/workflow/task_error.h"

#include <charconv>

namespace sb::core::workflow {
namespace {

struct TypeAndStatus {
  std::string_view type;
  int status;
};

TypeAndStatus OfKind(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalid:
      return {"validation", 400};
    case ErrorKind::kUnauthorized:
      return {"authentication", 401};
    case ErrorKind::kForbidden:
      return {"authorization", 403};
    case ErrorKind::kNotFound:
      return {"communication", 404};
    case ErrorKind::kConflict:
      return {"communication", 409};
    case ErrorKind::kRateLimited:
      return {"communication", 429};
    case ErrorKind::kUnavailable:
    case ErrorKind::kTimeout:
    case ErrorKind::kInDoubt:
    case ErrorKind::kCancelled:
      return {"communication", 503};
    case ErrorKind::kInternal:
      return {"runtime", 500};
  }
  return {"runtime", 500};
}

}  // namespace

std::string CanonicalErrorType(const std::string& type) {
  constexpr std::string_view kOlder = "https://serverlessworkflow.io/dsl/errors/types/";
  if (!type.starts_with(kOlder)) return type;
  return std::string(kErrorTypes) + type.substr(kOlder.size());
}

TaskError MakeTaskError(std::string_view type, int status, std::string title, std::string detail,
                        const std::string& instance) {
  return {std::string(kErrorTypes) + std::string(type), status, std::move(title), std::move(detail),
          DefinitionPointer(instance)};
}

TaskError ToTaskError(const Error& error, const std::string& instance) {
  // Of an HTTP call: "HTTP_STATUS_404".
  constexpr std::string_view kStatus = "HTTP_STATUS_";
  int status = 0;
  if (error.code.starts_with(kStatus) &&
      std::from_chars(error.code.data() + kStatus.size(), error.code.data() + error.code.size(),
                      status)
              .ec == std::errc()) {
    return MakeTaskError("communication", status, error.code, error.message, instance);
  }
  const TypeAndStatus mapped = OfKind(error.kind);
  return MakeTaskError(mapped.type, mapped.status, error.code, error.message, instance);
}

TaskError ToExpressionError(const Error& error, const std::string& instance) {
  return MakeTaskError("expression", 400, error.code, error.message, instance);
}

}  // namespace sb::core::workflow
