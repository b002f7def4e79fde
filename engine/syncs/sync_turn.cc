#include "engine/syncs/sync_turn.h"

#include <algorithm>
#include <set>
#include <utility>

#include "engine/base/log.h"
#include "engine/syncs/link_job.h"
#include "engine/syncs/progress_book.h"

namespace sb::syncs {
namespace {

using core::quota::Lane;
using core::twoway::Side;
using ports::Hint;

constexpr int kEventsPerTurn = 200;
constexpr int kChangesPerTurn = 500;
constexpr int kHintsPerTurn = 100;
/// News are heard in between, so that an edit does not wait for a backlog.
constexpr Millis kLongestTurn = std::chrono::seconds(2);
/// A hint of a backlog may wait long for quota: it is not begun in a turn that took so long.
constexpr Millis kBacklogUntil{200};
constexpr Millis kBetweenHeardSaves = std::chrono::minutes(1);
constexpr std::array<Side, 2> kTurnSides = {Side::kA, Side::kB};

bool IsBackfill(const Hint& hint) {
  return hint.reason == "first" || hint.reason == "compare";
}

/// As it is stored, which has no journal rows.
ports::FeedPosition WithoutSeq(const ports::FeedPosition& position) {
  return {position.commit, position.id, 0};
}

}  // namespace

SyncTurn::Follower& SyncTurn::FollowerOf(const ports::Sync& sync) {
  const std::lock_guard lock(mutex_);
  const auto [at, fresh] = followers_.try_emplace(sync.id);
  Follower& follower = at->second;
  if (fresh) {
    follower.at = sync.heard;
    deps_.heard.Follow(sync.id, deps_.clock.Now());
  }
  const ports::FeedPosition heard = fresh ? sync.heard : follower.sync.heard;
  follower.sync = sync;
  follower.sync.heard = heard;
  return follower;
}

void SyncTurn::Forget(ports::SyncId sync) {
  const std::lock_guard lock(mutex_);
  followers_.erase(sync);
}

Result<bool> SyncTurn::Run(const SyncScene& scene, const ports::Sync& sync,
                           const std::function<bool()>& goes_on) {
  Follower& follower = FollowerOf(sync);
  bool more = false;
  const auto heard = HearEvents(scene, follower);
  if (!heard.ok()) return heard.error();
  more = more || *heard;
  for (const Side side : kTurnSides) {
    const auto asked = AskSide(scene, follower, side);
    if (!asked.ok()) return asked.error();
    more = more || *asked;
  }
  const auto worked = WorkOff(scene, sync, goes_on);
  if (!worked.ok()) return worked.error();
  return more || *worked;
}

// ---- Events

Result<bool> SyncTurn::HearEvents(const SyncScene& scene, Follower& follower) {
  std::set<AccountId> accounts;
  std::set<std::string> types;
  for (const Side side : kTurnSides) {
    const MadeSide& made = scene.made(side);
    if (made.events.empty() || made.account.IsNone()) continue;
    accounts.insert(made.account);
    types.insert(made.events.begin(), made.events.end());
  }
  if (types.empty()) return false;
  const auto page = deps_.feed.EventsOf({accounts.begin(), accounts.end()},
                                        {types.begin(), types.end()}, follower.at, kEventsPerTurn);
  if (!page.ok()) return page.error();
  for (const ports::InboxItem& item : page->items) {
    if (Status heard = HearOne(scene, follower, item); !heard.ok()) return heard.error();
  }
  Advance(follower, std::max(follower.at, WithoutSeq(page->next)), !page->items.empty());
  return page->more;
}

Status SyncTurn::HearOne(const SyncScene& scene, const Follower& follower,
                         const ports::InboxItem& item) {
  // What a client publishes says nothing about the provider.
  if (item.source == ports::InboxSource::kApi) return {};
  for (const Side side : kTurnSides) {
    const MadeSide& made = scene.made(side);
    const bool tells = made.account == item.account && made.hear &&
                       std::ranges::count(made.events, item.event) > 0;
    if (!tells) continue;
    const auto* connector = deps_.connectors.FindConnector(scene.definition().at(side).connector);
    if (connector == nullptr) continue;
    const auto event = connector::ReadWebhook(*connector, item.body);
    if (!event.ok()) continue;  // an erasure, or a connector that was changed since
    auto told = made.hear(item.event, event->data);
    if (!told.ok()) return told.error();
    if (!*told) continue;
    const ports::LinkPlace place = PlaceOf(follower.sync);
    Hint hint = MakeHint(side, (*told)->key, "event", deps_.clock.Now());
    hint.gone = (*told)->gone;
    std::optional<ports::SideRecord>& record = (*told)->record;
    const auto as_of = record ? record->changed_at : std::nullopt;
    deps_.heard.Put(follower.sync.id, side, hint.key, std::move(record), as_of, item.received_at);
    // First: a hint of a link that stays parked would never be due.
    if (Status woken = WakeParked(deps_.links, place, hint); !woken.ok()) return woken;
    if (Status added = deps_.links.Add(place, {hint}); !added.ok()) return added;
  }
  return {};
}

void SyncTurn::Advance(Follower& follower, const ports::FeedPosition& to, bool told) {
  follower.at = to;
  const WallTime now = deps_.clock.Now();
  const bool due = told || now - follower.saved_at >= kBetweenHeardSaves;
  if (to == follower.sync.heard || !due) return;
  const Status saved = deps_.syncs.SaveHeard(follower.sync, to);
  if (!saved.ok()) {  // told again after a crash
    Log::Info("sync.place_unsaved",
              {{"account", ToText(follower.sync.account)}, {"code", saved.error().code}});
    const auto stored = deps_.syncs.Get(follower.sync.account, follower.sync.id);
    if (stored.ok()) follower.sync.heard = stored->heard;
    return;
  }
  follower.sync.heard = to;
  follower.saved_at = now;
}

// ---- Changes

Result<bool> SyncTurn::AskSide(const SyncScene& scene, Follower& follower, Side side) {
  const MadeSide& made = scene.made(side);
  WallTime& asked_at = follower.asked_at[side == Side::kA ? 0 : 1];
  const WallTime now = deps_.clock.Now();
  if (made.poll <= Millis(0) || now - asked_at < made.poll) return false;
  const ports::LinkPlace place = PlaceOf(follower.sync);
  const auto progress = ProgressOf(deps_.links, place);
  if (!progress.ok()) return progress.error();
  const std::string from = side == Side::kA ? progress->cursor_a : progress->cursor_b;
  const auto changes = made.records->Changes(from, kChangesPerTurn);
  if (!changes.ok()) return changes.error();
  std::vector<Hint> hints;
  for (const ports::SideHint& each : changes->hints) {
    Hint hint = MakeHint(side, each.key, "feed", now);
    hint.gone = each.gone;
    deps_.heard.Put(follower.sync.id, side, each.key, each.record, now, now);
    hints.push_back(std::move(hint));
  }
  // First: once the place is stored they are not told again, and a hint of a link that stays parked
  // would never be due.
  for (const Hint& hint : hints) {
    if (Status woken = WakeParked(deps_.links, place, hint); !woken.ok()) return woken.error();
  }
  if (changes->next != from || !hints.empty() || changes->missed) {
    const Status saved = UpdateProgress(
        deps_.links, place,
        [&](ports::LinkProgress& stored) {
          (side == Side::kA ? stored.cursor_a : stored.cursor_b) = changes->next;
          if (changes->missed) AskForComparison(stored);
        },
        hints);
    if (!saved.ok()) return saved.error();
  }
  if (!changes->more) asked_at = now;
  return changes->more;
}

// ---- Hints

Result<bool> SyncTurn::WorkOff(const SyncScene& scene, const ports::Sync& sync,
                               const std::function<bool()>& goes_on) {
  const ports::LinkPlace place = PlaceOf(sync);
  const WallTime began = deps_.clock.Now();
  auto due = deps_.links.Due(place, began, kHintsPerTurn);
  if (!due.ok()) return due.error();
  std::stable_partition(due->begin(), due->end(),
                        [](const Hint& hint) { return !IsBackfill(hint); });
  for (const Hint& hint : *due) {
    if (!goes_on()) return false;
    if (IsBackfill(hint) && deps_.clock.Now() - began >= kBacklogUntil) return true;
    if (Status worked = WorkOne(scene, sync, hint); !worked.ok()) return worked.error();
    if (deps_.clock.Now() - began >= kLongestTurn) return true;
  }
  return due->size() == static_cast<std::size_t>(kHintsPerTurn);
}

Status SyncTurn::WorkOne(const SyncScene& scene, const ports::Sync& sync, const Hint& hint) {
  using Outcome = LinkWorker::Outcome;
  const auto heard =
      deps_.heard.Take(sync.id, hint.side, hint.key, hint.first_at, deps_.clock.Now());
  const Lane lane = IsBackfill(hint) ? Lane::kBackfill : Lane::kSync;
  const LinkScene at = scene.At(PlaceOf(sync));
  const auto outcome = deps_.worker.Work(at, hint, lane, heard);
  if (!outcome.ok()) return outcome.error();
  if (*outcome == Outcome::kSettled && !IsBackfill(hint)) {
    const std::chrono::duration<double> took = deps_.clock.Now() - hint.first_at;
    deps_.metrics.Observe("switchboard_link_settled_seconds", took.count());
  }
  constexpr std::array<const char*, 6> kOutcomes = {"quiet",  "settled", "again",
                                                    "parked", "ended",   "hindered"};
  deps_.metrics.Count("switchboard_link_hints_total",
                      {{"outcome", kOutcomes[static_cast<std::size_t>(*outcome)]}});
  return {};
}

}  // namespace sb::syncs
