#pragma once

#include <string_view>

#include "connectors/aircall/sandbox/world/clock.h"

namespace sb::aircall::sandbox {

/// How far a zone's clocks are ahead of UTC at an instant. Knows the zones the seeded companies
/// live in, by today's rules; any other counts as UTC. Asks no system file, so that a company is
/// the same on every machine.
Seconds OffsetOf(std::string_view zone, WallTime when);

/// The instant at which the zone's clocks show `local`.
WallTime FromLocal(std::string_view zone, std::chrono::local_seconds local);

std::chrono::local_seconds ToLocal(std::string_view zone, WallTime when);

}  // namespace sb::aircall::sandbox
