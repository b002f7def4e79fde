#include "engine/base/result.h"

#include <array>

namespace sb {
namespace {

struct KindName {
  ErrorKind kind;
  const char* name;
};

constexpr std::array<KindName, 11> kKindNames = {{
    {ErrorKind::kInvalid, "invalid"},
    {ErrorKind::kUnauthorized, "unauthorized"},
    {ErrorKind::kForbidden, "forbidden"},
    {ErrorKind::kNotFound, "not_found"},
    {ErrorKind::kConflict, "conflict"},
    {ErrorKind::kRateLimited, "rate_limited"},
    {ErrorKind::kUnavailable, "unavailable"},
    {ErrorKind::kTimeout, "timeout"},
    {ErrorKind::kInDoubt, "in_doubt"},
    {ErrorKind::kCancelled, "cancelled"},
    {ErrorKind::kInternal, "internal"},
}};

}  // namespace

const char* ToString(ErrorKind kind) {
  for (const KindName& entry : kKindNames) {
    if (entry.kind == kind) return entry.name;
  }
  return "internal";
}

ErrorKind ErrorKindFromString(const std::string& name) {
  for (const KindName& entry : kKindNames) {
    if (name == entry.name) return entry.kind;
  }
  return ErrorKind::kInternal;
}

Error Invalid(std::string code, std::string message) {
  return {ErrorKind::kInvalid, std::move(code), std::move(message)};
}

Error Unauthorized(std::string code, std::string message) {
  return {ErrorKind::kUnauthorized, std::move(code), std::move(message)};
}

Error Forbidden(std::string code, std::string message) {
  return {ErrorKind::kForbidden, std::move(code), std::move(message)};
}

Error NotFound(std::string code, std::string message) {
  return {ErrorKind::kNotFound, std::move(code), std::move(message)};
}

Error Conflict(std::string code, std::string message) {
  return {ErrorKind::kConflict, std::move(code), std::move(message)};
}

Error Unavailable(std::string code, std::string message) {
  return {ErrorKind::kUnavailable, std::move(code), std::move(message)};
}

Error TimedOut(std::string code, std::string message) {
  return {ErrorKind::kTimeout, std::move(code), std::move(message)};
}

Error InDoubt(std::string code, std::string message) {
  return {ErrorKind::kInDoubt, std::move(code), std::move(message)};
}

Error Cancelled(std::string code, std::string message) {
  return {ErrorKind::kCancelled, std::move(code), std::move(message)};
}

Error Internal(std::string code, std::string message) {
  return {ErrorKind::kInternal, std::move(code), std::move(message)};
}

Error RateLimited(std::string code, std::string message, std::chrono::milliseconds retry_after) {
  return {ErrorKind::kRateLimited, std::move(code), std::move(message), retry_after};
}

}  // namespace sb
