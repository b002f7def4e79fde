#include "connectors/aircall/sandbox/world/teams.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/render/render.h"
#include "connectors/aircall/sandbox/world/refusal.h"
#include "connectors/aircall/sandbox/world/text.h"

namespace sb::aircall::sandbox {
namespace {

constexpr std::size_t kLongestName = 64;  // doc

Status CheckName(const Directory& directory, const std::string& name) {
  if (IsBlank(name)) return Refused("name is missing");
  if (CharactersIn(name) > kLongestName) return Refused("name is longer than 64 characters");
  const bool taken = std::any_of(directory.teams.begin(), directory.teams.end(),
                                 [&](const Team& each) { return each.name == name; });
  return taken ? Status(Refused("name has already been taken")) : Status();
}

// One catalogue alone knows these two events.
void TellTeam(World& world, const char* event, const Team& team) {
  world.Note(event, team.id);
  world.Tell({event, "team", world.Now(), TeamDoc(world, team).dump(), {}});
}

/// The team, once both it and the user are known.
Result<Team*> TeamFor(World& world, std::int64_t team_id, std::int64_t user_id) {
  Team* team = world.directory().FindTeam(team_id);
  if (team == nullptr) return UnknownId("Team");
  if (world.directory().FindUser(user_id) == nullptr) return UnknownId("User");
  return team;
}

bool HasMember(const Team& team, std::int64_t user_id) {
  return std::find(team.user_ids.begin(), team.user_ids.end(), user_id) != team.user_ids.end();
}

}  // namespace

Result<Team> CreateTeam(World& world, const std::string& name) {
  if (Status status = CheckName(world.directory(), name); !status.ok()) return status.error();
  const Team team{world.ids().Next(IdKind::kTeam), name, world.Now(), {}};
  world.directory().teams.push_back(team);
  TellTeam(world, "team.created", team);
  return team;
}

Status RemoveTeam(World& world, std::int64_t id) {
  const Team* found = world.directory().FindTeam(id);
  if (found == nullptr) return UnknownId("Team");
  const Team last = *found;
  std::erase_if(world.directory().teams, [&](const Team& each) { return each.id == id; });
  TellTeam(world, "team.destroyed", last);
  return {};
}

Result<Team> JoinTeam(World& world, std::int64_t team_id, std::int64_t user_id) {
  const auto team = TeamFor(world, team_id, user_id);
  if (!team.ok()) return team.error();
  if (HasMember(**team, user_id)) return Unprocessable("The user is already in this team");
  (*team)->user_ids.push_back(user_id);
  world.Note("team.user_added", team_id);
  return **team;
}

Result<Team> LeaveTeam(World& world, std::int64_t team_id, std::int64_t user_id) {
  const auto team = TeamFor(world, team_id, user_id);
  if (!team.ok()) return team.error();
  if (!HasMember(**team, user_id)) return Unprocessable("The user is not in this team");
  std::erase((*team)->user_ids, user_id);
  world.Note("team.user_removed", team_id);
  return **team;
}

}  // namespace sb::aircall::sandbox
