#include "engine/adapters/postgres/postgres_event_feed.h"

#include <algorithm>
#include <limits>

#include <pqxx/result>

#include "engine/adapters/postgres/inbox_rows.h"
#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/queries.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {
namespace {

/// Behind everything below the horizon.
ports::FeedPosition Below(std::int64_t horizon) {
  return {horizon - 1, std::numeric_limits<std::int64_t>::max(), std::numeric_limits<int>::max()};
}

ports::JournalNews ReadNews(const pqxx::row& row) {
  ports::JournalNews news;
  news.workflow = WorkflowId(NumberOf(row, "workflow_id"));
  news.row.key = {static_cast<Slot>(NumberOf(row, "slot")), AccountId(NumberOf(row, "account_id")),
                  RunId(NumberOf(row, "run_id"))};
  news.row.seq = static_cast<int>(NumberOf(row, "seq"));
  news.row.kind = static_cast<ports::JournalKind>(NumberOf(row, "kind"));
  news.row.task = TextOf(row, "task");
  news.row.attempt = static_cast<int>(NumberOf(row, "attempt"));
  news.row.op_key = TextOf(row, "op_key");
  news.row.facts = JsonOf(row, "facts");
  news.row.at = TimeOf(row, "at");
  return news;
}

/// A page from rows that all carry the horizon; one without an item tells nothing else.
template <typename Item, typename Read, typename PlaceOf>
ports::FeedPage<Item> PageFrom(const pqxx::result& rows, const ports::FeedPosition& after,
                               int limit, Read read, PlaceOf place_of) {
  ports::FeedPage<Item> page;
  page.next = after;
  for (const pqxx::row& row : rows) {
    if (IsNull(row, "commit_id")) continue;
    page.items.push_back(read(row));
    page.next = place_of(row);
    page.places.push_back(page.next);
  }
  page.more = static_cast<int>(page.items.size()) == limit;
  if (!page.more && !rows.empty())
    page.next = std::max(page.next, Below(NumberOf(rows.front(), "horizon")));
  return page;
}

}  // namespace

Result<ports::FeedPosition> PostgresEventFeed::End() {
  const auto rows = database_.Read(kFeedEnd, Params());
  if (!rows.ok()) return rows.error();
  return Below(NumberOf(rows->front(), "horizon"));
}

Result<ports::FeedPage<ports::InboxItem>> PostgresEventFeed::Events(
    const ports::FeedPosition& after, int limit) {
  const auto rows =
      database_.Read(kFeedEvents, Params().Number(after.commit).Number(after.id).Number(limit));
  if (!rows.ok()) return rows.error();
  return PageFrom<ports::InboxItem>(*rows, after, limit, ReadItem, [](const pqxx::row& row) {
    return ports::FeedPosition{NumberOf(row, "commit_id"), NumberOf(row, "event_id"), 0};
  });
}

Result<ports::FeedPage<ports::InboxItem>> PostgresEventFeed::EventsOf(
    const std::vector<AccountId>& accounts, const std::vector<std::string>& types,
    const ports::FeedPosition& after, int limit) {
  ArrayText of_accounts;
  for (const AccountId account : accounts) of_accounts.AddNumber(account.number());
  ArrayText of_types;
  for (const std::string& type : types) of_types.AddText(type);
  const auto rows = database_.Read(kFeedEventsOf, Params()
                                                      .Number(after.commit)
                                                      .Number(after.id)
                                                      .Number(limit)
                                                      .Array(of_accounts)
                                                      .Array(of_types));
  if (!rows.ok()) return rows.error();
  return PageFrom<ports::InboxItem>(*rows, after, limit, ReadItem, [](const pqxx::row& row) {
    return ports::FeedPosition{NumberOf(row, "commit_id"), NumberOf(row, "event_id"), 0};
  });
}

Result<ports::FeedPage<ports::JournalNews>> PostgresEventFeed::Journal(
    const ports::FeedPosition& after, int limit) {
  const auto rows = database_.Read(
      kFeedJournal, Params().Number(after.commit).Number(after.id).Number(after.seq).Number(limit));
  if (!rows.ok()) return rows.error();
  return PageFrom<ports::JournalNews>(*rows, after, limit, ReadNews, [](const pqxx::row& row) {
    return ports::FeedPosition{NumberOf(row, "commit_id"), NumberOf(row, "run_id"),
                               static_cast<int>(NumberOf(row, "seq"))};
  });
}

}  // namespace sb::adapters::postgres
