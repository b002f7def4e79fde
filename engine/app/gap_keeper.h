#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "engine/accounts/gap_repair.h"
#include "engine/accounts/webhook_watch.h"
#include "engine/ports/account_store.h"
#include "engine/ports/clock.h"
#include "engine/ports/executor.h"
#include "engine/ports/random.h"

namespace sb::app {

/// Looks at every webhook of our accounts once in each interval, at a moment of its own, and closes
/// the gaps that are found: several accounts at once, page by page. Thread-safe.
class GapKeeper {
 public:
  struct Dependencies {
    accounts::WebhookWatch& watch;
    accounts::GapRepair& repair;
    ports::AccountStore& accounts;
    const ports::Clock& clock;
    ports::Random& random;
    ports::Executor& pool;  ///< May be held up by each look and each page.
    std::function<bool(const ports::Account&)> is_ours;
    Millis interval = std::chrono::minutes(5);
  };

  explicit GapKeeper(Dependencies dependencies) : deps_(std::move(dependencies)) {}

  void Start();
  /// A gap was found: see to it now.
  void Ring();

  void Stop() { stopped_ = true; }

 private:
  void BeginRound();
  /// One look at each of our accounts, spread over the interval.
  void SpreadLooks();
  void Look(AccountId id);
  void LookForGapsLater();
  void SeeToGaps();
  void Work(ports::Gap gap);
  Millis SomeOf(Millis time);

  Dependencies deps_;
  std::atomic<bool> stopped_ = false;
  std::mutex mutex_;
  std::set<AccountId> under_way_;
  std::map<AccountId, WallTime> not_before_;  ///< Of gaps that something hindered.
};

}  // namespace sb::app
