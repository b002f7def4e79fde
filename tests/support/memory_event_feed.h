#pragma once

#include <algorithm>
#include <limits>

#include "engine/ports/event_feed.h"
#include "tests/support/memory_database.h"

namespace sb::testing {

/// What the memory stores have stored, in the order in which they did.
class MemoryEventFeed : public ports::EventFeed {
 public:
  explicit MemoryEventFeed(MemoryDatabase& database) : database_(database) {}

  Result<ports::FeedPosition> End() override {
    const std::lock_guard lock(database_.mutex);
    return Behind(database_.commits);
  }

  Result<ports::FeedPage<ports::InboxItem>> Events(const ports::FeedPosition& after,
                                                   int limit) override {
    const std::lock_guard lock(database_.mutex);
    return PageOf<ports::InboxItem>(database_.event_feed, after, limit,
                                    [&](EventId id) { return database_.inbox.at(id); });
  }

  Result<ports::FeedPage<ports::InboxItem>> EventsOf(const std::vector<AccountId>& accounts,
                                                     const std::vector<std::string>& types,
                                                     const ports::FeedPosition& after,
                                                     int limit) override {
    const std::lock_guard lock(database_.mutex);
    std::map<ports::FeedPosition, EventId> chosen;
    for (const auto& [place, id] : database_.event_feed) {
      const ports::InboxItem& item = database_.inbox.at(id);
      if (std::ranges::count(accounts, item.account) > 0 &&
          std::ranges::count(types, item.event) > 0)
        chosen.emplace(place, id);
    }
    return PageOf<ports::InboxItem>(chosen, after, limit,
                                    [&](EventId id) { return database_.inbox.at(id); });
  }

  Result<ports::FeedPage<ports::JournalNews>> Journal(const ports::FeedPosition& after,
                                                      int limit) override {
    const std::lock_guard lock(database_.mutex);
    return PageOf<ports::JournalNews>(
        database_.journal_feed, after, limit, [&](const ports::JournalRow& row) {
          return ports::JournalNews{row, database_.runs.at(row.key.run).stored.summary.workflow};
        });
  }

 private:
  static ports::FeedPosition Behind(std::int64_t commit) {
    return {commit, std::numeric_limits<std::int64_t>::max(), std::numeric_limits<int>::max()};
  }

  template <typename Item, typename Map, typename Read>
  ports::FeedPage<Item> PageOf(const Map& map, const ports::FeedPosition& after, int limit,
                               Read read) const {
    ports::FeedPage<Item> page;
    page.next = std::max(after, Behind(database_.commits));
    for (auto entry = map.upper_bound(after); entry != map.end(); ++entry) {
      page.items.push_back(read(entry->second));
      page.places.push_back(entry->first);
      page.more = static_cast<int>(page.items.size()) == limit;
      if (!page.more) continue;
      page.next = entry->first;
      break;
    }
    return page;
  }

  MemoryDatabase& database_;
};

}  // namespace sb::testing
