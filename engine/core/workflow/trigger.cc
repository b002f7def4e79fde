#include "engine/core/workflow/trigger.h"

#include <set>

#include <nlohmann/json.hpp>

namespace sb::core::workflow {
namespace {

/// jq's own idea of truth: everything but false and null.
bool IsTrue(const Json& value) {
  return !value.is_null() && value != Json(false);
}

Result<bool> AttributeFits(const Json& expected, const Json& actual,
                           const Expressions& expressions) {
  if (!expected.is_string() || !IsExpression(expected.get_ref<const std::string&>()))
    return expected == actual;
  const auto result =
      expressions.Evaluate(ExpressionSource(expected.get<std::string>()), actual, {});
  if (!result.ok()) return result.error();
  return IsTrue(*result);
}

}  // namespace

Result<bool> Fits(const EventFilter& filter, const Json& event, const Expressions& expressions) {
  if (!filter.type.empty() && TextMember(event, "type") != filter.type) return false;
  for (const auto& [name, expected] : filter.attributes) {
    auto fits = AttributeFits(expected, Member(event, name), expressions);
    if (!fits.ok() || !*fits) return fits;
  }
  return true;
}

namespace {

void AddTypes(const std::vector<EventFilter>& filters, std::set<std::string>& types) {
  for (const EventFilter& filter : filters) {
    if (!filter.type.empty()) types.insert(filter.type);
  }
}

void AddTypes(const EventWait& wait, std::set<std::string>& types) {
  AddTypes(wait.to.filters, types);
  if (wait.until_events) AddTypes(wait.until_events->filters, types);
}

/// What tasks listen for, at any depth.
void AddListened(const std::vector<Task>& tasks, std::set<std::string>& types) {
  for (const Task& task : tasks) {
    if (const auto* listen = std::get_if<ListenTask>(&task.kind)) AddTypes(listen->events, types);
    for (const std::vector<Task>* children : ChildLists(task)) AddListened(*children, types);
  }
}

}  // namespace

std::vector<std::string> WantedTypes(const Workflow& workflow) {
  std::set<std::string> types;
  if (workflow.schedule) AddTypes(workflow.schedule->any, types);
  if (workflow.schedule && workflow.schedule->together)
    AddTypes(*workflow.schedule->together, types);
  AddListened(workflow.tasks, types);
  return {types.begin(), types.end()};
}

Result<bool> Matches(const Workflow& workflow, const event::CloudEvent& event,
                     const Expressions& expressions) {
  if (!workflow.schedule) return false;
  std::optional<Json> json;  // made only once a filter's type fits
  for (const EventFilter& filter : workflow.schedule->any) {
    if (filter.type != event.type) continue;
    if (!json) json = event::ToJson(event);
    auto fits = Fits(filter, *json, expressions);
    if (!fits.ok() || *fits) return fits;
  }
  return false;
}

bool Gathers(const Workflow& workflow, const std::string& type) {
  if (!workflow.schedule || !workflow.schedule->together) return false;
  std::set<std::string> types;
  AddTypes(*workflow.schedule->together, types);
  return types.contains(type);
}

Json TriggerInput(const event::CloudEvent& event) {
  return Json::array({event::ToJson(event)});
}

}  // namespace sb::core::workflow
