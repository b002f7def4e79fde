#include "engine/app/sync_keeper.h"

#include <algorithm>

#include "engine/base/log.h"
#include "engine/core/sync/progress.h"

namespace sb::app {
namespace {

constexpr Millis kBetweenSyncLooks = std::chrono::seconds(1);
/// Until it is seen what another instance has started or paused.
constexpr Millis kBetweenSyncRefreshes = std::chrono::seconds(5);
constexpr Millis kBetweenLagMeasures = std::chrono::minutes(1);
constexpr int kMostDueStreams = 500;
/// So many streams of an account at once: they share its quota, and a page is a second or so.
constexpr int kStreamsAtOnce = 2;

constexpr const char* kLagSeconds = "switchboard_sync_lag_seconds";

}  // namespace

void SyncKeeper::Start() {
  Ring();
  LookLater();
}

void SyncKeeper::Ring() {
  refresh_ = true;
  if (!stopped_) deps_.news_pool.Post([this] { Look(); });
}

void SyncKeeper::LookLater() {
  deps_.news_pool.PostAt(deps_.clock.Now() + kBetweenSyncLooks, [this] {
    if (stopped_) return;
    Look();
    LookLater();
  });
}

void SyncKeeper::Look() {
  const std::unique_lock one(looking_, std::try_to_lock);
  if (!one.owns_lock() || stopped_) return;
  RefreshNews();
  for (const std::string& connection : deps_.news.Connections()) {
    const std::lock_guard lock(mutex_);
    if (listening_.insert(connection).second)
      deps_.news_pool.Post([this, connection] { Listen(connection); });
  }
  Search();
  MeasureLags();
}

void SyncKeeper::RefreshNews() {
  const WallTime now = deps_.clock.Now();
  if (!refresh_.exchange(false) && now - refreshed_at_ < kBetweenSyncRefreshes) return;
  refreshed_at_ = now;
  const Status refreshed = deps_.news.Refresh();
  if (refreshed.ok()) return;
  refresh_ = true;
  Log::Warn("sync.unread", {{"code", refreshed.error().code}});
}

// A page, then the other destinations have the thread.
void SyncKeeper::Listen(const std::string& connection) {
  const auto more = stopped_ ? Result<bool>(false) : deps_.news.RunOnce(connection);
  if (!more.ok()) Log::Warn("sync.events_unread", {{"code", more.error().code}});
  if (more.ok() && *more) return deps_.news_pool.Post([this, connection] { Listen(connection); });
  const std::lock_guard lock(mutex_);
  listening_.erase(connection);
}

void SyncKeeper::Search() {
  const auto due = deps_.replications.Due(kMostDueStreams);
  if (!due.ok()) return Log::Warn("sync.streams_unread", {{"code", due.error().code}});
  const std::lock_guard lock(mutex_);
  for (const ports::SyncStream& stream : *due) {
    Line& line = lines_[stream.account];
    if (!line.known.insert({stream.sync, stream.stream}).second) continue;
    line.waiting.push_back(stream);
    if (line.at_work >= kStreamsAtOnce) continue;
    ++line.at_work;
    deps_.pool.Post([this, account = stream.account] { Work(account); });
  }
}

void SyncKeeper::Work(AccountId account) {
  using Pace = accounts::Replications::Pace;
  ports::SyncStream at;
  {
    const std::lock_guard lock(mutex_);
    Line& line = lines_[account];
    if (stopped_ || line.waiting.empty()) {
      if (--line.at_work == 0 && line.known.empty()) lines_.erase(account);
      return;
    }
    at = std::move(line.waiting.front());
    line.waiting.pop_front();
  }
  const std::pair<ports::SyncId, std::string> which(at.sync, at.stream);
  const Pace pace = deps_.replications.Step(at);
  {
    const std::lock_guard lock(mutex_);
    Line& line = lines_[account];
    if (pace == Pace::kMore)
      line.waiting.push_back(std::move(at));
    else
      line.known.erase(which);
  }
  deps_.pool.Post([this, account] { Work(account); });
}

/// The oldest of each stream, over all our accounts.
void SyncKeeper::MeasureLags() {
  const WallTime now = deps_.clock.Now();
  if (now - measured_at_ < kBetweenLagMeasures) return;
  measured_at_ = now;
  const auto running = deps_.replications.Running();
  if (!running.ok()) return;
  std::map<std::string, Millis> lags;
  for (const std::string& stream : measured_) lags[stream] = Millis(0);
  for (const ports::Sync& sync : *running) {
    const auto streams = deps_.syncs.Streams(sync.slot, sync.account, sync.id);
    if (!streams.ok()) return;
    for (const ports::SyncStream& at : *streams) {
      const auto lag = core::sync::LagAt({at.known_until, at.whole_at, at.asked_at}, now);
      if (lag) lags[at.stream] = std::max(lags[at.stream], *lag);
    }
  }
  for (const auto& [stream, lag] : lags) {
    measured_.insert(stream);
    deps_.metrics.Set(kLagSeconds, std::chrono::duration<double>(lag).count(),
                      {{"stream", stream}});
  }
}

}  // namespace sb::app
