#include "engine/core/workflow/task_error.h"

#include <charconv>
#include <optional>

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
    case ErrorKind::kTimeout:
      return {"timeout", 408};
    case ErrorKind::kUnavailable:
    case ErrorKind::kInDoubt:
    case ErrorKind::kCancelled:
      return {"communication", 503};
    case ErrorKind::kInternal:
      return {"runtime", 500};
  }
  return {"runtime", 500};
}

/// What an HTTP call meets, where its kind says too little.
std::optional<TypeAndStatus> OfCode(const std::string& code) {
  constexpr std::string_view kStatus = "HTTP_STATUS_";  // and the status: HTTP_STATUS_404
  if (code.starts_with(kStatus)) {
    int status = 0;
    const char* end = code.data() + code.size();
    if (std::from_chars(code.data() + kStatus.size(), end, status).ptr == end)
      return TypeAndStatus{"communication", status};
  }
  if (code == "HTTP_ANSWER_TIMEOUT") return TypeAndStatus{"timeout", 408};
  if (code == "HTTP_TOKEN_REFUSED") return TypeAndStatus{"authentication", 401};
  if (code == "HTTP_ANSWER_TOO_LARGE" || code == "HTTP_BODY_UNREADABLE")
    return TypeAndStatus{"communication", 500};
  return {};
}

}  // namespace

bool FitsFilter(const Json& filter, const TaskError& error) {
  const Json actual = ToJson(error);
  for (const auto& [key, expected] : filter.items()) {
    const bool is_type = key == "type" && expected.is_string();
    if (is_type &&
        CanonicalErrorType(expected.get<std::string>()) == CanonicalErrorType(error.type))
      continue;
    if (Member(actual, key) != expected) return false;
  }
  return true;
}

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
  const TypeAndStatus mapped = OfCode(error.code).value_or(OfKind(error.kind));
  return MakeTaskError(mapped.type, mapped.status, error.code, error.message, instance);
}

TaskError ToExpressionError(const Error& error, const std::string& instance) {
  return MakeTaskError("expression", 400, error.code, error.message, instance);
}

}  // namespace sb::core::workflow
