#include "engine/accounts/gap_repair.h"

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "engine/accounts/gap_news.h"
#include "engine/accounts/missed_events.h"
#include "engine/accounts/webhook_care.h"
#include "engine/base/log.h"

namespace sb::accounts {
namespace {

using connector::IncomingEvent;
using connector::RecoveredEvent;
using connector::RecoveryList;
using connector::RecoveryRecord;
using core::quota::Lane;
using ports::Gap;
using ports::GapState;

constexpr int kMostGaps = 200;
/// Clocks differ: a delivery may have arrived before that which it tells of, by our own clock.
constexpr Millis kClockDoubt = std::chrono::hours(1);

bool Asks(const ports::Account& account, const RecoveryList& list) {
  return std::ranges::any_of(list.events, [&](const RecoveredEvent& event) {
    return IsListed(account.webhook.events, event.name);
  });
}

ports::InboxItem ToItem(const Gap& gap, IncomingEvent& event, EventId id, WallTime now) {
  ports::InboxItem item;
  item.slot = gap.slot;
  item.account = gap.account;
  item.id = id;
  item.dedupe = event.occurrence;
  item.occurrence = std::move(event.occurrence);
  item.source = ports::InboxSource::kRecovered;
  item.event = std::move(event.type);
  item.entity = std::move(event.entity);
  item.entity_id = std::move(event.entity_id);
  item.occurred_at = event.occurred_at;
  item.received_at = now;
  item.body = std::move(event.body);
  return item;
}

}  // namespace

Result<std::vector<Gap>> GapRepair::Due() {
  const auto unfinished = deps_.gaps.Unfinished(deps_.our_slots(), kMostGaps);
  if (!unfinished.ok()) return unfinished.error();
  std::set<AccountId> seen;
  std::vector<Gap> due;
  for (const Gap& gap : *unfinished) {
    // One after the other: what was recovered is counted by its time.
    if (seen.insert(gap.account).second) due.push_back(gap);
  }
  return due;
}

GapRepair::Pace GapRepair::Step(Gap& gap) {
  const auto taken = TakeStep(gap);
  if (taken.ok()) return *taken;
  Log::Warn("gap.interrupted", {{"gap", ToText(gap.id)}, {"code", taken.error().code}});
  return Pace::kLater;
}

Result<GapRepair::Pace> GapRepair::Save(Gap& gap, Pace then) {
  const auto step = deps_.gaps.Save(gap);
  if (!step.ok()) return step.error();
  gap.step = *step;
  return then;
}

Result<GapRepair::Pace> GapRepair::TakeStep(Gap& gap) {
  if (gap.state == GapState::kClosed) return gap.told ? Result<Pace>(Pace::kDone) : Tell(gap);
  const auto account = deps_.world.accounts.Get(gap.account);
  const bool gone = account.ok() ? account->state == ports::AccountState::kDisconnected
                                 : account.error().kind == ErrorKind::kNotFound;
  if (gone) return Abandon(gap);
  if (!account.ok()) return account.error();
  if (!ports::Works(account->state)) return Pace::kLater;
  const auto connector = FindConnector(deps_.world.connectors, account->connector);
  if (!connector.ok()) return connector.error();
  auto spec = ReadProviderSpec(**connector);
  if (!spec.ok()) return spec.error();
  const Scene scene{*account, **connector, std::move(*spec),
                    Provider(deps_.world.expressions, ForAccount(deps_.world.actions, **connector,
                                                                 account->id, Lane::kBackfill))};
  return gap.state == GapState::kWaiting ? Repair(gap, scene) : Read(gap, scene);
}

Result<GapRepair::Pace> GapRepair::Abandon(Gap& gap) {
  gap.state = GapState::kAbandoned;
  gap.closed_at = deps_.world.clock.Now();
  gap.told = true;
  return Save(gap, Pace::kDone);
}

// ---- The webhook

Result<bool> GapRepair::LooksRight(const Scene& scene) const {
  const auto account = deps_.world.accounts.Get(scene.account.id);  // the repair has changed it
  if (!account.ok()) return account.error();
  if (!scene.spec.webhook) return true;
  const WebhookTarget target = TargetOf(deps_.world, *account);
  const auto ours =
      Subscriptions(scene.provider, *scene.spec.webhook).FindOurs(account->webhook, target);
  if (!ours.ok()) return ours.error();
  return !FaultOf(*ours, account->webhook, target);
}

// The gap ends when the webhook has been seen to be right again: what happens after that is told.
Result<GapRepair::Pace> GapRepair::Repair(Gap& gap, const Scene& scene) {
  const Status repaired = deps_.connections.RepairWebhook(gap.account);
  if (!repaired.ok()) return repaired.error();
  const auto right = LooksRight(scene);
  if (!right.ok()) return right.error();
  if (!*right) return Pace::kLater;
  const auto numbers = AttachedNumbers(scene.provider, scene.spec, scene.account.method);
  if (!numbers.ok()) return numbers.error();
  const WallTime now = deps_.world.clock.Now();
  gap.state = GapState::kReading;
  gap.to = now;
  gap.reading_at = now;
  gap.position = {.numbers = *numbers};
  return Save(gap, Pace::kMore);
}

// ---- The reading

Result<GapRepair::Pace> GapRepair::Read(Gap& gap, const Scene& scene) {
  if (deps_.deliveries_wait()) return Pace::kLater;
  const auto& lists = scene.connector.recovery;
  while (static_cast<std::size_t>(gap.position.list) < lists.size()) {
    const RecoveryList& list = lists[static_cast<std::size_t>(gap.position.list)];
    if (!gap.position.begun && Asks(scene.account, list)) {
      gap.position.begun = true;
      gap.position.walk = core::gaps::Begin(list.shape, {gap.from, *gap.to});
    }
    if (!gap.position.walk.windows.empty()) return ReadPage(gap, scene, list);
    ++gap.position.list;
    gap.position.begun = false;
  }
  return Close(gap, scene.account);
}

Result<GapRepair::Pace> GapRepair::ReadPage(Gap& gap, const Scene& scene,
                                            const RecoveryList& list) {
  const auto& expressions = deps_.world.expressions;
  core::gaps::WalkPosition& walk = gap.position.walk;
  const auto input = connector::RecoveryInput(list, walk.windows.back(), walk.page, expressions);
  if (!input.ok()) return input.error();
  const auto output = scene.provider.Use({.action = list.action, .with = *input, .pick = {}});
  if (!output.ok()) return output.error();
  const auto page = connector::ReadRecoveryPage(list, *output, walk.page, gap.from, expressions);
  if (!page.ok()) return page.error();
  const core::gaps::WalkStep step = core::gaps::After(list.shape, walk, page->seen);
  if (step.use_items) {
    const auto done = Recover(gap, scene, list, page->records);
    if (!done.ok()) return done.error();
    if (!*done) return Pace::kLater;
    gap.records += page->seen.items;
  }
  const auto recovered = deps_.deliveries.CountRecovered(gap.account, *gap.reading_at);
  if (!recovered.ok()) return recovered.error();
  gap.recovered = *recovered;
  gap.open += step.unreadable;
  walk = step.next;
  return Save(gap, Pace::kMore);
}

Result<bool> GapRepair::Recover(const Gap& gap, const Scene& scene, const RecoveryList& list,
                                const std::vector<RecoveryRecord>& records) {
  const auto watch = deps_.gaps.Watch(gap.account);
  if (!watch.ok()) return watch.error();
  auto events = MayBeMissed(
      scene.connector, list, records,
      {{gap.from, *gap.to}, scene.account.webhook.events, watch->since, gap.position.numbers});
  if (!events.ok()) return events.error();
  std::vector<std::string> occurrences;
  for (const MaybeMissed& each : *events) occurrences.push_back(each.event.occurrence);
  if (occurrences.empty()) return true;
  auto told = deps_.deliveries.Told(gap.account, occurrences, gap.from - kClockDoubt);
  if (!told.ok()) return told.error();
  std::vector<std::pair<ports::InboxItem, std::optional<Json>>> items;
  for (MaybeMissed& each : *events) {
    if (!told->insert(each.event.occurrence).second) continue;
    const WallTime now = deps_.world.clock.Now();
    if (each.due_at > now) return false;  // the webhook, which works again, may tell it yet
    ports::InboxItem item = ToItem(gap, each.event, deps_.world.ids.Next<EventTag>(now), now);
    items.emplace_back(std::move(item), std::move(each.event.data));
  }
  const Status stored = PublishAndWait(deps_.publish, std::move(items));
  if (!stored.ok()) return stored.error();
  return true;
}

// ---- The receipt

Result<GapRepair::Pace> GapRepair::Close(Gap& gap, const ports::Account& account) {
  if (Status asked = deps_.compare(account); !asked.ok()) return asked.error();
  const auto recovered = deps_.deliveries.CountRecovered(gap.account, *gap.reading_at);
  if (!recovered.ok()) return recovered.error();
  gap.recovered = *recovered;
  gap.state = GapState::kClosed;
  gap.closed_at = deps_.world.clock.Now();
  auto saved = Save(gap, Pace::kMore);
  if (!saved.ok()) return saved;
  // So far nobody needs to ask any more whether something happened in silence.
  const Status noted = deps_.gaps.Note(gap.slot, {.account = gap.account, .probed_at = gap.to});
  if (!noted.ok()) Log::Info("gap.watch_unwritten", {{"code", noted.error().code}});
  Metrics& metrics = deps_.world.metrics;
  metrics.Count("switchboard_gap_events_total", {{"result", "recovered"}},
                static_cast<double>(gap.recovered));
  metrics.Count("switchboard_gap_events_total", {{"result", "open"}},
                static_cast<double>(gap.open));
  Log::Info("gap.closed", {{"account", ToText(gap.account)},
                           {"gap", ToText(gap.id)},
                           {"missed", gap.missed()},
                           {"recovered", gap.recovered},
                           {"open", gap.open}});
  return saved;
}

Result<GapRepair::Pace> GapRepair::Tell(Gap& gap) {
  const WallTime now = deps_.world.clock.Now();
  std::vector<std::pair<ports::InboxItem, std::optional<Json>>> items;
  items.emplace_back(ToInboxItem(gap, deps_.world.ids.Next<EventTag>(now), now), std::nullopt);
  if (Status told = PublishAndWait(deps_.publish, std::move(items)); !told.ok())
    return told.error();
  gap.told = true;
  return Save(gap, Pace::kDone);
}

}  // namespace sb::accounts
