#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "engine/accounts/replications.h"
#include "engine/accounts/sync_news.h"
#include "engine/base/metrics.h"
#include "engine/ports/clock.h"
#include "engine/ports/executor.h"

namespace sb::app {

/// Works off the syncs of our accounts: every second it has them hear what events tell, and reads
/// the streams that are due, a page of one after a page of another. An account with much to read
/// holds up no other. Thread-safe.
class SyncKeeper {
 public:
  struct Dependencies {
    accounts::Replications& replications;
    accounts::SyncNews& news;
    ports::SyncStore& syncs;
    const ports::Clock& clock;
    Metrics& metrics;
    ports::Executor& pool;       ///< May be held up by each page, which may wait long for quota.
    ports::Executor& news_pool;  ///< May be held up by a destination.
  };

  explicit SyncKeeper(Dependencies dependencies) : deps_(dependencies) {}

  void Start();
  /// A sync was deployed, started or paused: see to it now.
  void Ring();

  void Stop() { stopped_ = true; }

 private:
  /// What is being read of an account. Streams take turns.
  struct Line {
    std::deque<ports::SyncStream> waiting;
    std::set<std::pair<ports::SyncId, std::string>> known;  ///< Waiting, or a step is being taken.
    int at_work = 0;
  };

  void LookLater();
  void Look();
  void RefreshNews();
  void Listen(const std::string& connection);
  void Search();
  /// Takes one step for the account, then the others have the thread.
  void Work(AccountId account);
  void MeasureLags();

  Dependencies deps_;
  std::atomic<bool> stopped_ = false;
  std::atomic<bool> refresh_ = true;  ///< What runs may have changed.
  std::mutex looking_;                ///< One look at a time.
  WallTime refreshed_at_;
  WallTime measured_at_;
  std::set<std::string> measured_;  ///< Streams whose lag was told.
  std::mutex mutex_;
  std::map<AccountId, Line> lines_;
  std::set<std::string> listening_;  ///< By destination.
};

}  // namespace sb::app
