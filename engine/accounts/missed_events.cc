#include "engine/accounts/missed_events.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace sb::accounts {
namespace {

using connector::RecoveredEvent;
using connector::RecoveryRecord;

bool IsOfOurNumbers(const MissedRules& rules, const RecoveryRecord& record) {
  return !rules.numbers || record.number.is_null() ||
         IsListed(*rules.numbers, AsText(record.number));
}

bool IsInGap(const MissedRules& rules, const RecoveredEvent& event, WallTime at) {
  const auto since = rules.since.find(event.name);
  return rules.gap.Holds(at) && (since == rules.since.end() || since->second <= at);
}

}  // namespace

Result<OurNumbers> AttachedNumbers(const Provider& provider, const ProviderSpec& spec,
                                   ports::AuthMethod method) {
  OurNumbers numbers;
  const auto use = spec.check.attached_numbers.find(NameOf(method));
  if (use == spec.check.attached_numbers.end()) return numbers;
  const auto ids = provider.Use(use->second);
  if (!ids.ok()) return ids.error();
  if (!ids->is_array()) return numbers;
  numbers.emplace();
  for (const Json& id : *ids) numbers->push_back(AsText(id));
  return numbers;
}

Result<std::vector<MaybeMissed>> MayBeMissed(const connector::Connector& connector,
                                             const connector::RecoveryList& list,
                                             const std::vector<RecoveryRecord>& records,
                                             const MissedRules& rules) {
  std::vector<MaybeMissed> events;
  for (const RecoveryRecord& record : records) {
    if (!IsOfOurNumbers(rules, record)) continue;
    for (std::size_t i = 0; i < list.events.size() && i < record.told.size(); ++i) {
      const RecoveredEvent& rule = list.events[i];
      if (!IsListed(rules.events, rule.name)) continue;
      for (const WallTime at : record.told[i]) {
        if (!IsInGap(rules, rule, at)) continue;
        auto event = connector::ComposeDelivery(connector, list, rule, at, record.data);
        if (!event.ok()) return event.error();
        // Without an identity a late delivery of it could not be known for what it is.
        if (!event->occurrence.empty()) events.push_back({*std::move(event), at + rule.lag});
      }
    }
  }
  std::ranges::stable_sort(events, {},
                           [](const MaybeMissed& each) { return each.event.occurred_at; });
  return events;
}

}  // namespace sb::accounts
