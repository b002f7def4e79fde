#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <set>

#include "engine/accounts/onward_delivery.h"
#include "engine/accounts/onward_notice.h"
#include "engine/ports/clock.h"
#include "engine/ports/executor.h"

namespace sb::app {

/// Hands events on: the instance that works for all looks for news every second, and every instance
/// sends what waits for the destinations of its own accounts, several destinations at once and one
/// request of each after the other. Thread-safe.
class OnwardKeeper {
 public:
  struct Dependencies {
    accounts::OnwardNotice& notice;
    accounts::OnwardDelivery& delivery;
    const ports::Clock& clock;
    ports::Executor& pool;  ///< May be held up by each request.
    std::function<bool()> is_for_all;
  };

  explicit OnwardKeeper(Dependencies dependencies) : deps_(std::move(dependencies)) {}

  void Start();
  /// Something may have come, or may go out now: see to it.
  void Ring();

  void Stop() { stopped_ = true; }

 private:
  void LookLater();
  void Look();
  void LookForNews();
  void SendDue();
  void Work(const ports::Destination& destination);
  /// Destinations that are being seen to, or that something hinders.
  std::set<ports::DestinationId> Busy();

  Dependencies deps_;
  std::atomic<bool> stopped_ = false;
  std::mutex looking_;  ///< One look at a time.
  std::mutex mutex_;
  std::set<ports::DestinationId> under_way_;
  std::map<ports::DestinationId, WallTime> not_before_;  ///< Of those that something hinders.
};

}  // namespace sb::app
