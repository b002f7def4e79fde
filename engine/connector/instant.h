#pragma once

#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "engine/base/json.h"
#include "engine/base/time.h"

namespace sb::connector {

/// An instant as providers write it: Unix seconds or milliseconds (told apart by size), as a number
/// or as text, or RFC 3339. Nothing for anything else.
std::optional<WallTime> InstantOf(const Json& value);

/// The same for a header's number, where small values mean seconds from `now`.
std::optional<WallTime> ResetOf(const std::string& text, WallTime now);

/// The instant of an HTTP Date header ("Sun, 06 Nov 1994 08:49:37 GMT").
std::optional<WallTime> HttpDateOf(const std::string& text);

/// A whole number that is not negative.
std::optional<std::int64_t> WholeNumberOf(const std::string& text);

}  // namespace sb::connector
