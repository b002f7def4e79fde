#include "engine/connector/event_rows.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/core/sync/rows.h"

namespace sb::connector {
namespace {

using core::sync::Column;
using core::sync::ColumnType;

constexpr const char* kEventTypeColumn = "type";
constexpr const char* kEventDataColumn = "data";

Column EventColumn(const char* name, ColumnType type, const char* comment = "") {
  Column column;
  column.name = name;
  column.type = type;
  column.from.path = {name};
  column.comment = comment;
  return column;
}

/// "call.ended" as a view is called: "call_ended".
std::string ViewName(const std::string& event, const std::set<std::string>& taken) {
  std::string name;
  for (const char c : event) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (upper)
      name += static_cast<char>(c - 'A' + 'a');
    else
      name += plain ? c : '_';
  }
  return taken.contains(name) ? name + "_event" : name;
}

std::set<std::string> TablesOf(const Connector& connector) {
  std::set<std::string> tables = {kEventsStream};
  for (const auto& [name, stream] : connector.streams) {
    tables.insert(name);
    for (const core::sync::ChildTable& child : stream.children) tables.insert(child.table);
  }
  return tables;
}

std::vector<std::string> LeftOutOf(const Connector& connector) {
  std::set<std::string> names;
  for (const auto& [name, stream] : connector.streams) {
    if (!stream.from_inbox) names.insert(stream.leave_out.begin(), stream.leave_out.end());
  }
  return {names.begin(), names.end()};
}

}  // namespace

core::sync::Stream EventsStream(const Connector& connector) {
  core::sync::Stream stream;
  stream.name = kEventsStream;
  stream.title = "Events, as they came or were recovered";
  stream.singular = "event";
  stream.from_inbox = true;
  stream.key = {"id"};
  stream.columns = {
      EventColumn("id", ColumnType::kText),
      EventColumn(kEventTypeColumn, ColumnType::kText),
      EventColumn("source", ColumnType::kText, "Of the CloudEvent"),
      EventColumn("subject", ColumnType::kText, "What it is about: kind and id"),
      EventColumn("entity_kind", ColumnType::kText),
      EventColumn("entity_id", ColumnType::kText),
      EventColumn("occurred_at", ColumnType::kTimestamp, "By the provider's clock"),
      EventColumn("received_at", ColumnType::kTimestamp),
      EventColumn("origin", ColumnType::kText,
                  "live: it was delivered; recovered: it was found in the provider's lists"),
      EventColumn("account", ColumnType::kText),
      EventColumn(kEventDataColumn, ColumnType::kJson, "What it carries, without links that die")};
  stream.leave_out = {kEventDataColumn};  // it has a column of its own
  std::set<std::string> taken = TablesOf(connector);
  for (const EventKind& kind : connector.events) {
    if (kind.ours) continue;
    stream.live.push_back({kind.type, 0, false});
    const std::string view = ViewName(kind.name, taken);
    if (!taken.insert(view).second) continue;
    stream.views.push_back({view, kEventTypeColumn, kind.type, kind.description});
  }
  return stream;
}

Json EventRowObject(const Connector& connector, const ports::InboxItem& item, Json data) {
  const bool recovered = item.source == ports::InboxSource::kRecovered;
  const std::string account = ToText(item.account);
  Json object = {{"id", ToText(item.id)},
                 {kEventTypeColumn, item.event},
                 {"source", "/accounts/" + account},
                 {"subject", ports::SubjectOf(item)},
                 {"entity_kind", item.entity},
                 {"entity_id", item.entity_id},
                 {"occurred_at", nullptr},
                 {"received_at", ToRfc3339(item.received_at)},
                 {"origin", recovered ? "recovered" : "live"},
                 {"account", account}};
  if (item.occurred_at) object["occurred_at"] = ToRfc3339(*item.occurred_at);
  object[kEventDataColumn] = core::sync::WithoutMembers(std::move(data), LeftOutOf(connector));
  return object;
}

}  // namespace sb::connector
