#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <set>

#include "engine/accounts/recording_fetch.h"
#include "engine/accounts/recording_notice.h"
#include "engine/accounts/recording_upkeep.h"
#include "engine/ports/clock.h"
#include "engine/ports/executor.h"

namespace sb::app {

/// Sees to recordings every second: the instance that works for all looks for news and lets go what
/// is over, and every instance fetches those of its own accounts, several at once. Thread-safe.
class RecordingKeeper {
 public:
  struct Dependencies {
    accounts::RecordingNotice& notice;
    accounts::RecordingFetch& fetch;
    accounts::RecordingUpkeep& upkeep;
    const ports::Clock& clock;
    ports::Executor& pool;  ///< May be held up by each fetch, for minutes.
    std::function<bool()> is_for_all;
  };

  explicit RecordingKeeper(Dependencies dependencies) : deps_(std::move(dependencies)) {}

  void Start();
  /// Something may be wanted, or may have to go: see to it now.
  void Ring();

  void Stop() { stopped_ = true; }

 private:
  void LookLater();
  void Look();
  void LookForNews();
  void LetGo();
  void FetchDue();
  void Fetch(const ports::Recording& recording);

  Dependencies deps_;
  std::atomic<bool> stopped_ = false;
  std::mutex looking_;  ///< One look at a time.
  std::mutex mutex_;
  std::set<ports::RecordingId> under_way_;
};

}  // namespace sb::app
