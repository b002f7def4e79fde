#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/listing.h"
#include "connectors/aircall/sandbox/refusal.h"
#include "connectors/aircall/sandbox/router.h"

namespace sb::aircall::sandbox {
namespace {

template <typename T, typename Draw>
Reply ListDirectory(Visit& visit, const char* key, const std::vector<T>& items, bool window,
                    const Draw& draw) {
  auto query = ListQueryOf(visit);
  if (!query.ok()) return RefusalReply(query.error());
  if (!window) {
    query->from.reset();
    query->to.reset();
    query->unreadable_window = false;
  }
  std::vector<const T*> all;
  all.reserve(items.size());
  for (const T& item : items) all.push_back(&item);
  const TimeOf<T> created = [](const T& each) { return each.created_at; };
  const Page<T> page = TakePage<T>(std::move(all), *query, WindowRule::kFromOn, created, created);
  return ListReply(visit, {.key = key}, *query, page, draw);
}

Reply ListUsersAs(Visit& visit, UserShape shape) {
  return ListDirectory(visit, "users", visit.world().directory().users, /*window=*/true,
                       [&](const User& user) { return UserDoc(visit.world(), user, shape); });
}

Reply GetUserAs(Visit& visit, UserShape shape) {
  const User* user = visit.world().directory().FindUser(visit.args.at(0));
  if (user == nullptr) return RefusalReply(UnknownId("User"));
  return ObjectReply(200, "user", UserDoc(visit.world(), *user, shape));
}

Reply ListUsersV1(Visit& visit) {
  return ListUsersAs(visit, UserShape::kV1Listed);
}

Reply ListUsersV2(Visit& visit) {
  return ListUsersAs(visit, UserShape::kV2);
}

Reply GetUserV1(Visit& visit) {
  return GetUserAs(visit, UserShape::kV1Alone);
}

Reply GetUserV2(Visit& visit) {
  return GetUserAs(visit, UserShape::kV2);
}

Reply ListNumbers(Visit& visit) {
  return ListDirectory(
      visit, "numbers", visit.world().directory().numbers, /*window=*/true,
      [&](const Number& number) { return NumberDoc(visit.world(), number, NumberShape::kListed); });
}

Reply GetNumber(Visit& visit) {
  const Number* number = visit.world().directory().FindNumber(visit.Id(0));
  if (number == nullptr) return RefusalReply(UnknownId("Number"));
  return ObjectReply(200, "number", NumberDoc(visit.world(), *number, NumberShape::kAlone));
}

Reply ListTeams(Visit& visit) {
  return ListDirectory(visit, "teams", visit.world().directory().teams, /*window=*/false,
                       [&](const Team& team) { return TeamDoc(visit.world(), team); });
}

constexpr Route kRoutes[] = {
    {"GET", "/v1/users", Access::kCompany, ListUsersV1, "users, with their numbers"},
    {"GET", "/v2/users", Access::kCompany, ListUsersV2, "users"},
    {"GET", "/v1/users/:id", Access::kCompany, GetUserV1, "one user, by id or e-mail"},
    {"GET", "/v2/users/:id", Access::kCompany, GetUserV2, "one user, by id or e-mail"},
    {"GET", "/v1/numbers", Access::kCompany, ListNumbers, "phone lines"},
    {"GET", "/v1/numbers/:id", Access::kCompany, GetNumber, "one line, with its users"},
    {"GET", "/v1/teams", Access::kCompany, ListTeams, "teams"},
};

}  // namespace

std::span<const Route> DirectoryRoutes() {
  return kRoutes;
}

}  // namespace sb::aircall::sandbox
