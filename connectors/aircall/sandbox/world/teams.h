#pragma once

#include <cstdint>
#include <string>

#include "connectors/aircall/sandbox/world/world.h"

// The teams of a company. Refusals are those of refusal.h.
namespace sb::aircall::sandbox {

/// A team of nobody yet. Names are unique in the company and have 64 characters at most (doc).
Result<Team> CreateTeam(World& world, const std::string& name);
Status RemoveTeam(World& world, std::int64_t id);
/// A membership that makes no sense is SANDBOX_UNPROCESSABLE.
Result<Team> JoinTeam(World& world, std::int64_t team_id, std::int64_t user_id);
Result<Team> LeaveTeam(World& world, std::int64_t team_id, std::int64_t user_id);

}  // namespace sb::aircall::sandbox
