#pragma once

#include <gmock/gmock.h>

#include "engine/base/result.h"

namespace sb::testing {

/// Matches a Result or Status that succeeded.
MATCHER(IsOk, "") {
  if (!arg.ok()) *result_listener << arg.error().code << ": " << arg.error().message;
  return arg.ok();
}

/// Matches a Result or Status that failed so.
MATCHER_P2(FailsWith, kind, code, "") {
  if (arg.ok()) return false;
  *result_listener << ToString(arg.error().kind) << " " << arg.error().code << ": "
                   << arg.error().message;
  return arg.error().kind == kind && arg.error().code == code;
}

}  // namespace sb::testing
