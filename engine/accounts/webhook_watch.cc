#include "engine/accounts/webhook_watch.h"

#include <algorithm>

#include "engine/accounts/missed_events.h"
#include "engine/accounts/webhook_care.h"
#include "engine/base/log.h"
#include "engine/connector/recovery.h"

namespace sb::accounts {
namespace {

using ports::Account;

/// What happened less long ago may still be on its way.
constexpr Millis kOnItsWay = std::chrono::minutes(2);

/// The list asked about silence: one that tells of an event that the account asks for and that
/// happens once, since only of such it is certain that it was not told.
std::optional<connector::RecoveryList> ListToAsk(const connector::Connector& connector,
                                                 const Account& account) {
  for (const connector::RecoveryList& list : connector.recovery) {
    for (const connector::RecoveredEvent& event : list.events) {
      const auto rule = connector.occurrences.find(event.name);
      if (rule != connector.occurrences.end() && rule->second.once &&
          std::ranges::count(account.webhook.events, event.name) > 0) {
        return list;
      }
    }
  }
  return {};
}

std::vector<std::string> OnceEvents(const connector::Connector& connector, const Account& account) {
  std::vector<std::string> events;
  for (const std::string& event : account.webhook.events) {
    const auto rule = connector.occurrences.find(event);
    if (rule != connector.occurrences.end() && rule->second.once) events.push_back(event);
  }
  return events;
}

}  // namespace

Status WebhookWatch::Look(AccountId id) {
  const auto account = deps_.world.accounts.Get(id);
  if (!account.ok()) return account.error();
  if (!ports::Works(account->state) || account->webhook.remote_id.empty()) return {};
  const auto connector = FindConnector(deps_.world.connectors, account->connector);
  if (!connector.ok()) return connector.error();
  Status looked = LookAt(*account, **connector);
  deps_.world.metrics.Count("switchboard_webhook_looks_total",
                            {{"result", looked.ok() ? "ok" : looked.error().code}});
  return looked;
}

Status WebhookWatch::LookAt(const Account& account, const connector::Connector& connector) {
  const auto spec = ReadProviderSpec(connector);
  if (!spec.ok()) return spec.error();
  if (!spec->webhook) return {};
  const Provider provider(
      deps_.world.expressions,
      ForAccount(deps_.world.actions, connector, account.id, core::quota::Lane::kBackfill));
  const WebhookTarget target = TargetOf(deps_.world, account);
  const auto ours = Subscriptions(provider, *spec->webhook).FindOurs(account.webhook, target);
  if (!ours.ok()) return ours.error();
  const WallTime now = deps_.world.clock.Now();
  if (const auto fault = FaultOf(*ours, account.webhook, target)) {
    // It may have been written between our reading of the account and the provider's answer.
    const auto again = deps_.world.accounts.Get(account.id);
    if (!again.ok()) return again.error();
    if (!FaultOf(*ours, again->webhook, target)) return {};
    return deps_.witness.FoundWrong(*again, *fault);
  }
  deps_.witness.Subscribed(account, account.webhook.events, now);
  const auto last = deps_.deliveries.LastDelivery(account.id);
  if (!last.ok()) return last.error();
  const auto watch = deps_.gaps.Watch(account.id);
  if (!watch.ok()) return watch.error();
  ports::WebhookWatch seen{.account = account.id, .good_at = now};
  const WallTime quiet_since =
      std::max({last->value_or(account.created_at), watch->probed_at.value_or(account.created_at),
                account.created_at});
  if (now - quiet_since >= deps_.quiet + kOnItsWay) {
    const core::gaps::Window window{quiet_since, now - kOnItsWay};
    const auto silent = IsSilent(account, connector, provider, *spec, *watch, window);
    if (!silent.ok()) return silent.error();
    if (*silent) return deps_.witness.FoundWrong(account, ports::GapReason::kSilent);
    seen.probed_at = window.to;
  }
  return deps_.gaps.Note(account.slot, seen);
}

Result<bool> WebhookWatch::IsSilent(const Account& account, const connector::Connector& connector,
                                    const Provider& provider, const ProviderSpec& spec,
                                    const ports::WebhookWatch& watch,
                                    const core::gaps::Window& window) const {
  const auto list = ListToAsk(connector, account);
  if (!list) return false;
  const auto& expressions = deps_.world.expressions;
  const core::gaps::Window asked{list->shape.newest_first ? WallTime() : window.from, window.to};
  const auto input = connector::RecoveryInput(*list, asked, 1, expressions);
  if (!input.ok()) return input.error();
  const auto output = provider.Use({.action = list->action, .with = *input, .pick = {}});
  if (!output.ok()) return output.error();
  const auto page = connector::ReadRecoveryPage(*list, *output, 1, window.from, expressions);
  if (!page.ok()) return page.error();
  MissedRules rules{window, OnceEvents(connector, account), watch.since, std::nullopt};
  auto untold = AnyUntold(account, connector, *list, page->records, rules);
  if (!untold.ok() || !*untold) return untold;
  // Perhaps it happened on lines of which nothing is told to us.
  auto numbers = AttachedNumbers(provider, spec, account.method);
  if (!numbers.ok()) return numbers.error();
  if (!*numbers) return untold;
  rules.numbers = *std::move(numbers);
  return AnyUntold(account, connector, *list, page->records, rules);
}

Result<bool> WebhookWatch::AnyUntold(const Account& account, const connector::Connector& connector,
                                     const connector::RecoveryList& list,
                                     const std::vector<connector::RecoveryRecord>& records,
                                     const MissedRules& rules) const {
  const auto events = MayBeMissed(connector, list, records, rules);
  if (!events.ok()) return events.error();
  std::vector<std::string> occurrences;
  for (const MaybeMissed& each : *events) {
    if (each.due_at <= rules.gap.to) occurrences.push_back(each.event.occurrence);
  }
  if (occurrences.empty()) return false;
  const auto told =
      deps_.deliveries.Told(account.id, occurrences, rules.gap.from - std::chrono::hours(1));
  if (!told.ok()) return told.error();
  return std::ranges::any_of(occurrences,
                             [&](const std::string& each) { return !told->contains(each); });
}

}  // namespace sb::accounts
