#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/api/listing.h"
#include "connectors/aircall/sandbox/door/router.h"
#include "connectors/aircall/sandbox/world/refusal.h"

// The control API, part four: what goes on by itself. README.md shows every shape.
namespace sb::aircall::sandbox {
namespace {

Reply TrafficReply(const Traffic& traffic) {
  Doc doc = Doc::object();
  for (const TrafficRule& rule : AllTrafficRules()) {
    doc[std::string(rule.name)] = traffic.rules().*rule.value;
  }
  const auto next = traffic.NextDue();
  doc["next_at"] = next ? Doc(ToRfc3339(*next)) : Doc(nullptr);
  return ObjectReply(200, "traffic", std::move(doc));
}

Reply ShowTraffic(Visit& visit) {
  return TrafficReply(visit.stage.traffic);
}

const TrafficRule* FindRule(std::string_view name) {
  for (const TrafficRule& rule : AllTrafficRules()) {
    if (rule.name == name) return &rule;
  }
  return nullptr;
}

Reply SetTraffic(Visit& visit) {
  const auto body = BodyOf(visit.request);
  if (!body.ok()) return RefusalReply(body.error());
  TrafficRules rules = visit.stage.traffic.rules();
  for (const auto& [name, value] : body->items()) {
    const TrafficRule* rule = FindRule(name);
    if (rule == nullptr) {
      return RefusalReply(Refused("there is no rule " + name + ": see GET /_sandbox/traffic"));
    }
    const auto number = NumberMember(*body, name.c_str(), rules.*rule->value, 0, rule->most);
    if (!number.ok()) return RefusalReply(number.error());
    rules.*rule->value = *number;
  }
  visit.stage.traffic.SetRules(rules, visit.stage.Now());
  return TrafficReply(visit.stage.traffic);
}

constexpr Route kControlTrafficRoutes[] = {
    {"GET", "/_sandbox/traffic", Access::kOpen, ShowTraffic, "what goes on by itself",
     "traffic show"},
    {"PUT", "/_sandbox/traffic", Access::kOpen, SetTraffic,
     "calls_per_hour=n contact_edits_per_hour=n user_changes_per_hour=n ...", "traffic set"},
};

}  // namespace

std::span<const Route> ControlTrafficRoutes() {
  return kControlTrafficRoutes;
}

}  // namespace sb::aircall::sandbox
