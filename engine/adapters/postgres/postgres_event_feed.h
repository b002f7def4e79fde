#pragma once

#include "engine/adapters/postgres/database.h"
#include "engine/ports/event_feed.h"

namespace sb::adapters::postgres {

class PostgresEventFeed : public ports::EventFeed {
 public:
  explicit PostgresEventFeed(Database& database) : database_(database) {}

  Result<ports::FeedPosition> End() override;
  Result<ports::FeedPage<ports::InboxItem>> Events(const ports::FeedPosition& after,
                                                   int limit) override;
  Result<ports::FeedPage<ports::InboxItem>> EventsOf(const std::vector<AccountId>& accounts,
                                                     const std::vector<std::string>& types,
                                                     const ports::FeedPosition& after,
                                                     int limit) override;
  Result<ports::FeedPage<ports::JournalNews>> Journal(const ports::FeedPosition& after,
                                                      int limit) override;

 private:
  Database& database_;
};

}  // namespace sb::adapters::postgres
