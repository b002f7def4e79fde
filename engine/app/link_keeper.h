#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

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
/// why. What hinders its comparison does not hinder its edits. One that does not run any more calls
/// no side from then on. Thread-safe.
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
    ports::Executor& looks;         ///< Held up by nothing but the database, so that all are seen.
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
  /// What hinders turns, or comparisons: they rest, longer with each time that it does.
  struct Rest {
    WallTime until;
    Millis pause{0};
    std::string code;  ///< Empty: nothing does.
    std::string reason;
  };

  /// A sync that runs, or did when something was begun that has not ended.
  struct Line {
    ports::Sync sync;
    bool running = true;
    bool in_turn = false;
    bool comparing = false;
    Rest turns;
    Rest comparisons;
    WallTime compare_look_at;  ///< When to ask next whether a comparison is due.
  };

  void LookLater();
  void Look();
  void Refresh();
  /// Nothing: it does not run any more.
  std::optional<ports::Sync> RunningSync(ports::SyncId id);
  void TakeTurn(ports::SyncId id);
  void EndTurn(ports::SyncId id, bool goes_on);
  void Compare(ports::SyncId id);
  void EndCompare(ports::SyncId id, bool goes_on);
  Result<bool> StepOfComparison(const ports::Sync& sync);
  void Hinder(const ports::Sync& sync, Rest Line::*which, const Error& error);
  void Clear(const ports::Sync& sync, Rest Line::*which);
  /// Stores for people what hinders it.
  void Tell(const ports::Sync& sync);
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
