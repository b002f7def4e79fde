#include "engine/app/recording_keeper.h"

#include "engine/base/log.h"

namespace sb::app {
namespace {

constexpr Millis kBetweenRecordingLooks = std::chrono::seconds(1);
/// So many fetches at once: the pool has threads for these, and for a look.
constexpr std::size_t kMostFetches = 4;

}  // namespace

void RecordingKeeper::Start() {
  Ring();
  LookLater();
}

void RecordingKeeper::Ring() {
  if (!stopped_) deps_.pool.Post([this] { Look(); });
}

void RecordingKeeper::LookLater() {
  deps_.pool.PostAt(deps_.clock.Now() + kBetweenRecordingLooks, [this] {
    if (stopped_) return;
    Look();
    LookLater();
  });
}

void RecordingKeeper::Look() {
  const std::unique_lock one(looking_, std::try_to_lock);
  if (!one.owns_lock() || stopped_) return;
  if (deps_.is_for_all()) {
    LookForNews();
    LetGo();
  }
  FetchDue();
}

void RecordingKeeper::LookForNews() {
  for (bool more = true; more && !stopped_;) {
    const auto looked = deps_.notice.RunOnce();
    if (!looked.ok()) return Log::Warn("recording.events_unread", {{"code", looked.error().code}});
    more = *looked;
  }
}

void RecordingKeeper::LetGo() {
  for (bool more = true; more && !stopped_;) {
    const auto gone = deps_.upkeep.RunOnce();
    if (!gone.ok()) return Log::Warn("recording.upkeep_failed", {{"code", gone.error().code}});
    more = *gone;
  }
}

void RecordingKeeper::FetchDue() {
  const auto due = deps_.fetch.Due();
  if (!due.ok()) return Log::Warn("recording.unread", {{"code", due.error().code}});
  for (const ports::Recording& recording : *due) {
    const std::lock_guard lock(mutex_);
    if (under_way_.size() >= kMostFetches) return;
    if (under_way_.insert(recording.id).second)
      deps_.pool.Post([this, recording] { Fetch(recording); });
  }
}

void RecordingKeeper::Fetch(const ports::Recording& recording) {
  if (!stopped_) deps_.fetch.Fetch(recording);
  {
    const std::lock_guard lock(mutex_);
    under_way_.erase(recording.id);
  }
  Ring();  // for the next
}

}  // namespace sb::app
