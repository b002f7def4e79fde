#pragma once

#include <string>
#include <utility>

#include "engine/base/result.h"

// The two ways in which the company refuses. The message is what the API shows as `troubleshoot`.
namespace sb::aircall::sandbox {

/// kInvalid SANDBOX_INVALID: answered with 400.
inline Error Refused(std::string message) {
  return Invalid("SANDBOX_INVALID", std::move(message));
}

/// kNotFound SANDBOX_NOT_FOUND: answered with 404. `what` begins a sentence: "Contact".
inline Error UnknownId(const std::string& what) {
  return NotFound("SANDBOX_NOT_FOUND", what + " not found. Check that the id is right.");
}

}  // namespace sb::aircall::sandbox
