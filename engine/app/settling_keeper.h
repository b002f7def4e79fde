#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "engine/accounts/settlings.h"
#include "engine/ports/clock.h"
#include "engine/ports/executor.h"

namespace sb::app {

/// Sees to records that settle once they are due: several accounts at once, one record of each
/// after the other. Thread-safe.
class SettlingKeeper {
 public:
  struct Dependencies {
    accounts::Settlings& settlings;
    const ports::Clock& clock;
    ports::Executor& pool;  ///< May be held up by each record.
  };

  explicit SettlingKeeper(Dependencies dependencies) : deps_(dependencies) {}

  void Start();

  void Stop() { stopped_ = true; }

 private:
  void Search();
  void Work(std::deque<ports::Settling> left);
  /// Accounts that are being seen to, or that something hinders.
  std::set<AccountId> Busy();

  Dependencies deps_;
  std::atomic<bool> stopped_ = false;
  std::mutex mutex_;
  std::set<AccountId> under_way_;
  std::map<AccountId, WallTime> not_before_;  ///< Of accounts that something hinders.
};

}  // namespace sb::app
