#include "connectors/aircall/sandbox/switches.h"

#include <algorithm>

#include "connectors/aircall/sandbox/text.h"

namespace sb::aircall::sandbox {
namespace {

std::string Joined(const std::vector<std::string_view>& words) {
  std::string text;
  for (const std::string_view word : words) {
    if (!text.empty()) text += ", ";
    text += word;
  }
  return text;
}

std::string SwitchNames() {
  std::vector<std::string_view> names;
  for (const SwitchInfo& each : AllSwitches()) names.push_back(each.name);
  return Joined(names);
}

}  // namespace

std::span<const SwitchInfo> AllSwitches() {
  static const std::array<SwitchInfo, static_cast<std::size_t>(Switch::kCount)> kRows = {{
      {Switch::kCreatedStatus,
       "created-status",
       {"200", "201"},
       "status of creates (recorded: 200, reference: 201)"},
      {Switch::kDetailUpdateStatus,
       "detail-update-status",
       {"200", "202"},
       "status of changing one phone or e-mail of a contact"},
      {Switch::kContactsPerPage,
       "contacts-per-page",
       {"echo", "clamp"},
       "meta.per_page when more than 50 contacts are asked for"},
      {Switch::kDuration,
       "duration",
       {"total", "talk"},
       "of a call: from its start (reference) or its answer (observed)"},
      {Switch::kContactEventTimes,
       "contact-event-times",
       {"unix", "iso"},
       "contact times in webhooks (recorded: unix, reference: iso)"},
      {Switch::kRateHeaders,
       "rate-headers",
       {"limited", "always"},
       "X-AircallApi-* on 429 only (recorded) or on every answer"},
      {Switch::kRetryAfter, "retry-after", {"off", "on"}, "send Retry-After with 429"},
      {Switch::kDisableAfter,
       "webhook-disable-after",
       {"50", "10", "0"},
       "failures in a row that switch a webhook off (0: never)"},
  }};
  return kRows;
}

std::string_view Switches::Get(Switch id) const {
  const auto index = static_cast<std::size_t>(id);
  return AllSwitches()[index].choices.at(chosen_.at(index));
}

int Switches::GetNumber(Switch id) const {
  return static_cast<int>(ParseInteger(Get(id)).value_or(0));
}

Status Switches::Set(std::string_view name, std::string_view choice) {
  for (const SwitchInfo& row : AllSwitches()) {
    if (row.name != name) continue;
    const auto found = std::find(row.choices.begin(), row.choices.end(), choice);
    if (found == row.choices.end()) {
      return Invalid("SANDBOX_SWITCH", "switch " + std::string(name) + " cannot be '" +
                                           std::string(choice) + "': choose one of " +
                                           Joined(row.choices));
    }
    chosen_.at(static_cast<std::size_t>(row.id)) =
        static_cast<std::size_t>(found - row.choices.begin());
    return {};
  }
  return Invalid("SANDBOX_SWITCH",
                 "there is no switch '" + std::string(name) + "': choose one of " + SwitchNames());
}

Status Switches::SetFromText(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) {
    return Invalid("SANDBOX_SWITCH",
                   "write a switch as name=choice, not '" + std::string(text) + "'");
  }
  return Set(text.substr(0, equals), text.substr(equals + 1));
}

}  // namespace sb::aircall::sandbox
