#pragma once

#include <string>
#include <utility>

#include "engine/base/result.h"

// The ways in which the company refuses. The message is what the API shows as `troubleshoot`.
namespace sb::aircall::sandbox {

/// kInvalid SANDBOX_INVALID: answered with 400.
inline Error Refused(std::string message) {
  return Invalid("SANDBOX_INVALID", std::move(message));
}

/// kNotFound SANDBOX_NOT_FOUND: answered with 404. `what` begins a sentence: "Contact".
inline Error UnknownId(const std::string& what) {
  return NotFound("SANDBOX_NOT_FOUND", what + " not found. Check that the id is right.");
}

/// kConflict SANDBOX_WRONG_STATE: answered with 405, which here means a resource in the wrong
/// state.
inline Error WrongState(std::string message) {
  return Conflict("SANDBOX_WRONG_STATE", std::move(message));
}

/// kInvalid SANDBOX_UNPROCESSABLE: answered with 422, refused by a rule.
inline Error Unprocessable(std::string message) {
  return Invalid("SANDBOX_UNPROCESSABLE", std::move(message));
}

/// kForbidden SANDBOX_NOT_ENTITLED: answered with 403, a missing add-on.
inline Error NotEntitled(std::string message) {
  return Forbidden("SANDBOX_NOT_ENTITLED", std::move(message));
}

}  // namespace sb::aircall::sandbox
