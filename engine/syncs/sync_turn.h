#pragma once

#include <array>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "engine/base/metrics.h"
#include "engine/base/result.h"
#include "engine/connector/connector.h"
#include "engine/ports/clock.h"
#include "engine/ports/event_feed.h"
#include "engine/ports/link_store.h"
#include "engine/ports/sync_store.h"
#include "engine/syncs/heard_records.h"
#include "engine/syncs/link_worker.h"
#include "engine/syncs/sync_scene.h"

namespace sb::syncs {

/// A turn of a running sync: hears what its accounts' events tell, asks its sides what changed, and
/// works off hints that are due. Blocks; thread-safe, for one caller at a time for each sync.
///
/// Events are heard in the order of commits, and how far that came is stored after their hints;
/// changes of a side are stored together with theirs. After a crash some are told again, which
/// costs a look.
class SyncTurn {
 public:
  struct Dependencies {
    ports::SyncStore& syncs;
    ports::LinkStore& links;
    ports::EventFeed& feed;
    const connector::Library& connectors;
    const ports::Clock& clock;
    Metrics& metrics;
    LinkWorker& worker;
    HeardRecords& heard;
  };

  explicit SyncTurn(const Dependencies& dependencies) : deps_(dependencies) {}

  /// True: there is more at once. Fails with what hinders the sync as a whole. Between hints it
  /// asks `goes_on`, and ends where that says no.
  Result<bool> Run(const SyncScene& scene, const ports::Sync& sync,
                   const std::function<bool()>& goes_on);
  /// It does not run any more.
  void Forget(ports::SyncId sync);

 private:
  /// How far a sync is. What is in memory may be further than what is stored, as long as nothing
  /// was told in between.
  struct Follower {
    ports::Sync sync;  ///< `heard` is as it is stored.
    ports::FeedPosition at;
    WallTime saved_at;
    std::array<WallTime, 2> asked_at;  ///< When Changes was called last.
  };

  Follower& FollowerOf(const ports::Sync& sync);
  Result<bool> HearEvents(const SyncScene& scene, Follower& follower);
  Status HearOne(const SyncScene& scene, const Follower& follower, const ports::InboxItem& item);
  void Advance(Follower& follower, const ports::FeedPosition& to, bool told);
  Result<bool> AskSide(const SyncScene& scene, Follower& follower, core::twoway::Side side);
  Result<bool> WorkOff(const SyncScene& scene, const ports::Sync& sync,
                       const std::function<bool()>& goes_on);
  Status WorkOne(const SyncScene& scene, const ports::Sync& sync, const ports::Hint& hint);

  Dependencies deps_;
  std::mutex mutex_;
  std::map<ports::SyncId, Follower> followers_;  ///< Each used by one caller at a time.
};

}  // namespace sb::syncs
