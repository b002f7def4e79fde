#pragma once

#include <optional>
#include <string_view>

#include "engine/base/time.h"

namespace sb::core::workflow {

/// An ISO 8601 duration of days, hours, minutes and seconds: "PT15M", "P1DT2H", "PT0.5S". Nothing
/// when malformed, or when it names years, months or weeks together with others: their length
/// depends on the calendar. "P2W" is read.
std::optional<Millis> ParseIsoDuration(std::string_view text);

}  // namespace sb::core::workflow
