#include <utility>

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "engine/base/time.h"
#include "engine/connector/connector.h"
#include "engine/connector/instant.h"

namespace sb::connector {
namespace {

/// The value at a pointer that load has checked; null when the body has no such place.
const Json& At(const Json& body, const std::string& pointer) {
  static const Json kNull;
  if (pointer.empty()) return kNull;
  const Json::json_pointer place(pointer);
  return body.contains(place) ? body.at(place) : kNull;
}

std::string IdText(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_number_integer() ? DumpJson(value) : std::string();
}

const EventKind* FindKind(const Connector& connector, const std::string& name) {
  for (const EventKind& kind : connector.events) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

/// Providers without a delivery id repeat a delivery with the same content: that content is its
/// identity. The token stays outside, so that a changed token does not make an old delivery new.
std::string DedupeOf(const IncomingEvent& event, const Json& time, const Json& data) {
  return Sha256("[" + DumpJson(event.name) + "," + DumpJson(event.entity_id) + "," +
                DumpJson(time) + "," + DumpJson(data) + "]");
}

/// Recovered events have the same: by it a late delivery of what was recovered is known.
std::string OccurrenceOf(const Connector& connector, const IncomingEvent& event, const Json& body) {
  const auto rule = connector.occurrences.find(event.name);
  if (rule == connector.occurrences.end() || event.entity_id.empty()) return {};
  std::string moment;
  if (!rule->second.once) {
    const auto told = InstantOf(At(body, rule->second.told_at));
    if (!told) return {};
    moment = std::to_string(std::chrono::floor<std::chrono::seconds>(*told)
                                .time_since_epoch()
                                .count());  // providers differ in what is below a second
  }
  return Sha256("occurrence\n" + DumpJson(event.name) + DumpJson(event.entity_id) + moment);
}

void Erase(Json& body, const std::string& pointer) {
  if (pointer.empty()) return;
  const Json::json_pointer place(pointer);
  Json& parent = body[place.parent_pointer()];
  if (parent.is_object()) parent.erase(place.back());
}

/// The value at a pointer; the body is left without it.
Json Taken(Json& body, const std::string& pointer) {
  if (pointer.empty()) return nullptr;
  const Json::json_pointer place(pointer);
  return body.contains(place) ? std::move(body[place]) : Json();
}

Error Unreadable(const std::string& why) {
  return Invalid("WEBHOOK_UNREADABLE",
                 "the webhook body " + why + ": it is not from this provider");
}

}  // namespace

Result<IncomingEvent> ReadWebhook(const Connector& connector, const std::string& body) {
  const WebhookEnvelope& envelope = connector.envelope;
  auto parsed = ParseJson(body);
  if (!parsed.ok()) return Unreadable("is no JSON");
  if (!parsed->is_object()) return Unreadable("is no JSON object");
  IncomingEvent event;
  event.name = IdText(At(*parsed, envelope.name));
  if (event.name.empty()) return Unreadable("names no event");

  const EventKind* kind = FindKind(connector, event.name);
  event.type = kind != nullptr ? kind->type : envelope.type_prefix + event.name;
  event.token = IdText(At(*parsed, envelope.token));
  event.entity = IdText(At(*parsed, envelope.entity));
  if (const auto named = envelope.entities.find(event.entity); named != envelope.entities.end()) {
    event.entity = named->second;
  }
  const bool own_id = kind != nullptr && !kind->entity_id.empty();
  event.entity_id = IdText(At(*parsed, own_id ? kind->entity_id : envelope.entity_id));
  const Json& time = At(*parsed, envelope.time);
  event.occurred_at = InstantOf(time);
  event.dedupe = DedupeOf(event, time, At(*parsed, envelope.data));
  event.occurrence = OccurrenceOf(connector, event, *parsed);
  Erase(*parsed, envelope.token);
  event.body = DumpJson(*parsed);
  event.data = Taken(*parsed, envelope.data);
  return event;
}

}  // namespace sb::connector
