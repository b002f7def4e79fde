#include "engine/app/link_keeper.h"

#include <algorithm>
#include <utility>

#include "engine/base/log.h"
#include "engine/syncs/progress_book.h"

namespace sb::app {
namespace {

constexpr Millis kBetweenLinkLooks = std::chrono::seconds(1);
constexpr Millis kBetweenLinkMeasures = std::chrono::minutes(1);
constexpr Millis kBetweenPrunes = std::chrono::hours(1);
constexpr Millis kFirstLinkRest = std::chrono::seconds(15);
constexpr Millis kLongestLinkRest = std::chrono::minutes(5);
/// After a look that found no comparison due.
constexpr Millis kBetweenCompareLooks = std::chrono::seconds(10);
constexpr int kPrunedAtOnce = 1000;

}  // namespace

void LinkKeeper::Start() {
  Ring();
  LookLater();
}

void LinkKeeper::Ring() {
  if (stopped_) return;
  {
    const std::lock_guard lock(mutex_);
    for (auto& [id, line] : lines_) line.compare_look_at = WallTime();
  }
  deps_.looks.Post([this] { Look(); });
}

void LinkKeeper::LookLater() {
  deps_.looks.PostAt(deps_.clock.Now() + kBetweenLinkLooks, [this] {
    if (stopped_) return;
    Look();
    LookLater();
  });
}

void LinkKeeper::Look() {
  const std::unique_lock one(looking_, std::try_to_lock);
  if (!one.owns_lock() || stopped_) return;
  Refresh();
  const WallTime now = deps_.clock.Now();
  {
    const std::lock_guard lock(mutex_);
    for (auto& [id, line] : lines_) {
      if (!line.running) continue;
      if (line.turns.until <= now && !std::exchange(line.in_turn, true))
        deps_.pool.Post([this, sync = id] { TakeTurn(sync); });
      // What hinders every edit would hinder a comparison as well.
      const bool compares =
          line.turns.code.empty() && line.comparisons.until <= now && line.compare_look_at <= now;
      if (compares && !std::exchange(line.comparing, true))
        deps_.compare_pool.Post([this, sync = id] { Compare(sync); });
    }
  }
  Measure();
  if (now - pruned_at_ < kBetweenPrunes) return;
  pruned_at_ = now;
  deps_.compare_pool.Post([this] { Prune(); });
}

void LinkKeeper::Refresh() {
  const auto running = deps_.two_way.Running();
  if (!running.ok()) return Log::Warn("link.syncs_unread", {{"code", running.error().code}});
  const std::lock_guard lock(mutex_);
  for (auto& [id, line] : lines_) line.running = false;
  for (const ports::Sync& sync : *running) {
    Line& line = lines_[sync.id];
    // Deployed or started anew: whatever made it rest may have been seen to.
    if (line.sync.step != sync.step) {
      line.turns = {};
      line.comparisons = {};
    }
    line.sync = sync;
    line.running = true;
  }
  std::erase_if(lines_, [&](const auto& each) {
    const Line& line = each.second;
    const bool gone = !line.running && !line.in_turn && !line.comparing;
    if (gone) {
      deps_.turn.Forget(each.first);
      deps_.comparison.Forget(each.first);
      deps_.scenes.Forget(each.first);
    }
    return gone;
  });
}

std::optional<ports::Sync> LinkKeeper::RunningSync(ports::SyncId id) {
  const std::lock_guard lock(mutex_);
  const auto line = lines_.find(id);
  if (stopped_ || line == lines_.end() || !line->second.running) return std::nullopt;
  return line->second.sync;
}

void LinkKeeper::TakeTurn(ports::SyncId id) {
  const auto sync = RunningSync(id);
  if (!sync) return EndTurn(id, false);
  const auto scene = deps_.scenes.Of(*sync);
  const auto more = scene.ok() ? deps_.turn.Run(**scene, *sync,
                                                [this, id] { return RunningSync(id).has_value(); })
                               : Result<bool>(scene.error());
  if (stopped_) return EndTurn(id, false);  // whatever it says, of a server that is ending
  if (more.ok()) {
    Clear(*sync, &Line::turns);
  } else {
    Hinder(*sync, &Line::turns, more.error());
  }
  EndTurn(id, more.ok() && *more);
}

void LinkKeeper::EndTurn(ports::SyncId id, bool goes_on) {
  const std::lock_guard lock(mutex_);
  Line& line = lines_[id];
  if (goes_on && line.running && !stopped_) return deps_.pool.Post([this, id] { TakeTurn(id); });
  line.in_turn = false;
}

// A page, then the others have the thread.
void LinkKeeper::Compare(ports::SyncId id) {
  const auto sync = RunningSync(id);
  if (!sync) return EndCompare(id, false);
  const auto more = StepOfComparison(*sync);
  if (stopped_) return EndCompare(id, false);
  if (more.ok()) {
    Clear(*sync, &Line::comparisons);
  } else {
    Hinder(*sync, &Line::comparisons, more.error());
  }
  EndCompare(id, more.ok() && *more);
}

void LinkKeeper::EndCompare(ports::SyncId id, bool goes_on) {
  const std::lock_guard lock(mutex_);
  Line& line = lines_[id];
  if (goes_on && line.running && !stopped_)
    return deps_.compare_pool.Post([this, id] { Compare(id); });
  line.comparing = false;
  line.compare_look_at = deps_.clock.Now() + kBetweenCompareLooks;
}

Result<bool> LinkKeeper::StepOfComparison(const ports::Sync& sync) {
  const auto scene = deps_.scenes.Of(sync);
  if (!scene.ok()) return scene.error();
  const auto due = deps_.comparison.IsDue(**scene, syncs::PlaceOf(sync));
  if (!due.ok() || !*due) return due;
  return deps_.comparison.Step(**scene, syncs::PlaceOf(sync));
}

void LinkKeeper::Hinder(const ports::Sync& sync, Rest Line::*which, const Error& error) {
  Log::Info("link.sync_hindered",
            {{"account", ToText(sync.account)}, {"sync", sync.name}, {"code", error.code}});
  deps_.metrics.Count("switchboard_sync_errors_total", {{"code", error.code}});
  if (error.code == "ACCOUNT_DISCONNECTED") {
    const Status paused = deps_.two_way.PauseWithout(sync);
    if (paused.ok()) {
      const std::lock_guard lock(mutex_);
      lines_[sync.id].running = false;
      return;
    }
    Log::Info("link.pause_failed", {{"code", paused.error().code}});
  }
  if (error.code == "LINK_SIDE_CHANGED") deps_.scenes.Forget(sync.id);
  {
    const std::lock_guard lock(mutex_);
    Rest& rest = lines_[sync.id].*which;
    rest.pause = std::clamp(rest.pause * 2, kFirstLinkRest, kLongestLinkRest);
    rest.until = deps_.clock.Now() + std::max(rest.pause, error.retry_after.value_or(Millis(0)));
    rest.code = error.code;
    rest.reason = error.message;
  }
  Tell(sync);
}

void LinkKeeper::Clear(const ports::Sync& sync, Rest Line::*which) {
  {
    const std::lock_guard lock(mutex_);
    lines_[sync.id].*which = {};
  }
  Tell(sync);
}

void LinkKeeper::Tell(const ports::Sync& sync) {
  const ports::LinkPlace place = syncs::PlaceOf(sync);
  Rest rest;
  {
    const std::lock_guard lock(mutex_);
    const Line& line = lines_[sync.id];
    if (!line.running) return;
    rest = line.turns.code.empty() ? line.comparisons : line.turns;
  }
  const auto progress = syncs::ProgressOf(deps_.links, place);
  const bool is_told = progress.ok() && progress->error == rest.code &&
                       progress->error_reason == rest.reason &&
                       (rest.code.empty() || progress->due_at == rest.until);
  if (is_told) return;
  const Status told = syncs::UpdateProgress(deps_.links, place, [&](ports::LinkProgress& stored) {
    // What happened while it was not followed was told by nobody.
    const bool follows_again = stored.error == "LINK_SIDE_CHANGED" && rest.code != stored.error;
    if (follows_again) syncs::AskForComparison(stored);
    stored.error = rest.code;
    stored.error_reason = rest.reason;
    if (!rest.code.empty()) stored.due_at = rest.until;
  });
  if (!told.ok()) Log::Info("link.error_unsaved", {{"code", told.error().code}});
}

/// Over all our syncs: metrics name no account.
void LinkKeeper::Measure() {
  const WallTime now = deps_.clock.Now();
  if (now - measured_at_ < kBetweenLinkMeasures) return;
  measured_at_ = now;
  std::vector<ports::Sync> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, line] : lines_) {
      if (line.running) all.push_back(line.sync);
    }
  }
  ports::LinkCounts sum;
  double oldest = 0;
  for (const ports::Sync& sync : all) {
    const auto counts = deps_.links.Count(syncs::PlaceOf(sync));
    if (!counts.ok()) return;
    sum.active += counts->active;
    sum.parked += counts->parked;
    sum.paused += counts->paused;
    sum.waiting += counts->waiting;
    sum.open_conflicts += counts->open_conflicts;
    if (!counts->oldest_hint_at) continue;
    const std::chrono::duration<double> age = now - *counts->oldest_hint_at;
    oldest = std::max(oldest, age.count());
  }
  const auto links = [&](const char* standing, std::int64_t count) {
    deps_.metrics.Set("switchboard_links", static_cast<double>(count), {{"standing", standing}});
  };
  links("active", sum.active);
  links("parked", sum.parked);
  links("paused", sum.paused);
  deps_.metrics.Set("switchboard_link_hints_waiting", static_cast<double>(sum.waiting));
  deps_.metrics.Set("switchboard_link_conflicts_open", static_cast<double>(sum.open_conflicts));
  deps_.metrics.Set("switchboard_link_oldest_hint_seconds", oldest);
}

void LinkKeeper::Prune() {
  deps_.two_way.DismantleLeft();
  const WallTime before = deps_.clock.Now() - ports::kLinkMemory;
  while (!stopped_) {
    const auto pruned = deps_.links.Prune(deps_.our_slots(), before, kPrunedAtOnce);
    if (!pruned.ok()) return Log::Info("link.prune_failed", {{"code", pruned.error().code}});
    if (*pruned == 0) return;
  }
}

}  // namespace sb::app
