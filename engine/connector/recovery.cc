#include "engine/connector/recovery.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "engine/connector/instant.h"

namespace sb::connector {
namespace {

using core::workflow::Arguments;

std::int64_t UnixSeconds(WallTime when) {
  return std::chrono::floor<std::chrono::seconds>(when).time_since_epoch().count();
}

Error Unreadable(const RecoveryList& list) {
  return Unavailable("RECOVERY_UNREADABLE",
                     "the provider's answer to " + list.action +
                         " is not the list that the connector describes; it is asked again later");
}

/// One instant, or a list of them.
std::vector<WallTime> InstantsOf(const Json& value) {
  std::vector<WallTime> instants;
  if (value.is_array()) {
    for (const Json& each : value) {
      if (const auto instant = InstantOf(each)) instants.push_back(*instant);
    }
  } else if (const auto instant = InstantOf(value)) {
    instants.push_back(*instant);
  }
  return instants;
}

RecoveryRecord ReadRecord(Json& json) {
  RecoveryRecord record{std::move(json["data"]), std::move(json["number"]), {}};
  for (const Json& told : json["told"]) record.told.push_back(InstantsOf(told));
  return record;
}

void Put(Json& body, const std::string& pointer, Json value) {
  if (!pointer.empty()) body[Json::json_pointer(pointer)] = std::move(value);
}

}  // namespace

Result<Json> RecoveryInput(const RecoveryList& list, const core::gaps::Window& window, int page,
                           const core::workflow::Expressions& expressions) {
  return core::workflow::EvaluateTemplate(
      expressions, list.with, Json::object(),
      {{"from", UnixSeconds(window.from)}, {"to", UnixSeconds(window.to)}, {"page", page}});
}

Result<RecoveryPage> ReadRecoveryPage(const RecoveryList& list, const Json& output, int page,
                                      WallTime since,
                                      const core::workflow::Expressions& expressions) {
  auto read = expressions.Evaluate(list.page_program, output,
                                   {{"from", UnixSeconds(since)}, {"to", 0}, {"page", page}});
  if (!read.ok() || !Member(*read, "records").is_array()) return Unreadable(list);
  RecoveryPage understood;
  for (Json& json : (*read)["records"]) {
    if (!Member(json, "data").is_object()) return Unreadable(list);
    const auto changed = InstantOf(Member(json, "changed_at"));
    if (list.shape.newest_first && changed && *changed < since) understood.seen.past = true;
    understood.records.push_back(ReadRecord(json));
  }
  understood.seen.items = static_cast<std::int64_t>(understood.records.size());
  const Json& total = Member(*read, "total");
  if (total.is_number_integer()) understood.seen.total = total.get<std::int64_t>();
  understood.seen.more = Member(*read, "more") == Json(true) && !understood.records.empty();
  return understood;
}

Result<IncomingEvent> ComposeDelivery(const Connector& connector, const RecoveryList& list,
                                      const RecoveredEvent& event, WallTime at, const Json& data) {
  const WebhookEnvelope& envelope = connector.envelope;
  Json body = Json::object();
  Put(body, envelope.data, data);
  Put(body, envelope.name, event.name);
  Put(body, envelope.entity, list.entity);
  Put(body, envelope.time, UnixSeconds(at));
  return ReadWebhook(connector, DumpJson(body));
}

}  // namespace sb::connector
