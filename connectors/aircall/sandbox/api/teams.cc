#include "connectors/aircall/sandbox/world/teams.h"

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/api/listing.h"
#include "connectors/aircall/sandbox/door/router.h"
#include "connectors/aircall/sandbox/world/refusal.h"

namespace sb::aircall::sandbox {
namespace {

Reply TeamReply(const Visit& visit, int status, const Result<Team>& team) {
  if (!team.ok()) return RefusalReply(team.error());
  return ObjectReply(status, "team", TeamDoc(visit.world(), *team));
}

int CreateStatus(const Visit& visit) {
  return visit.switches().GetNumber(Switch::kTeamCreateStatus);
}

Reply ListTeams(Visit& visit) {
  return ListItems(visit, {.key = "teams"}, PointersTo(visit.world().directory().teams),
                   {.window = false},
                   [&](const Team& team) { return TeamDoc(visit.world(), team); });
}

Reply GetTeam(Visit& visit) {
  const Team* team = visit.world().directory().FindTeam(visit.Id(0));
  if (team == nullptr) return RefusalReply(UnknownId("Team"));
  return TeamReply(visit, 200, *team);
}

Reply Create(Visit& visit) {
  const auto body = BodyOf(visit.request);
  if (!body.ok()) return RefusalReply(body.error());
  return TeamReply(visit, CreateStatus(visit),
                   CreateTeam(visit.world(), TextMember(*body, "name")));
}

Reply Delete(Visit& visit) {
  const Status status = RemoveTeam(visit.world(), visit.Id(0));
  return status.ok() ? EmptyReply(204) : RefusalReply(status.error());
}

Reply Join(Visit& visit) {
  return TeamReply(visit, CreateStatus(visit), JoinTeam(visit.world(), visit.Id(0), visit.Id(1)));
}

Reply Leave(Visit& visit) {
  return TeamReply(visit, 200, LeaveTeam(visit.world(), visit.Id(0), visit.Id(1)));
}

constexpr Route kTeamRoutes[] = {
    {"GET", "/v1/teams", Access::kCompany, ListTeams, "teams"},
    {"GET", "/v1/teams/:id", Access::kCompany, GetTeam, "one team"},
    {"POST", "/v1/teams", Access::kCompany, Create, "create a team"},
    {"DELETE", "/v1/teams/:id", Access::kCompany, Delete, "delete a team"},
    {"POST", "/v1/teams/:id/users/:user", Access::kCompany, Join, "take a user in"},
    {"DELETE", "/v1/teams/:id/users/:user", Access::kCompany, Leave, "let a user out"},
};

}  // namespace

std::span<const Route> TeamRoutes() {
  return kTeamRoutes;
}

}  // namespace sb::aircall::sandbox
