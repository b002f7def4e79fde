#include <nlohmann/json.hpp>

#include "engine/core/workflow/definition_reader.h"

namespace sb::core::workflow {

void DefinitionReader::ReadSchedule(const Node& node, Workflow& workflow) {
  if (!ExpectObject(node, "`schedule`")) return;
  CheckKeys(node, {"on", "every", "cron", "after"});
  if (node.value.empty()) {
    Report("WORKFLOW_FIELD_MISSING", node.pointer,
           "`on`, `every`, `cron` or `after` is missing here: what starts a run");
  }
  Schedule schedule;
  if (node.Has("on") && ExpectObject(node.At("on"), "`on`"))
    ReadStartingEvents(node.At("on"), schedule);
  schedule.timetable = ReadTimetable(node, workflow.policy.timezone);
  workflow.schedule = std::move(schedule);
}

void DefinitionReader::ReadStartingEvents(const Node& on, Schedule& schedule) {
  if (on.Has("all") || on.Has("until")) {
    schedule.together = ReadEventWait(*this, on, FilterPlace::kTogether);
    return;
  }
  CheckKeys(on, {"one", "any", "all", "until"});
  if (on.Has("one")) {
    if (auto filter = ReadEventFilter(on.At("one"), FilterPlace::kSchedule))
      schedule.any.push_back(std::move(*filter));
  } else if (on.Has("any")) {
    if (!ExpectList(on.At("any"), "`any`")) return;
    for (std::size_t i = 0; i < on.At("any").value.size(); ++i) {
      if (auto filter = ReadEventFilter(on.At("any").At(i), FilterPlace::kSchedule))
        schedule.any.push_back(std::move(*filter));
    }
  } else {
    Report("WORKFLOW_FIELD_MISSING", on.pointer,
           "`one`, `any` or `all` is missing here: the events that start a run");
  }
}

std::optional<Millis> DefinitionReader::FixedTime(const Node& node,
                                                  const std::optional<Duration>& read) {
  if (!read) return {};  // reported where it was read
  const Millis* time = std::get_if<Millis>(&*read);
  constexpr Millis kLeast = std::chrono::seconds(1);
  constexpr Millis kMost = std::chrono::hours(24 * 366 * 10);
  if (time != nullptr && *time >= kLeast && *time <= kMost) return *time;
  const std::string key = node.pointer.substr(node.pointer.rfind('/') + 1);
  Invalid(node, "`" + key + "` must be a fixed time from one second to ten years");
  return {};
}

std::optional<schedule::Timetable> DefinitionReader::ReadTimetable(const Node& node,
                                                                   const std::string& timezone) {
  std::vector<std::string> given;
  for (const char* key : {"every", "cron", "after"}) {
    if (node.Has(key)) given.emplace_back(key);
  }
  if (given.empty()) return {};
  if (given.size() > 1) {
    ReportKey("WORKFLOW_FIELD_INVALID", node.pointer + "/" + given[1],
              "a workflow has one of `every`, `cron` and `after`; put `" + given[1] +
                  "` into a workflow of its own");
    return {};
  }
  const Node rule = node.At(given[0]);
  if (given[0] == "cron") return ReadCron(rule, timezone);
  const auto read = ReadDuration(rule, ArgumentSet::kBeforeInput);
  const auto duration = FixedTime(rule, read);
  if (!duration) return {};
  if (given[0] == "every") return schedule::Timetable(schedule::Every{*duration});
  return schedule::Timetable(schedule::After{*duration});
}

std::optional<schedule::Timetable> DefinitionReader::ReadCron(const Node& node,
                                                              const std::string& timezone) {
  if (!node.value.is_string()) {
    Invalid(node, "`cron` is a text of five fields, such as '0 9 * * mon-fri'");
    return {};
  }
  const std::string line = node.value.get<std::string>();
  auto cron = schedule::Cron::Parse(line);
  if (!cron.ok()) {
    Invalid(node, "`cron`: " + cron.error().message);
    return {};
  }
  const date::time_zone* zone = zones_.Find(timezone.empty() ? "Etc/UTC" : timezone);
  if (zone == nullptr) return {};  // reported where it stands
  return schedule::Timetable(schedule::ByClock{std::move(cron).value(), line, zone});
}

}  // namespace sb::core::workflow
