#pragma once

#include <cstddef>
#include <string>

#include "engine/api/gate.h"

namespace sb::api {

/// What clients may call a request, so that repeating it does nothing twice. FIELD_INVALID when it
/// is too long.
inline Outcome CheckRequestId(const std::string& request_id) {
  constexpr std::size_t kMostBytes = 64;
  if (request_id.size() <= kMostBytes) return {};
  return WrongField("request_id", "must be at most 64 bytes");
}

}  // namespace sb::api
