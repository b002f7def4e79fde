#include "engine/app/onward_keeper.h"

#include "engine/base/log.h"

namespace sb::app {
namespace {

constexpr Millis kBetweenOnwardLooks = std::chrono::seconds(1);
constexpr Millis kAfterHinderedSending = std::chrono::seconds(10);

}  // namespace

void OnwardKeeper::Start() {
  Ring();
  LookLater();
}

void OnwardKeeper::Ring() {
  if (!stopped_) deps_.pool.Post([this] { Look(); });
}

void OnwardKeeper::LookLater() {
  deps_.pool.PostAt(deps_.clock.Now() + kBetweenOnwardLooks, [this] {
    if (stopped_) return;
    Look();
    LookLater();
  });
}

void OnwardKeeper::Look() {
  const std::unique_lock one(looking_, std::try_to_lock);
  if (!one.owns_lock() || stopped_) return;
  if (deps_.is_for_all()) LookForNews();
  SendDue();
}

void OnwardKeeper::LookForNews() {
  for (bool more = true; more && !stopped_;) {
    const auto looked = deps_.notice.RunOnce();
    if (!looked.ok()) return Log::Warn("onward.events_unread", {{"code", looked.error().code}});
    more = *looked;
  }
}

void OnwardKeeper::SendDue() {
  const auto due = deps_.delivery.Due(Busy());
  if (!due.ok()) return Log::Warn("onward.unread", {{"code", due.error().code}});
  for (const ports::Destination& destination : *due) {
    const std::lock_guard lock(mutex_);
    if (under_way_.insert(destination.id).second)
      deps_.pool.Post([this, destination] { Work(destination); });
  }
}

// One request, then the others have the thread. Whoever has more comes up with the next look, read
// anew: it may have been paused or changed.
void OnwardKeeper::Work(const ports::Destination& destination) {
  using Pace = accounts::OnwardDelivery::Pace;
  const Pace pace = stopped_ ? Pace::kLater : deps_.delivery.Step(destination);
  {
    const std::lock_guard lock(mutex_);
    under_way_.erase(destination.id);
    if (pace == Pace::kLater)
      not_before_[destination.id] = deps_.clock.Now() + kAfterHinderedSending;
  }
  if (pace == Pace::kMore && !stopped_) deps_.pool.Post([this] { SendDue(); });
}

std::set<ports::DestinationId> OnwardKeeper::Busy() {
  const std::lock_guard lock(mutex_);
  const WallTime now = deps_.clock.Now();
  std::erase_if(not_before_, [now](const auto& entry) { return entry.second <= now; });
  std::set<ports::DestinationId> busy = under_way_;
  for (const auto& [destination, when] : not_before_) busy.insert(destination);
  return busy;
}

}  // namespace sb::app
