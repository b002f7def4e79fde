#include <algorithm>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/connector/check_use.h"
#include "engine/connector/load.h"
#include "engine/core/workflow/duration.h"

// The `settling` block of connector.yaml: engine/accounts applies it; that it can be applied is
// found here, at start.
namespace sb::connector {
namespace {

constexpr const char* kSettlingFile = "connector.yaml";

const Json& SettlingRulesOf(const Connector& connector) {
  static const Json kNone = Json::array();
  const Json& rules = Member(connector.data, "settling");
  return rules.is_array() ? rules : kNone;
}

const EventKind* FindNamed(const Connector& connector, const std::string& name) {
  const auto found = std::ranges::find_if(connector.events,
                                          [&](const EventKind& kind) { return kind.name == name; });
  return found == connector.events.end() ? nullptr : &*found;
}

/// The line breaks keep a comment at the end from swallowing what follows.
std::string FirstOrNull(const Json& rule, const char* name) {
  return "(first((" + TextMember(rule, name) + "\n)) // null)";
}

/// All that is asked of a record, in one program.
std::string FactsProgramOf(const Json& rule) {
  return "{ended_at: " + FirstOrNull(rule, "ended_at") +
         ", complete: " + FirstOrNull(rule, "complete") +
         ", content: " + FirstOrNull(rule, "content") + "}";
}

/// Adds the events of a list; one that stands in both does both.
Status AddSettlingEvents(const Folder& folder, const std::string& pointer,
                         const Connector& connector, const Json& names, bool SettlingEvent::*role,
                         SettlingRule& rule) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto name = names[i].get<std::string>();
    const EventKind* kind = FindNamed(connector, name);
    if (kind == nullptr || kind->ours) {
      return folder.Fault(kSettlingFile, pointer + "/" + std::to_string(i),
                          "events.yaml has no event '" + name + "'");
    }
    auto known = std::ranges::find_if(
        rule.events, [&](const SettlingEvent& event) { return event.name == name; });
    if (known == rule.events.end())
      known = rule.events.insert(rule.events.end(), {name, kind->type, false, false});
    (*known).*role = true;
  }
  return {};
}

Status ReadLooks(const Folder& folder, const std::string& pointer, const Json& looks,
                 core::settling::Schedule& schedule) {
  for (std::size_t i = 0; i < looks.size(); ++i) {
    const auto look = core::workflow::ParseIsoDuration(looks[i].get<std::string>());
    const bool later = look && (schedule.looks.empty() || *look > schedule.looks.back());
    if (!later) {
      return folder.Fault(kSettlingFile, pointer + "/" + std::to_string(i),
                          "each look must be later than the one before it");
    }
    schedule.looks.push_back(*look);
  }
  return {};
}

Result<SettlingRule> ReadSettlingRule(const Folder& folder, const std::string& pointer,
                                      const Connector& connector, const Json& json) {
  SettlingRule rule;
  rule.entity = TextMember(json, "entity");
  rule.type = connector.envelope.type_prefix + TextMember(json, "event");
  Status read = ReadLooks(folder, pointer + "/looks", json.at("looks"), rule.schedule);
  if (read.ok()) {
    read = AddSettlingEvents(folder, pointer + "/begins_with", connector, json.at("begins_with"),
                             &SettlingEvent::begins, rule);
  }
  if (read.ok() && json.contains("confirmed_by")) {
    read = AddSettlingEvents(folder, pointer + "/confirmed_by", connector, json.at("confirmed_by"),
                             &SettlingEvent::confirms, rule);
  }
  if (!read.ok()) return read.error();
  const Json& use = json.at("read");
  rule.action = TextMember(use, "action");
  rule.with = use.value("with", Json::object());
  rule.data_program = TextMember(use, "data");
  rule.facts_program = FactsProgramOf(json);
  return rule;
}

}  // namespace

Status LoadSettling(const Folder& folder, Connector& connector) {
  const Json& rules = SettlingRulesOf(connector);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const std::string pointer = "/settling/" + std::to_string(i);
    const std::string name = TextMember(rules[i], "event");
    if (FindNamed(connector, name) != nullptr) {
      return folder.Fault(kSettlingFile, pointer + "/event",
                          "there is an event '" + name + "' already: this one is told by us");
    }
    auto rule = ReadSettlingRule(folder, pointer, connector, rules[i]);
    if (!rule.ok()) return rule.error();
    for (const SettlingRule& other : connector.settling) {
      if (other.entity == rule->entity)
        return folder.Fault(kSettlingFile, pointer + "/entity", "it has a rule already");
    }
    connector.settling.push_back(*std::move(rule));
  }
  // After all rules are read: none of them may be about another one's event.
  for (const Json& rule : rules) {
    const std::string name = TextMember(rule, "event");
    connector.events.push_back({name,
                                connector.envelope.type_prefix + name,
                                TextMember(rule, "description"),
                                {},
                                /*ours=*/true});
  }
  return {};
}

Status CheckSettling(const Folder& folder, const Connector& connector, ExpressionList& list) {
  static const std::vector<std::string> kOfRead = {"id"};
  const CheckedFile at{folder, kSettlingFile, list};
  const Json& rules = SettlingRulesOf(connector);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const std::string pointer = "/settling/" + std::to_string(i);
    for (const char* name : {"ended_at", "complete", "content"})
      at.AddExpression(Below(pointer, name), TextMember(rules[i], name), {});
    const Json& use = rules[i].at("read");
    const Json& with = Member(use, "with");
    at.AddTemplate(pointer + "/read/with", with, kOfRead);
    const std::string data = TextMember(use, "data");
    if (!data.empty()) at.AddExpression(pointer + "/read/data", data, {});
    Status fine = at.CheckUse(pointer + "/read/action", connector, TextMember(use, "action"), with);
    if (!fine.ok()) return fine;
  }
  return {};
}

}  // namespace sb::connector
