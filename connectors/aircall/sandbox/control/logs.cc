#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/api/listing.h"
#include "connectors/aircall/sandbox/door/router.h"
#include "connectors/aircall/sandbox/world/refusal.h"
#include "connectors/aircall/sandbox/world/text.h"

// The control API, part three: what was asked, changed and sent, and the faults to come. README.md
// shows every shape.
namespace sb::aircall::sandbox {
namespace {

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

Reply ShowRequest(Visit& visit) {
  for (const LoggedRequest& entry : visit.stage.requests.entries()) {
    if (entry.seq == visit.Id(0)) return ObjectReply(200, "request", LoggedDoc(entry));
  }
  return RefusalReply(UnknownId("Request"));
}

Doc EffectDoc(const LoggedEffect& entry) {
  const auto& [what, id, at, cause] = entry.effect;
  return {{"seq", entry.seq},
          {"at", ToRfc3339(at)},
          {"what", what},
          {"id", id},
          {"request", cause.request == 0 ? Doc(nullptr) : Doc(cause.request)},
          {"agent", cause.agent ? Doc(*cause.agent) : Doc(nullptr)}};
}

Reply ShowEffects(Visit& visit) {
  const std::int64_t since = NumberQuery(visit, "since", 0);
  Doc list = Doc::array();
  for (const LoggedEffect& entry : visit.stage.effects.entries()) {
    const std::string& what = entry.effect.what;
    if (entry.seq > since && visit.query.GetOr("what", what) == what) {
      list.push_back(EffectDoc(entry));
    }
  }
  return ObjectReply(200, "effects", std::move(list));
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

Reply ShowDelivery(Visit& visit) {
  const auto& all = visit.stage.deliveries.all();
  const auto found = all.find(visit.Id(0));
  if (found == all.end()) return RefusalReply(UnknownId("Delivery"));
  return ObjectReply(200, "delivery", DeliveryDoc(found->second));
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

Result<Fault> FaultOf(const Json& body) {
  const auto action = FaultActionFromName(TextMember(body, "action"));
  if (!action)
    return Refused("action is not one of status, html, delay, drop_before, drop_after, truncate");
  const auto status =
      NumberMember(body, "status", *action == FaultAction::kHtml ? 502 : 503, 200, 599);
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

Reply StartStorm(Visit& visit) {
  const auto body = BodyOf(visit.request);
  if (!body.ok()) return RefusalReply(body.error());
  const auto seconds = NumberMember(*body, "seconds", 60, 0, 86'400);
  if (!seconds.ok()) return RefusalReply(seconds.error());
  const WallTime until = visit.stage.Now() + Seconds(*seconds);
  visit.stage.rate.Storm(until);
  return ObjectReply(200, "storm_until", ToRfc3339(until));
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

constexpr Route kControlLogRoutes[] = {
    {"GET", "/_sandbox/requests", Access::kOpen, ShowRequests,
     "requests seen; since=seq method= path=", "requests"},
    {"GET", "/_sandbox/requests/:seq", Access::kOpen, ShowRequest, "one request", "request show"},
    {"GET", "/_sandbox/effects", Access::kOpen, ShowEffects,
     "changes made, with their cause; since=seq what=", "effects"},
    {"GET", "/_sandbox/deliveries", Access::kOpen, ShowDeliveries,
     "webhooks sent; since=id event=", "deliveries"},
    {"GET", "/_sandbox/deliveries/:id", Access::kOpen, ShowDelivery, "one delivery",
     "delivery show"},
    {"POST", "/_sandbox/webhooks/redeliver", Access::kOpen, Redeliver, "send a delivery once more",
     "redeliver"},
    {"GET", "/_sandbox/faults", Access::kOpen, ShowFaults, "faults waiting", "fault list"},
    {"POST", "/_sandbox/faults", Access::kOpen, AddFault, "make coming requests fail", "fault add"},
    {"DELETE", "/_sandbox/faults", Access::kOpen, ClearFaults, "take all faults away",
     "fault clear"},
    {"POST", "/_sandbox/rate/storm", Access::kOpen, StartStorm,
     "answer 429 to everything for seconds=60", "storm"},
};

}  // namespace

std::span<const Route> ControlLogRoutes() {
  return kControlLogRoutes;
}

}  // namespace sb::aircall::sandbox
