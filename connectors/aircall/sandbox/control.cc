#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/contact_body.h"
#include "connectors/aircall/sandbox/listing.h"
#include "connectors/aircall/sandbox/refusal.h"
#include "connectors/aircall/sandbox/router.h"
#include "connectors/aircall/sandbox/text.h"

// The control API: what a test or a demo says to the sandbox itself. README.md shows every shape.
namespace sb::aircall::sandbox {
namespace {

// ---- calls

Result<Seconds> SecondsMember(const Json& body, const char* name, Seconds fallback) {
  const Json& value = Member(body, name);
  if (value.is_null()) return fallback;
  if (!value.is_number_integer() || value.get<std::int64_t>() < 0 ||
      value.get<std::int64_t>() > 86'400) {
    return Refused(std::string(name) + " is not a number of seconds from 0 to 86400");
  }
  return Seconds(value.get<std::int64_t>());
}

Status ReadDurations(const Json& body, CallPlan& plan) {
  const std::pair<const char*, Seconds CallPlan::*> kMembers[] = {
      {"ring_seconds", &CallPlan::ring},
      {"talk_seconds", &CallPlan::talk},
      {"ended_lag_seconds", &CallPlan::ended_lag},
      {"voicemail_seconds", &CallPlan::voicemail}};
  for (const auto& [name, member] : kMembers) {
    const auto seconds = SecondsMember(body, name, plan.*member);
    if (!seconds.ok()) return seconds.error();
    plan.*member = *seconds;
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
  if (const Json& user = Member(body, "user_id"); user.is_number_integer()) {
    plan.user_id = user.get<std::int64_t>();
  }
  if (const Json& answered = Member(body, "answered"); answered.is_boolean()) {
    plan.answered = answered.get<bool>();
  }
  if (const std::string reason = TextMember(body, "missed_call_reason"); !reason.empty()) {
    plan.missed_reason = reason;
  }
  if (Status status = ReadDurations(body, plan); !status.ok()) return status.error();
  return plan;
}

Doc StepNames(const CallPlan& plan) {
  Doc names = Doc::array();
  for (const TimedStep& step : StepsOf(plan)) names.push_back(EventOf(step.step));
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
  return ObjectReply(200, "call",
                     CallDoc(visit.world(), *call, {.contact = true, .short_urls = true}));
}

// ---- what was seen and sent

std::int64_t NumberQuery(const Visit& visit, const char* name, std::int64_t fallback) {
  return ParseInteger(visit.query.GetOr(name, "")).value_or(fallback);
}

Doc LoggedDoc(const LoggedRequest& entry) {
  return {{"seq", entry.seq},
          {"at", ToRfc3339(entry.at)},
          {"method", entry.method},
          {"path", entry.path},
          {"query", entry.query},
          {"status", entry.status == 0 ? Doc(nullptr) : Doc(entry.status)},
          {"answered", entry.answered},
          {"credential", entry.credential},
          {"fault", entry.fault ? Doc(*entry.fault) : Doc(nullptr)},
          {"body_sha256", entry.body_sha256.empty() ? Doc(nullptr) : Doc(entry.body_sha256)},
          {"body", entry.body}};
}

Reply ShowRequests(Visit& visit) {
  const std::int64_t since = NumberQuery(visit, "since", 0);
  Doc list = Doc::array();
  for (const LoggedRequest& entry : visit.stage.requests.entries()) {
    const bool wanted = entry.seq > since &&
                        visit.query.GetOr("method", entry.method) == entry.method &&
                        visit.query.GetOr("path", entry.path) == entry.path;
    if (wanted) list.push_back(LoggedDoc(entry));
  }
  return ObjectReply(200, "requests", std::move(list));
}

Doc AttemptDoc(const Attempt& attempt) {
  return {{"at", ToRfc3339(attempt.at)},
          {"status", attempt.status == 0 ? Doc(nullptr) : Doc(attempt.status)},
          {"problem", attempt.problem.empty() ? Doc(nullptr) : Doc(attempt.problem)},
          {"took_ms", attempt.took.count()}};
}

/// The body as sent, but for the token, which opens the receiver's door.
Doc BodyWithoutToken(const std::string& body) {
  Doc doc = Doc::parse(body, nullptr, /*allow_exceptions=*/false);
  if (doc.is_object()) doc["token"] = "***";
  return doc;
}

Doc DeliveryDoc(const Delivery& delivery) {
  Doc attempts = Doc::array();
  for (const Attempt& attempt : delivery.attempts) attempts.push_back(AttemptDoc(attempt));
  const bool waits = delivery.state == DeliveryState::kPending;
  return {{"id", delivery.message.delivery_id},
          {"webhook_id", delivery.message.webhook_id},
          {"url", delivery.message.url},
          {"event", delivery.message.event},
          {"state", NameOf(delivery.state)},
          {"created_at", ToRfc3339(delivery.created_at)},
          {"next_attempt_at", waits ? Doc(ToRfc3339(delivery.due_at)) : Doc(nullptr)},
          {"repeat_of", delivery.repeat_of ? Doc(*delivery.repeat_of) : Doc(nullptr)},
          {"attempts", std::move(attempts)},
          {"body", BodyWithoutToken(delivery.message.body)}};
}

Reply ShowDeliveries(Visit& visit) {
  const std::int64_t since = NumberQuery(visit, "since", 0);
  Doc list = Doc::array();
  for (const auto& [id, delivery] : visit.stage.deliveries.all()) {
    const std::string& event = delivery.message.event;
    if (id > since && visit.query.GetOr("event", event) == event)
      list.push_back(DeliveryDoc(delivery));
  }
  return ObjectReply(200, "deliveries", std::move(list));
}

Reply Redeliver(Visit& visit) {
  const auto body = BodyOf(visit.request);
  if (!body.ok()) return RefusalReply(body.error());
  std::optional<std::int64_t> id;
  if (const Json& sent = Member(*body, "delivery_id"); sent.is_number_integer()) {
    id = sent.get<std::int64_t>();
  }
  const auto repeated = visit.stage.deliveries.Repeat(id, visit.stage.Now());
  if (!repeated.ok()) return RefusalReply(repeated.error());
  return ObjectReply(202, "delivery", DeliveryDoc(*repeated));
}

// ---- faults

Doc FaultDoc(const Fault& fault) {
  return {{"id", fault.id},
          {"match", {{"method", fault.method}, {"path_regex", fault.path_regex}}},
          {"action", NameOf(fault.action)},
          {"status", fault.status},
          {"delay_ms", fault.delay.count()},
          {"times", fault.times ? Doc(*fault.times) : Doc(nullptr)},
          {"struck", fault.struck}};
}

Result<std::int64_t> NumberMember(const Json& body, const char* name, std::int64_t fallback,
                                  std::int64_t least, std::int64_t most) {
  const Json& value = Member(body, name);
  if (value.is_null()) return fallback;
  const bool good = value.is_number_integer() && value.get<std::int64_t>() >= least &&
                    value.get<std::int64_t>() <= most;
  if (good) return value.get<std::int64_t>();
  return Refused(std::string(name) + " is not a number from " + std::to_string(least) + " to " +
                 std::to_string(most));
}

Result<Fault> FaultOf(const Json& body) {
  const auto action = FaultActionFromName(TextMember(body, "action"));
  if (!action) return Refused("action is not one of status, delay, drop_before, drop_after");
  const auto status = NumberMember(body, "status", 503, 200, 599);
  if (!status.ok()) return status.error();
  const auto delay = NumberMember(body, "delay_ms", 0, 0, 600'000);
  if (!delay.ok()) return delay.error();
  const auto times = NumberMember(body, "times", 1, 0, 1'000'000);
  if (!times.ok()) return times.error();
  const Json& match = Member(body, "match");
  Fault fault;
  fault.method = TextMember(match, "method");
  fault.path_regex = TextMember(match, "path_regex");
  fault.action = *action;
  fault.status = static_cast<int>(*status);
  fault.delay = Millis(*delay);
  fault.times = *times == 0 ? std::nullopt : std::optional(static_cast<int>(*times));
  if (const Json& answer = Member(body, "body"); !answer.is_null()) fault.body = DumpJson(answer);
  return fault;
}

Reply AddFault(Visit& visit) {
  const auto body = BodyOf(visit.request);
  if (!body.ok()) return RefusalReply(body.error());
  auto fault = FaultOf(*body);
  if (!fault.ok()) return RefusalReply(fault.error());
  const auto added = visit.stage.faults.Add(*std::move(fault));
  if (!added.ok()) return RefusalReply(added.error());
  return ObjectReply(201, "fault", FaultDoc(*added));
}

Reply ShowFaults(Visit& visit) {
  Doc list = Doc::array();
  for (const Fault& fault : visit.stage.faults.all()) list.push_back(FaultDoc(fault));
  return ObjectReply(200, "faults", std::move(list));
}

Reply ClearFaults(Visit& visit) {
  visit.stage.faults.Clear();
  return EmptyReply(204);
}

// ---- the world

Reply CreateContactSilently(Visit& visit) {
  const auto draft = ContactDraftOf(visit.request);
  if (!draft.ok()) return RefusalReply(draft.error());
  const auto contact = visit.world().CreateContact(*draft, Announce::kNo);
  if (!contact.ok()) return RefusalReply(contact.error());
  return ObjectReply(201, "contact", ContactDoc(visit.world(), *contact, Wire::kRest));
}

Reply RemoveApp(Visit& visit) {
  const auto removed = visit.world().RemoveApp();
  if (!removed.ok()) return RefusalReply(removed.error());
  return ObjectReply(200, "removed", IntegrationDeletedDoc(visit.world(), *removed));
}

Reply Reset(Visit& visit) {
  visit.stage.Reset();
  return EmptyReply(204);
}

Doc SwitchesDoc(const Switches& switches) {
  Doc doc = Doc::object();
  for (const SwitchInfo& row : AllSwitches()) doc[std::string(row.name)] = switches.Get(row.id);
  return doc;
}

Reply SetSwitches(Visit& visit) {
  const auto body = BodyOf(visit.request);
  if (!body.ok()) return RefusalReply(body.error());
  Switches changed = visit.world().switches();
  for (const auto& [name, choice] : body->items()) {
    const std::string text = choice.is_string() ? choice.get<std::string>() : DumpJson(choice);
    if (Status status = changed.Set(name, text); !status.ok()) return RefusalReply(status.error());
  }
  visit.world().switches() = changed;
  return ObjectReply(200, "switches", SwitchesDoc(changed));
}

Doc WebhookStateDoc(const Webhook& webhook) {
  return {{"webhook_id", webhook.uuid},
          {"made_by", webhook.owner == CallerKind::kApp ? "oauth" : "basic"},
          {"url", webhook.url},
          {"active", webhook.active},
          {"events", webhook.events.size()},
          {"failures_in_a_row", webhook.failures_in_a_row}};
}

Doc DeliveryCounts(const DeliveryBook& deliveries) {
  Doc counts = Doc::object();
  for (const DeliveryState state :
       {DeliveryState::kPending, DeliveryState::kSending, DeliveryState::kDelivered,
        DeliveryState::kGivenUp, DeliveryState::kCancelled}) {
    counts[NameOf(state)] = 0;
  }
  for (const auto& [id, delivery] : deliveries.all()) {
    Doc& count = counts[NameOf(delivery.state)];
    count = count.get<int>() + 1;
  }
  return counts;
}

Doc RateDoc(const RateWindow::Standing& standing) {
  return {{"limit", standing.limit}, {"remaining", standing.remaining}, {"reset", standing.reset}};
}

Reply ShowState(Visit& visit) {
  const World& world = visit.world();
  Doc webhooks = Doc::array();
  for (const Webhook& webhook : world.webhooks().all())
    webhooks.push_back(WebhookStateDoc(webhook));
  const auto& app = world.app().integration();
  const auto& requests = visit.stage.requests.entries();
  return JsonReply(200, {{"now", ToRfc3339(visit.stage.Now())},
                         {"company", CompanyDoc(world)},
                         {"calls", world.calls().size()},
                         {"contacts", world.contacts().size()},
                         {"tags", world.tags().size()},
                         {"webhooks", std::move(webhooks)},
                         {"app", app ? IntegrationDoc(world, *app) : Doc(nullptr)},
                         {"rate", RateDoc(visit.stage.rate.Look(visit.stage.Now()))},
                         {"requests", requests.empty() ? 0 : requests.back().seq},
                         {"deliveries", DeliveryCounts(visit.stage.deliveries)},
                         {"faults", visit.stage.faults.all().size()},
                         {"switches", SwitchesDoc(world.settings().switches)}});
}

Reply ShowRoutes(Visit&);

constexpr Route kRoutes[] = {
    {"GET", "/sandbox", Access::kOpen, ShowRoutes, "this list"},
    {"GET", "/sandbox/state", Access::kOpen, ShowState, "a summary of everything"},
    {"POST", "/sandbox/calls", Access::kOpen, PlaceCall, "simulate a call"},
    {"GET", "/sandbox/calls/:id", Access::kOpen, ShowCall, "a call with its contact"},
    {"POST", "/sandbox/contacts", Access::kOpen, CreateContactSilently, "a contact without events"},
    {"GET", "/sandbox/requests", Access::kOpen, ShowRequests,
     "requests seen; ?since=seq&method=&path="},
    {"GET", "/sandbox/deliveries", Access::kOpen, ShowDeliveries,
     "webhooks sent; ?since=id&event="},
    {"POST", "/sandbox/webhooks/redeliver", Access::kOpen, Redeliver, "send a delivery once more"},
    {"GET", "/sandbox/faults", Access::kOpen, ShowFaults, "faults waiting"},
    {"POST", "/sandbox/faults", Access::kOpen, AddFault, "make coming requests fail"},
    {"DELETE", "/sandbox/faults", Access::kOpen, ClearFaults, "take all faults away"},
    {"POST", "/sandbox/app/remove", Access::kOpen, RemoveApp, "the customer removes the app"},
    {"PUT", "/sandbox/switches", Access::kOpen, SetSwitches,
     "change how doubtful points are answered"},
    {"POST", "/sandbox/reset", Access::kOpen, Reset, "back to the seeded company"},
};

Reply ShowRoutes(Visit&) {
  Doc list = Doc::array();
  for (const Route& route : kRoutes) {
    list.push_back({{"method", route.method}, {"path", route.pattern}, {"what", route.what}});
  }
  return ObjectReply(200, "routes", std::move(list));
}

}  // namespace

std::span<const Route> ControlRoutes() {
  return kRoutes;
}

}  // namespace sb::aircall::sandbox
