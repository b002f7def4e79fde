#pragma once

#include <cassert>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace sb {

/// What sort of failure an Error is. The kind decides policy (docs/errors.md); the code names the
/// case.
enum class ErrorKind {
  kInvalid,       ///< The request is wrong and will stay wrong.
  kUnauthorized,  ///< The credential is missing, wrong or revoked.
  kForbidden,     ///< The credential is good, but does not reach this.
  kNotFound,
  kConflict,     ///< The state moved: reload and decide again.
  kRateLimited,  ///< Try again at `retry_after`.
  kUnavailable,  ///< Nothing took effect; repeating is safe.
  kTimeout,      ///< The deadline passed before anything was sent.
  kInDoubt,      ///< Sent, no answer: it may or may not have taken effect.
  kCancelled,
  kInternal,  ///< Our bug.
};

/// The kind's stable name, e.g. "in_doubt".
const char* ToString(ErrorKind kind);

/// The reverse of ToString; an unknown name reads as kInternal.
ErrorKind ErrorKindFromString(const std::string& name);

/// A failure, as a value.
struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string code;     ///< Stable and documented in docs/errors.md, e.g. "ACCOUNT_NOT_FOUND".
  std::string message;  ///< For people: what happened and what to try. No secrets; never parsed.
  std::optional<std::chrono::milliseconds> retry_after = {};

  bool operator==(const Error&) const = default;
};

/// A T or the Error that prevented it. Asking for the one that is absent is a bug and asserts.
template <typename T>
class [[nodiscard]] Result {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): `return value;` is the point
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}

  // NOLINTNEXTLINE(google-explicit-constructor): `return error;` is the point
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }

  const T& value() const& {
    assert(ok());
    return *std::get_if<0>(&state_);
  }

  T& value() & {
    assert(ok());
    return *std::get_if<0>(&state_);
  }

  // By value, so that a loop over the value of a temporary does not run over what is gone.
  T value() && {
    assert(ok());
    return std::move(*std::get_if<0>(&state_));
  }

  const T& operator*() const& { return value(); }

  T& operator*() & { return value(); }

  T operator*() && { return std::move(*this).value(); }

  const T* operator->() const { return &value(); }

  T* operator->() { return &value(); }

  const Error& error() const {
    assert(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, Error> state_;
};

/// Success without a value, or an Error.
class [[nodiscard]] Status {
 public:
  Status() = default;

  // NOLINTNEXTLINE(google-explicit-constructor): `return error;` is the point
  Status(Error error) : error_(std::move(error)) {}

  bool ok() const { return !error_.has_value(); }

  const Error& error() const {
    assert(!ok());
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

// The usual ways to make an Error; `code` and `message` as described at Error.
Error Invalid(std::string code, std::string message);
Error Unauthorized(std::string code, std::string message);
Error Forbidden(std::string code, std::string message);
Error NotFound(std::string code, std::string message);
Error Conflict(std::string code, std::string message);
Error Unavailable(std::string code, std::string message);
Error TimedOut(std::string code, std::string message);
Error InDoubt(std::string code, std::string message);
Error Cancelled(std::string code, std::string message);
Error Internal(std::string code, std::string message);
Error RateLimited(std::string code, std::string message, std::chrono::milliseconds retry_after);

}  // namespace sb
