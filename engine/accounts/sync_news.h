#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/accounts/replications.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/ports/clock.h"
#include "engine/ports/event_feed.h"
#include "engine/ports/sync_store.h"

namespace sb::accounts {

/// Follows the events of the accounts whose syncs run here, in the order of commits, and has each
/// sync hear them. How far it has come is stored for each sync, after its rows: whoever goes on
/// after a crash tells some events again, which changes nothing. A sync whose destination hinders
/// it stays where it is, and holds up no other. Thread-safe; blocks.
class SyncNews {
 public:
  struct Dependencies {
    Replications& replications;
    ports::SyncStore& syncs;
    ports::EventFeed& feed;
    const ports::Clock& clock;
    Metrics& metrics;
  };

  explicit SyncNews(Dependencies dependencies) : deps_(dependencies) {}

  /// Looks which syncs run. Fails as SyncStore: those that are known stay.
  Status Refresh();
  /// The destinations of those that do.
  std::vector<std::string> Connections() const;
  /// Looks at a page of events for the syncs of one destination, and at one for each of those that
  /// are behind. True: there is more at once. For one caller at a time for each destination. Fails
  /// as EventFeed.
  Result<bool> RunOnce(const std::string& connection);

 private:
  /// A sync and how far it is. What is in memory may be further than what is stored, as long as
  /// nothing was told in between.
  struct Follower {
    ports::Sync sync;  ///< `heard` is as it is stored.
    std::vector<std::string> events;
    ports::FeedPosition at;
    ports::FeedPosition began;  ///< What was stored when its turn came.
    bool caught_up = false;
    std::optional<WallTime> saved_at;
    WallTime not_before;
    Millis pause{0};  ///< Grows with each hindrance.
  };

  using Group = std::vector<Follower>;

  std::vector<Group> GroupsOf(const std::string& connection) const;
  Result<bool> Follow(Group& group);
  void Tell(Follower& follower, const ports::FeedPage<ports::InboxItem>& page);
  void Advance(Follower& follower, const ports::FeedPosition& to, bool told);
  void Hinder(Follower& follower, const Error& error);
  void Keep(const Group& group);

  Dependencies deps_;
  mutable std::mutex mutex_;
  std::map<ports::SyncId, Follower> followers_;
};

}  // namespace sb::accounts
