#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/api/line_body.h"
#include "connectors/aircall/sandbox/api/listing.h"
#include "connectors/aircall/sandbox/door/router.h"
#include "connectors/aircall/sandbox/world/users.h"

// The control API, part four: people at work, and their phone lines. README.md shows every shape.
namespace sb::aircall::sandbox {
namespace {

template <UserAct kAct>
Reply Act(Visit& visit) {
  const auto body = BodyOf(visit.request);
  if (!body.ok()) return RefusalReply(body.error());
  const auto user =
      ActAsUser(visit.world(), visit.args.at(0), kAct, TextMember(*body, "substatus"));
  if (!user.ok()) return RefusalReply(user.error());
  return JsonReply(200, {{"user", UserDoc(visit.world(), *user, UserShape::kV2)},
                         {"availability", AvailabilityOf(visit.world(), *user)}});
}

Reply NumberReply(const Visit& visit, int status, const Result<Number>& number) {
  if (!number.ok()) return RefusalReply(number.error());
  return ObjectReply(status, "number", NumberDoc(visit.world(), *number, NumberShape::kAlone));
}

Reply AddNumber(Visit& visit) {
  const auto draft = OwnLineDraftOf(visit.request);
  if (!draft.ok()) return RefusalReply(draft.error());
  return NumberReply(visit, 201, CreateLine(visit.world(), *draft));
}

Reply EditNumber(Visit& visit) {
  const auto draft = OwnLineDraftOf(visit.request);
  if (!draft.ok()) return RefusalReply(draft.error());
  return NumberReply(visit, 200, UpdateLine(visit.world(), visit.Id(0), *draft));
}

Reply DeleteNumber(Visit& visit) {
  const Status status = RemoveLine(visit.world(), visit.Id(0));
  return status.ok() ? EmptyReply(204) : RefusalReply(status.error());
}

Reply OpenNumber(Visit& visit) {
  return NumberReply(visit, 200, OpenLine(visit.world(), visit.Id(0), true));
}

Reply CloseNumber(Visit& visit) {
  return NumberReply(visit, 200, OpenLine(visit.world(), visit.Id(0), false));
}

constexpr Route kControlPeopleRoutes[] = {
    {"POST", "/_sandbox/users/:id/connect", Access::kOpen, Act<UserAct::kConnect>,
     "a user logs in to the agent app", "user connect"},
    {"POST", "/_sandbox/users/:id/disconnect", Access::kOpen, Act<UserAct::kDisconnect>,
     "a user logs out", "user disconnect"},
    {"POST", "/_sandbox/users/:id/open", Access::kOpen, Act<UserAct::kOpen>,
     "a user takes calls again", "user open"},
    {"POST", "/_sandbox/users/:id/close", Access::kOpen, Act<UserAct::kClose>,
     "a user takes no calls; substatus= tells it twice", "user close"},
    {"POST", "/_sandbox/users/:id/wut_start", Access::kOpen, Act<UserAct::kStartWrapUp>,
     "a user's wrap-up time begins", "user wrap-up"},
    {"POST", "/_sandbox/users/:id/wut_end", Access::kOpen, Act<UserAct::kEndWrapUp>,
     "it ends before its time", "user wrap-up-end"},
    {"POST", "/_sandbox/numbers", Access::kOpen, AddNumber,
     "a new line; e164= name= user_ids=", "number create"},
    {"PUT", "/_sandbox/numbers/:id", Access::kOpen, EditNumber,
     "also registration_status= live_recording_activated= is_ivr= user_ids=", "number edit"},
    {"DELETE", "/_sandbox/numbers/:id", Access::kOpen, DeleteNumber, "the line is given up",
     "number delete"},
    {"POST", "/_sandbox/numbers/:id/open", Access::kOpen, OpenNumber, "its hours begin",
     "number open"},
    {"POST", "/_sandbox/numbers/:id/close", Access::kOpen, CloseNumber, "its hours end",
     "number close"},
};

}  // namespace

std::span<const Route> ControlPeopleRoutes() {
  return kControlPeopleRoutes;
}

}  // namespace sb::aircall::sandbox
