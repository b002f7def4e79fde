#pragma once

#include <optional>
#include <string>

#include "engine/base/json.h"

namespace sb::aircall::sandbox {

/// A scalar that was sent; null counts as sent and blank.
inline std::optional<std::string> Sent(const Json& body, const char* name) {
  if (!body.contains(name)) return {};
  return TextMember(body, name);
}

}  // namespace sb::aircall::sandbox
