#include <algorithm>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/connector/check_use.h"
#include "engine/connector/load.h"
#include "engine/core/workflow/duration.h"

// The `recovery` block of connector.yaml: engine/accounts applies it; that it can be applied is
// found here, at start.
namespace sb::connector {
namespace {

constexpr const char* kFile = "connector.yaml";

Millis DurationMember(const Json& value, const char* name) {
  return core::workflow::ParseIsoDuration(TextMember(value, name)).value_or(Millis(0));
}

/// Nothing counts as null. The line breaks keep a comment at the end from swallowing what follows.
std::string FirstOf(const std::string& source) {
  return "(first((" + source + "\n)) // null)";
}

std::string FirstMember(const Json& list, const char* name) {
  const std::string source = TextMember(list, name);
  return source.empty() ? "null" : FirstOf(source);
}

/// All that is asked of a page, in one program: it is run for fifty records at a time.
std::string PageProgramOf(const Json& list) {
  std::string told;
  for (const Json& event : list.at("events")) {
    if (!told.empty()) told += ", ";
    told += FirstOf(TextMember(event, "at"));
  }
  const std::string data = TextMember(list, "data");
  return "{records: [(" + TextMember(list, "pick") + "\n)[]? | {data: (" +
         (data.empty() ? "." : data) + "\n), number: " + FirstMember(list, "number") +
         ", changed_at: " + FirstMember(list, "changed_at") + ", told: [" + told +
         "]}], total: " + FirstMember(list, "total") + ", more: " + FirstMember(list, "more") + "}";
}

core::gaps::ListShape ShapeOf(const Json& list) {
  core::gaps::ListShape shape;
  shape.newest_first = list.contains("changed_at");
  shape.reach_back = DurationMember(list, "reach_back");
  shape.most = list.value("most", std::int64_t{0});
  shape.per_page = list.at("per_page").get<int>();
  return shape;
}

RecoveryList ReadList(const Json& list) {
  RecoveryList read;
  read.action = TextMember(list, "action");
  read.with = list.value("with", Json::object());
  read.entity = TextMember(list, "entity");
  read.shape = ShapeOf(list);
  for (const Json& event : list.at("events")) {
    read.events.push_back(
        {TextMember(event, "event"), TextMember(event, "at"), DurationMember(event, "lag")});
  }
  read.page_program = PageProgramOf(list);
  return read;
}

const Json& ListsOf(const Connector& connector) {
  static const Json kNone = Json::array();
  const Json& lists = Member(Member(connector.data, "recovery"), "lists");
  return lists.is_array() ? lists : kNone;
}

bool PointsInside(const std::string& text) {
  try {
    return !Json::json_pointer(text).empty();
  } catch (const Json::exception&) {
    return false;
  }
}

}  // namespace

Status LoadRecovery(const Folder& folder, Connector& connector) {
  const Json& lists = ListsOf(connector);
  for (std::size_t i = 0; i < lists.size(); ++i) {
    const std::string pointer = "/recovery/lists/" + std::to_string(i);
    const Json& events = lists[i].at("events");
    for (std::size_t j = 0; j < events.size(); ++j) {
      const std::string place = pointer + "/events/" + std::to_string(j);
      const std::string name = TextMember(events[j], "event");
      const bool known = std::ranges::any_of(
          connector.events, [&](const EventKind& kind) { return kind.name == name; });
      if (!known) return folder.Fault(kFile, place, "events.yaml has no event '" + name + "'");
      OccurrenceRule rule{events[j].contains("once"), TextMember(events[j], "told_at")};
      if (rule.told_at.empty()) rule.told_at = connector.envelope.time;
      if (!rule.once && !PointsInside(rule.told_at))
        return folder.Fault(kFile, place, "told_at must be a JSON pointer");
      connector.occurrences[name] = std::move(rule);
    }
    connector.recovery.push_back(ReadList(lists[i]));
  }
  return {};
}

Status CheckRecovery(const Folder& folder, const Connector& connector, ExpressionList& list) {
  static const std::vector<std::string> kArguments = {"from", "page", "to"};
  const CheckedFile at{folder, kFile, list};
  const Json& lists = ListsOf(connector);
  for (std::size_t i = 0; i < lists.size(); ++i) {
    const std::string pointer = "/recovery/lists/" + std::to_string(i);
    const Json& each = lists[i];
    const Json& with = Member(each, "with");
    at.AddTemplate(pointer + "/with", with, kArguments);
    for (const char* name : {"pick", "more", "total", "changed_at", "number", "data"}) {
      const std::string source = TextMember(each, name);
      if (!source.empty()) at.AddExpression(Below(pointer, name), source, kArguments);
    }
    for (std::size_t j = 0; j < each.at("events").size(); ++j) {
      at.AddExpression(pointer + "/events/" + std::to_string(j) + "/at",
                       TextMember(each.at("events")[j], "at"), kArguments);
    }
    Status fine = at.CheckUse(pointer + "/action", connector, TextMember(each, "action"), with);
    if (!fine.ok()) return fine;
  }
  return {};
}

}  // namespace sb::connector
