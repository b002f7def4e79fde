#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "engine/base/metrics.h"
#include "engine/ports/clock.h"
#include "engine/ports/executor.h"
#include "engine/syncs/comparison.h"
#include "engine/syncs/sync_turn.h"
#include "engine/syncs/two_way_syncs.h"

namespace sb::app {

/// Works off the two-way syncs of our accounts: every second it has each of them hear its events,
/// ask its sides, work off the hints that are due, and read both sides whole when that is due.
/// Syncs do so beside each other, each in one place at a time; one that is hindered rests and says
/// why. Thread-safe.
class LinkKeeper {
 public:
  struct Dependencies {
    syncs::TwoWaySyncs& two_way;
    syncs::SceneBook& scenes;
    syncs::SyncTurn& turn;
    syncs::Comparison& comparison;
    ports::LinkStore& links;
    const ports::Clock& clock;
    Metrics& metrics;
    ports::Executor& pool;          ///< May be held up by a turn, which may wait for quota.
    ports::Executor& compare_pool;  ///< May be held up by a page, which may wait long for quota.
    std::function<std::vector<Slot>()> our_slots;
  };

  explicit LinkKeeper(Dependencies dependencies) : deps_(std::move(dependencies)) {}

  void Start();
  /// A sync was deployed, started or paused, or a person decided something: see to it now.
  void Ring();

  void Stop() { stopped_ = true; }

  bool IsStopped() const { return stopped_; }

 private:
  /// A sync that runs.
  struct Line {
    ports::Sync sync;
    bool in_turn = false;
    bool comparing = false;
    bool hindered = false;
    WallTime not_before;
    Millis pause{0};  ///< Grows with each hindrance.
    WallTime compare_not_before;
  };

  void LookLater();
  void Look();
  void Refresh();
  void TakeTurn(ports::SyncId id);
  void Compare(ports::SyncId id);
  /// What hinders it is stored for people; a turn that goes well takes that away.
  void Hinder(const ports::Sync& sync, const Error& error);
  void Clear(const ports::Sync& sync);
  void Measure();
  void Prune();

  Dependencies deps_;
  std::atomic<bool> stopped_ = false;
  std::mutex looking_;  ///< One look at a time.
  WallTime measured_at_;
  WallTime pruned_at_;
  std::mutex mutex_;
  std::map<ports::SyncId, Line> lines_;
};

}  // namespace sb::app
