#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sb {

using Millis = std::chrono::milliseconds;

/// An instant of civil time, to the microsecond as PostgreSQL keeps it.
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

/// RFC 3339 in UTC with milliseconds: "2026-06-01T09:30:00.250Z".
std::string ToRfc3339(WallTime when);

/// Reads RFC 3339 with "Z" or a numeric offset and any number of fraction digits; nothing when
/// malformed.
std::optional<WallTime> ParseRfc3339(std::string_view text);

/// For people: "250 ms", "1.4 s", "3 min 05 s", "2 h 10 min".
std::string ToHumanText(Millis duration);

}  // namespace sb
