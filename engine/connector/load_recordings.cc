#include <algorithm>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/connector/check_use.h"
#include "engine/connector/load.h"
#include "engine/core/workflow/duration.h"

// The `recordings` block of connector.yaml: engine/accounts applies it; that it can be applied is
// found here, at start.
namespace sb::connector {
namespace {

constexpr const char* kManifest = "connector.yaml";

const Json& RulesOf(const Connector& connector) {
  static const Json kNoRules = Json::array();
  const Json& rules = Member(connector.data, "recordings");
  return rules.is_array() ? rules : kNoRules;
}

std::string PointerTo(std::size_t index) {
  return "/recordings/" + std::to_string(index);
}

RecordingRule ReadRule(const Json& json) {
  RecordingRule rule;
  rule.kind = core::recordings::ParseKind(TextMember(json, "kind"))
                  .value_or(core::recordings::Kind::kRecording);
  rule.link = TextMember(json, "link");
  rule.party = TextMember(json, "party");
  rule.link_life =
      core::workflow::ParseIsoDuration(TextMember(json, "link_life")).value_or(Millis(0));
  const Json& fresh = json.at("fresh");
  rule.fresh_action = TextMember(fresh, "action");
  rule.fresh_with = fresh.value("with", Json::object());
  rule.fresh_link = TextMember(fresh, "link");
  return rule;
}

}  // namespace

Status LoadRecordings(const Folder& folder, Connector& connector) {
  const Json& rules = RulesOf(connector);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    RecordingRule rule = ReadRule(rules[i]);
    const Json& events = rules[i].at("events");
    for (std::size_t j = 0; j < events.size(); ++j) {
      const auto name = events[j].get<std::string>();
      const auto known = std::ranges::find(connector.events, name, &EventKind::name);
      if (known == connector.events.end()) {
        return folder.Fault(kManifest, PointerTo(i) + "/events/" + std::to_string(j),
                            "events.yaml has no event '" + name + "'");
      }
      rule.types.push_back(known->type);
    }
    const bool twice = std::ranges::any_of(
        connector.recordings, [&](const RecordingRule& other) { return other.kind == rule.kind; });
    if (twice)
      return folder.Fault(kManifest, PointerTo(i) + "/kind", "there is a rule of this kind");
    connector.recordings.push_back(std::move(rule));
  }
  return {};
}

Status CheckRecordings(const Folder& folder, const Connector& connector, ExpressionList& list) {
  const CheckedFile at{folder, kManifest, list};
  const Json& rules = RulesOf(connector);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const std::string pointer = PointerTo(i);
    for (const char* name : {"link", "party"}) {
      const std::string source = TextMember(rules[i], name);
      if (!source.empty()) at.AddExpression(Below(pointer, name), source, {});
    }
    const Json& fresh = rules[i].at("fresh");
    const Json& with = Member(fresh, "with");
    at.AddTemplate(pointer + "/fresh/with", with, {"id"});
    at.AddExpression(pointer + "/fresh/link", TextMember(fresh, "link"), {});
    Status fine =
        at.CheckUse(pointer + "/fresh/action", connector, TextMember(fresh, "action"), with);
    if (!fine.ok()) return fine;
  }
  return {};
}

}  // namespace sb::connector
