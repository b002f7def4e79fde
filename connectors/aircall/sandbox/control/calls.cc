#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/api/listing.h"
#include "connectors/aircall/sandbox/door/router.h"
#include "connectors/aircall/sandbox/life/call_steps.h"
#include "connectors/aircall/sandbox/world/refusal.h"

// The control API, part two: simulated calls. README.md shows every shape.
namespace sb::aircall::sandbox {
namespace {

constexpr std::int64_t kLongest = 86'400;

Result<Seconds> SecondsMember(const Json& body, const char* name, Seconds fallback) {
  const auto seconds = NumberMember(body, name, fallback.count(), 0, kLongest);
  if (!seconds.ok()) return seconds.error();
  return Seconds(*seconds);
}

std::optional<std::int64_t> IdMember(const Json& body, const char* name) {
  const Json& id = Member(body, name);
  return id.is_number_integer() ? std::optional(id.get<std::int64_t>()) : std::nullopt;
}

Status ReadDurations(const Json& body, CallPlan& plan) {
  const std::pair<const char*, Seconds CallPlan::*> kMembers[] = {
      {"ring_seconds", &CallPlan::ring},
      {"talk_seconds", &CallPlan::talk},
      {"ended_lag_seconds", &CallPlan::ended_lag},
      {"voicemail_seconds", &CallPlan::voicemail},
      {"decline_after_seconds", &CallPlan::decline_after},
      {"assets_lag_seconds", &CallPlan::assets_lag},
      {"assigned_after_seconds", &CallPlan::assigned_after}};
  for (const auto& [name, member] : kMembers) {
    const auto seconds = SecondsMember(body, name, plan.*member);
    if (!seconds.ok()) return seconds.error();
    plan.*member = *seconds;
  }
  return {};
}

/// Reads one item of a list, whose moment is known already.
using ReadItem = Status (*)(const World& world, const Json& item, Seconds after, CallPlan& plan);

Status ReadIvr(const World&, const Json& item, Seconds after, CallPlan& plan) {
  const std::string key = TextMember(item, "key");
  plan.ivr.push_back({after, TextMember(item, "title"), key.empty() ? "fallback" : key,
                      TextMember(item, "branch")});
  return {};
}

Status ReadHold(const World&, const Json& item, Seconds after, CallPlan& plan) {
  const auto lasts = SecondsMember(item, "seconds", HoldPlan().lasts);
  if (!lasts.ok()) return lasts.error();
  plan.holds.push_back({after, *lasts});
  return {};
}

Status ReadTransfer(const World& world, const Json& item, Seconds after, CallPlan& plan) {
  TransferPlan transfer = TransferTo(world.directory(), IdMember(item, "user_id"),
                                     IdMember(item, "team_id"), TextMember(item, "number"));
  transfer.after = after;
  if (const Json& good = Member(item, "succeeds"); good.is_boolean()) {
    transfer.succeeds = good.get<bool>();
  }
  plan.transfers.push_back(std::move(transfer));
  return {};
}

Status ReadNote(const World&, const Json& item, Seconds after, CallPlan& plan) {
  const std::string content = TextMember(item, "content");
  if (content.empty()) return Refused("comments: content is missing");
  plan.marks.push_back({.after = after, .user_id = IdMember(item, "user_id"), .content = content});
  return {};
}

Status ReadTag(const World&, const Json& item, Seconds after, CallPlan& plan) {
  const auto tag_id = IdMember(item, "tag_id");
  if (!tag_id) return Refused("tags: tag_id is missing");
  plan.marks.push_back({.after = after, .user_id = IdMember(item, "user_id"), .tag_id = *tag_id});
  return {};
}

/// What happens at a moment of its own, as lists: each item holds `after_seconds`.
constexpr std::pair<const char*, ReadItem> kLists[] = {{"ivr", ReadIvr},
                                                       {"holds", ReadHold},
                                                       {"transfers", ReadTransfer},
                                                       {"comments", ReadNote},
                                                       {"tags", ReadTag}};

Status ReadLists(const World& world, const Json& body, CallPlan& plan) {
  for (const auto& [name, read] : kLists) {
    const Json& list = Member(body, name);
    if (!list.is_null() && !list.is_array()) return Refused(std::string(name) + " is not a list");
    for (const Json& item : list) {
      const auto after = SecondsMember(item, "after_seconds", Seconds(0));
      if (!after.ok()) return after.error();
      if (Status status = read(world, item, *after, plan); !status.ok()) return status;
    }
  }
  for (const Json& id : Member(body, "declined_by")) {
    plan.declined_by.push_back(id.is_number_integer() ? id.get<std::int64_t>() : 0);
  }
  return {};
}

Status ReadFinalisation(const Json& body, CallPlan& plan) {
  if (!Member(body, "finalise_after_seconds").is_null()) {
    const auto after = SecondsMember(body, "finalise_after_seconds", Seconds(0));
    if (!after.ok()) return after.error();
    plan.finalise_after = *after;
  }
  if (!Member(body, "start_moves_seconds").is_null()) {
    const auto moves = NumberMember(body, "start_moves_seconds", 0, -1, 1);
    if (!moves.ok()) return moves.error();
    plan.start_moves = static_cast<int>(*moves);
  }
  return {};
}

/// Whose line: by id, else by the company's side of from/to, else the first one.
std::int64_t LineOf(const World& world, const Json& body, const std::string& own_phone) {
  const Json& id = Member(body, "number_id");
  if (id.is_number_integer()) return id.get<std::int64_t>();
  if (own_phone.empty()) return world.directory().numbers.front().id;
  const Number* number = world.directory().FindNumberByPhone(own_phone);
  return number == nullptr ? 0 : number->id;
}

Result<CallPlan> PlanOf(const World& world, const Json& body) {
  CallPlan plan;
  const std::string direction = TextMember(body, "direction");
  if (direction == "outbound") plan.direction = Direction::kOutbound;
  if (!direction.empty() && direction != "inbound" && direction != "outbound") {
    return Refused("direction is neither inbound nor outbound");
  }
  const bool inbound = plan.direction == Direction::kInbound;
  plan.external = TextMember(body, inbound ? "from" : "to");
  if (plan.external.empty()) {
    return Refused(inbound ? "from is missing: who calls, e.g. +16175550142 or anonymous"
                           : "to is missing: who is called, e.g. +16175550142");
  }
  plan.number_id = LineOf(world, body, TextMember(body, inbound ? "to" : "from"));
  plan.user_id = IdMember(body, "user_id");
  plan.team_id = IdMember(body, "team_id");
  plan.assigned_to = IdMember(body, "assigned_to");
  plan.callback_of = IdMember(body, "automatic_callback_call_id");
  plan.hangup_cause = TextMember(body, "hangup_cause");
  if (const Json& answered = Member(body, "answered"); answered.is_boolean()) {
    plan.answered = answered.get<bool>();
  }
  if (const std::string reason = TextMember(body, "missed_call_reason"); !reason.empty()) {
    plan.missed_reason = reason;
  }
  if (Status status = ReadDurations(body, plan); !status.ok()) return status.error();
  if (Status status = ReadLists(world, body, plan); !status.ok()) return status.error();
  if (Status status = ReadFinalisation(body, plan); !status.ok()) return status.error();
  return plan;
}

Doc StepNames(const CallPlan& plan) {
  Doc names = Doc::array();
  for (const TimedStep& step : StepsOf(plan)) {
    const std::string_view event = EventOf(plan, step);
    if (!event.empty()) names.push_back(event);
  }
  return names;
}

Reply PlaceCall(Visit& visit) {
  const auto body = BodyOf(visit.request);
  if (!body.ok()) return RefusalReply(body.error());
  const std::string pace = TextMember(*body, "pace");
  if (!pace.empty() && pace != "instant" && pace != "real") {
    return RefusalReply(Refused("pace is neither instant nor real"));
  }
  const auto plan = PlanOf(visit.world(), *body);
  if (!plan.ok()) return RefusalReply(plan.error());
  const auto call = visit.world().PlaceCall(*plan, pace == "real" ? Pace::kReal : Pace::kInstant);
  if (!call.ok()) return RefusalReply(call.error());
  const CallView view{.contact = true, .short_urls = true};
  return JsonReply(201,
                   {{"call", CallDoc(visit.world(), *call, view)}, {"events", StepNames(*plan)}});
}

Reply ShowCall(Visit& visit) {
  const auto call = visit.world().calls().Get(visit.Id(0));
  if (!call.ok()) return RefusalReply(call.error());
  Doc doc = CallDoc(visit.world(), *call,
                    {.contact = true, .short_urls = true, .timeline = true, .ai_agents = true});
  // What the API takes and never shows.
  doc["recording_paused"] = call->recording_paused;
  doc["insight_cards"] = Doc::array();
  for (const std::string& card : call->insight_cards) {
    doc["insight_cards"].push_back(Doc::parse(card).at("contents"));
  }
  doc["link"] = call->link.empty() ? Doc(nullptr) : Doc(call->link);
  return ObjectReply(200, "call", std::move(doc));
}

Reply UntagCall(Visit& visit) {
  const Status status = visit.world().UntagCall(visit.Id(0), visit.Id(1));
  return status.ok() ? EmptyReply(204) : RefusalReply(status.error());
}

constexpr Route kControlCallRoutes[] = {
    {"POST", "/_sandbox/calls", Access::kOpen, PlaceCall, "simulate a call", "call place"},
    {"GET", "/_sandbox/calls/:id", Access::kOpen, ShowCall, "a call with its contact", "call show"},
    {"DELETE", "/_sandbox/calls/:id/tags/:tag_id", Access::kOpen, UntagCall,
     "take a tag off a call, as in the app", "call untag"},
};

}  // namespace

std::span<const Route> ControlCallRoutes() {
  return kControlCallRoutes;
}

}  // namespace sb::aircall::sandbox
