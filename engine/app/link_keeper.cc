#include "engine/app/link_keeper.h"

#include <algorithm>
#include <optional>
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
    // Whatever made it rest may have been seen to.
    const std::lock_guard lock(mutex_);
    for (auto& [id, line] : lines_) {
      line.not_before = WallTime();
      line.compare_not_before = WallTime();
    }
  }
  deps_.pool.Post([this] { Look(); });
}

void LinkKeeper::LookLater() {
  deps_.pool.PostAt(deps_.clock.Now() + kBetweenLinkLooks, [this] {
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
      if (line.not_before > now) continue;
      if (!std::exchange(line.in_turn, true))
        deps_.pool.Post([this, sync = id] { TakeTurn(sync); });
      const bool compares = !line.hindered && line.compare_not_before <= now;
      if (compares && !std::exchange(line.comparing, true))
        deps_.compare_pool.Post([this, sync = id] { Compare(sync); });
    }
  }
  Measure();
  Prune();
}

void LinkKeeper::Refresh() {
  const auto running = deps_.two_way.Running();
  if (!running.ok()) return Log::Warn("link.syncs_unread", {{"code", running.error().code}});
  const std::lock_guard lock(mutex_);
  std::set<ports::SyncId> seen;
  for (const ports::Sync& sync : *running) {
    seen.insert(sync.id);
    lines_[sync.id].sync = sync;
  }
  std::erase_if(lines_, [&](const auto& each) {
    const bool rests = !each.second.in_turn && !each.second.comparing;
    const bool gone = rests && !seen.contains(each.first);
    if (gone) {
      deps_.turn.Forget(each.first);
      deps_.comparison.Forget(each.first);
      deps_.scenes.Forget(each.first);
    }
    return gone;
  });
}

void LinkKeeper::TakeTurn(ports::SyncId id) {
  std::optional<ports::Sync> sync;
  {
    const std::lock_guard lock(mutex_);
    sync = lines_[id].sync;
  }
  Result<bool> more = false;
  if (!stopped_) {
    const auto scene = deps_.scenes.Of(*sync);
    more = scene.ok() ? deps_.turn.Run(**scene, *sync) : Result<bool>(scene.error());
  }
  if (!more.ok()) Hinder(*sync, more.error());
  if (more.ok() && !stopped_) Clear(*sync);
  const std::lock_guard lock(mutex_);
  Line& line = lines_[id];
  const bool goes_on = more.ok() && *more && !stopped_ && line.not_before <= deps_.clock.Now();
  if (goes_on) return deps_.pool.Post([this, id] { TakeTurn(id); });
  line.in_turn = false;
}

// A page, then the others have the thread.
void LinkKeeper::Compare(ports::SyncId id) {
  std::optional<ports::Sync> sync;
  {
    const std::lock_guard lock(mutex_);
    sync = lines_[id].sync;
  }
  Result<bool> more = false;
  if (!stopped_) {
    const auto scene = deps_.scenes.Of(*sync);
    const auto due = scene.ok() ? deps_.comparison.IsDue(**scene, syncs::PlaceOf(*sync))
                                : Result<bool>(scene.error());
    if (!due.ok()) {
      more = due.error();
    } else if (*due) {
      more = deps_.comparison.Step(**scene, syncs::PlaceOf(*sync));
    }
  }
  const bool stopping = !more.ok() && more.error().kind == ErrorKind::kCancelled;
  if (!more.ok() && !stopping) Hinder(*sync, more.error());
  const std::lock_guard lock(mutex_);
  Line& line = lines_[id];
  const bool goes_on = more.ok() && *more && !stopped_;
  if (goes_on) return deps_.compare_pool.Post([this, id] { Compare(id); });
  line.comparing = false;
  line.compare_not_before = deps_.clock.Now() + kBetweenCompareLooks;
}

void LinkKeeper::Hinder(const ports::Sync& sync, const Error& error) {
  Log::Info("link.sync_hindered",
            {{"account", ToText(sync.account)}, {"sync", sync.name}, {"code", error.code}});
  deps_.metrics.Count("switchboard_sync_errors_total", {{"code", error.code}});
  if (error.code == "ACCOUNT_DISCONNECTED") {
    const Status paused = deps_.two_way.PauseWithout(sync);
    if (!paused.ok()) Log::Info("link.pause_failed", {{"code", paused.error().code}});
    return;
  }
  if (error.code == "LINK_SIDE_CHANGED") deps_.scenes.Forget(sync.id);
  WallTime until;
  {
    const std::lock_guard lock(mutex_);
    Line& line = lines_[sync.id];
    line.pause = std::clamp(line.pause * 2, kFirstLinkRest, kLongestLinkRest);
    line.hindered = true;
    until = deps_.clock.Now() + std::max(line.pause, error.retry_after.value_or(Millis(0)));
    line.not_before = until;
    line.compare_not_before = until;
  }
  const Status noted =
      syncs::UpdateProgress(deps_.links, syncs::PlaceOf(sync), [&](ports::LinkProgress& progress) {
        progress.error = error.code;
        progress.error_reason = error.message;
        progress.due_at = until;
      });
  if (!noted.ok()) Log::Info("link.error_unsaved", {{"code", noted.error().code}});
}

void LinkKeeper::Clear(const ports::Sync& sync) {
  const ports::LinkPlace place = syncs::PlaceOf(sync);
  const Status ended = syncs::EndApproval(deps_.links, place);
  if (!ended.ok()) Log::Info("link.approval_stays", {{"code", ended.error().code}});
  {
    const std::lock_guard lock(mutex_);
    Line& line = lines_[sync.id];
    line.pause = Millis(0);
    line.hindered = false;
  }
  const auto progress = syncs::ProgressOf(deps_.links, place);
  if (!progress.ok() || progress->error.empty()) return;
  const Status cleared = syncs::UpdateProgress(deps_.links, place, [](ports::LinkProgress& stored) {
    stored.error.clear();
    stored.error_reason.clear();
  });
  if (!cleared.ok()) Log::Info("link.error_unsaved", {{"code", cleared.error().code}});
}

/// Over all our syncs: metrics name no account.
void LinkKeeper::Measure() {
  const WallTime now = deps_.clock.Now();
  if (now - measured_at_ < kBetweenLinkMeasures) return;
  measured_at_ = now;
  std::vector<ports::Sync> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, line] : lines_) all.push_back(line.sync);
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
  const WallTime now = deps_.clock.Now();
  if (now - pruned_at_ < kBetweenPrunes) return;
  pruned_at_ = now;
  for (;;) {
    const auto pruned =
        deps_.links.Prune(deps_.our_slots(), now - ports::kLinkMemory, kPrunedAtOnce);
    if (!pruned.ok()) return Log::Info("link.prune_failed", {{"code", pruned.error().code}});
    if (*pruned == 0 || stopped_) return;
  }
}

}  // namespace sb::app
