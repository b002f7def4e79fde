#include "connectors/aircall/sandbox/world/users.h"

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/api/listing.h"
#include "connectors/aircall/sandbox/api/sent.h"
#include "connectors/aircall/sandbox/door/router.h"
#include "connectors/aircall/sandbox/world/refusal.h"

namespace sb::aircall::sandbox {
namespace {

/// The two generations of the user API differ in their links and in what they embed.
enum class Generation { kV1, kV2 };

template <Generation kGeneration>
constexpr UserShape kListedShape =
    kGeneration == Generation::kV1 ? UserShape::kV1Listed : UserShape::kV2;
template <Generation kGeneration>
constexpr UserShape kAloneShape =
    kGeneration == Generation::kV1 ? UserShape::kV1Alone : UserShape::kV2;

/// is_admin, or role_ids of which one is an administrator's.
std::optional<bool> AdminOf(const Json& body) {
  if (const Json& admin = Member(body, "is_admin"); admin.is_boolean()) return admin.get<bool>();
  const Json& roles = Member(body, "role_ids");
  if (!roles.is_array()) return {};
  for (const Json& role : roles) {
    if (role == "admin" || role == "owner") return true;
  }
  return false;
}

Result<UserDraft> UserDraftOf(const Visit& visit) {
  const auto body = BodyOf(visit.request);
  if (!body.ok()) return body.error();
  const auto wrap_up = NumberMember(*body, "wrap_up_time", 0, 0, 86'400);
  if (!wrap_up.ok()) return wrap_up.error();
  UserDraft draft{.email = Sent(*body, "email"),
                  .first_name = Sent(*body, "first_name"),
                  .last_name = Sent(*body, "last_name"),
                  .availability_status = Sent(*body, "availability_status"),
                  .admin = AdminOf(*body)};
  if (!Member(*body, "wrap_up_time").is_null()) draft.wrap_up = Seconds(*wrap_up);
  return draft;
}

Reply UserReply(const Visit& visit, int status, const Result<User>& user, UserShape shape) {
  if (!user.ok()) return RefusalReply(user.error());
  return ObjectReply(status, "user", UserDoc(visit.world(), *user, shape));
}

template <Generation kGeneration>
Reply ListUsers(Visit& visit) {
  return ListItems(
      visit, {.key = "users"}, PointersTo(visit.world().directory().users), {},
      [&](const User& user) { return UserDoc(visit.world(), user, kListedShape<kGeneration>); });
}

template <Generation kGeneration>
Reply GetUser(Visit& visit) {
  const User* user = visit.world().directory().FindUser(visit.args.at(0));
  if (user == nullptr) return RefusalReply(UnknownId("User"));
  return UserReply(visit, 200, *user, kAloneShape<kGeneration>);
}

template <Generation kGeneration>
Reply CreateUserAs(Visit& visit) {
  const auto draft = UserDraftOf(visit);
  if (!draft.ok()) return RefusalReply(draft.error());
  const int status = visit.switches().GetNumber(Switch::kUserCreateStatus);
  return UserReply(visit, status, CreateUser(visit.world(), *draft), kAloneShape<kGeneration>);
}

template <Generation kGeneration>
Reply UpdateUserAs(Visit& visit) {
  const auto draft = UserDraftOf(visit);
  if (!draft.ok()) return RefusalReply(draft.error());
  return UserReply(visit, 200, UpdateUser(visit.world(), visit.args.at(0), *draft),
                   kAloneShape<kGeneration>);
}

Reply DeleteUser(Visit& visit) {
  const Status status = QueueUserRemoval(visit.world(), visit.args.at(0));
  return status.ok() ? EmptyReply(204) : RefusalReply(status.error());
}

Reply ListAvailabilities(Visit& visit) {
  return ListItems(
      visit, {.key = "users"}, PointersTo(visit.world().directory().users), {.window = false},
      [&](const User& user) {
        return Doc{{"id", user.id}, {"availability", AvailabilityOf(visit.world(), user)}};
      });
}

// Neither envelope nor id (doc, live).
Reply GetAvailability(Visit& visit) {
  const User* user = visit.world().directory().FindUser(visit.args.at(0));
  if (user == nullptr) return RefusalReply(UnknownId("User"));
  return ObjectReply(200, "availability", AvailabilityOf(visit.world(), *user));
}

Reply ListNumbersOfUser(Visit& visit) {
  const User* user = visit.world().directory().FindUser(visit.args.at(0));
  if (user == nullptr) return RefusalReply(UnknownId("User"));
  std::vector<const Number*> numbers = PointersTo(visit.world().directory().numbers);
  std::erase_if(numbers, [&](const Number* each) {
    const auto& ids = each->user_ids;
    return std::find(ids.begin(), ids.end(), user->id) == ids.end();
  });
  return ListItems(visit, {.key = "numbers"}, std::move(numbers), {}, [&](const Number& number) {
    return NumberDoc(visit.world(), number, NumberShape::kOfUser);
  });
}

Reply CallFor(Visit& visit) {
  const auto body = BodyOf(visit.request);
  if (!body.ok()) return RefusalReply(body.error());
  const Json& number = Member(*body, "number_id");
  const Status status = ClickToCall(visit.world(), visit.args.at(0),
                                    number.is_number_integer() ? number.get<std::int64_t>() : 0,
                                    TextMember(*body, "to"));
  return status.ok() ? EmptyReply(204) : RefusalReply(status.error());
}

Reply Dial(Visit& visit) {
  const auto body = BodyOf(visit.request);
  if (!body.ok()) return RefusalReply(body.error());
  const Status status = FillDialler(visit.world(), visit.args.at(0), TextMember(*body, "to"));
  return status.ok() ? EmptyReply(204) : RefusalReply(status.error());
}

using enum Generation;
constexpr Switch kEnds = Switch::kUserV1;  // These four of v1 are announced as ending (doc).

constexpr Route kUserRoutes[] = {
    {"GET", "/v1/users", Access::kCompany, ListUsers<kV1>, "users, with their numbers", {}, kEnds},
    {"GET", "/v2/users", Access::kCompany, ListUsers<kV2>, "users"},
    {"GET", "/v1/users/availabilities", Access::kCompany, ListAvailabilities,
     "what each user is doing"},
    {"GET",
     "/v1/users/:id",
     Access::kCompany,
     GetUser<kV1>,
     "one user, by id or e-mail",
     {},
     kEnds},
    {"GET", "/v2/users/:id", Access::kCompany, GetUser<kV2>, "one user, by id or e-mail"},
    {"POST", "/v1/users", Access::kCompany, CreateUserAs<kV1>, "invite a user", {}, kEnds},
    {"POST", "/v2/users", Access::kCompany, CreateUserAs<kV2>, "invite a user"},
    {"PUT", "/v1/users/:id", Access::kCompany, UpdateUserAs<kV1>, "change a user", {}, kEnds},
    {"PUT", "/v2/users/:id", Access::kCompany, UpdateUserAs<kV2>, "change a user"},
    {"DELETE", "/v1/users/:id", Access::kCompany, DeleteUser, "queue the removal of a user"},
    {"GET", "/v1/users/:id/availability", Access::kCompany, GetAvailability,
     "what one user is doing"},
    {"GET", "/v2/users/:id/numbers", Access::kCompany, ListNumbersOfUser, "the lines of a user"},
    {"POST", "/v1/users/:id/calls", Access::kCompany, CallFor, "start an outbound call"},
    {"POST", "/v1/users/:id/dial", Access::kCompany, Dial, "fill the dialler"},
};

}  // namespace

std::span<const Route> UserRoutes() {
  return kUserRoutes;
}

}  // namespace sb::aircall::sandbox
