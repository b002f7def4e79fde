#pragma once

#include "engine/base/result.h"

// What becomes of work that has not been begun: it is done later, and nobody counts it as an
// attempt.
namespace sb::runtime {

inline Error NotStarted() {
  return Unavailable("ACTION_NOT_STARTED", "the request was not sent; it will be tried again");
}

inline Error Stopping() {
  return Cancelled("ENGINE_STOPPING",
                   "the engine is stopping; the work goes on after its next start");
}

}  // namespace sb::runtime
