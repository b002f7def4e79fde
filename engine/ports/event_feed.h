#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/ports/inbox_store.h"
#include "engine/ports/run_store.h"

namespace sb::ports {

/// How far a reader has come: everything up to here, in the order of commits, has been told.
struct FeedPosition {
  std::int64_t commit = 0;
  std::int64_t id = 0;  ///< Within a commit: of an event or a run.
  int seq = 0;          ///< Of a journal row.

  auto operator<=>(const FeedPosition&) const = default;
};

template <typename Item>
struct FeedPage {
  std::vector<Item> items;
  std::vector<FeedPosition> places;  ///< Of each item: read on from there to go on behind it.
  FeedPosition next;  ///< Read on from here; it moves on although there were no items.
  bool more = false;  ///< The page was full: there is more at once.
};

/// A journal row and what it belongs to.
struct JournalNews {
  JournalRow row;
  WorkflowId workflow;
};

/// What is stored, in an order that loses nothing: only commits before which no other can appear
/// any more are told, so news come as late as the oldest transaction under way. Positions hold for
/// one database and for as long as its rows are kept. Blocking; thread-safe; fails with
/// kUnavailable DATABASE_UNAVAILABLE.
class EventFeed {
 public:
  virtual ~EventFeed() = default;

  /// The place behind everything that can be told now.
  virtual Result<FeedPosition> End() = 0;
  /// Events behind `after`, at most `limit`.
  virtual Result<FeedPage<InboxItem>> Events(const FeedPosition& after, int limit) = 0;
  /// Likewise, but only events of these accounts and types.
  virtual Result<FeedPage<InboxItem>> EventsOf(const std::vector<AccountId>& accounts,
                                               const std::vector<std::string>& types,
                                               const FeedPosition& after, int limit) = 0;
  /// Journal rows behind `after`, at most `limit`.
  virtual Result<FeedPage<JournalNews>> Journal(const FeedPosition& after, int limit) = 0;
};

}  // namespace sb::ports
