#include "engine/adapters/postgres/postgres_inbox_store.h"

#include <set>

#include <pqxx/result>

#include "engine/adapters/postgres/inbox_rows.h"
#include "engine/adapters/postgres/pages.h"
#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/queries.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {

Result<std::vector<bool>> PostgresInboxStore::Append(const std::vector<ports::InboxItem>& items) {
  if (items.empty()) return std::vector<bool>();
  Params params;
  const auto rows = database_.Write(kInboxAppend, AddInboxItems(items, params));
  if (!rows.ok()) return rows.error();
  std::set<std::int64_t> stored;
  for (const pqxx::row& row : *rows) stored.insert(NumberOf(row, "event_id"));
  std::vector<bool> is_new;
  is_new.reserve(items.size());
  for (const ports::InboxItem& item : items) is_new.push_back(stored.count(item.id.number()) != 0);
  return is_new;
}

Result<std::vector<ports::PendingItem>> PostgresInboxStore::Pending(const std::vector<Slot>& slots,
                                                                    WallTime now, int limit) {
  ArrayText mine;
  for (const Slot slot : slots) mine.AddNumber(slot);
  const auto rows = database_.Read(kInboxPending, Params().Array(mine).Time(now).Number(limit));
  if (!rows.ok()) return rows.error();
  std::vector<ports::PendingItem> pending;
  for (const pqxx::row& row : *rows) {
    pending.push_back({ReadItem(row), static_cast<int>(NumberOf(row, "tries"))});
  }
  return pending;
}

Status PostgresInboxStore::Postpone(Slot slot, EventId id, int tries, WallTime not_before) {
  const auto rows = database_.Write(
      kInboxPostpone, Params().Number(slot).Number(id.number()).Number(tries).Time(not_before));
  return rows.ok() ? Status() : Status(rows.error());
}

Status PostgresInboxStore::CountCrash(Slot slot, EventId id, int tries) {
  const auto rows =
      database_.Write(kInboxCountCrash, Params().Number(slot).Number(id.number()).Number(tries));
  return rows.ok() ? Status() : Status(rows.error());
}

Status PostgresInboxStore::Bury(Slot slot, EventId id, const std::string& reason) {
  const auto rows =
      database_.Write(kInboxBury, Params().Number(slot).Number(id.number()).Text(reason));
  return rows.ok() ? Status() : Status(rows.error());
}

Result<ports::InboxItem> PostgresInboxStore::Get(EventId id) {
  const auto rows = database_.Read(kInboxGet, Params().Number(id.number()));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return NotFound("EVENT_NOT_FOUND", "there is no such event");
  return ReadItem(rows->front());
}

Result<EventId> PostgresInboxStore::Find(Slot slot, AccountId account, const std::string& dedupe) {
  const auto rows =
      database_.Read(kInboxFind, Params().Number(slot).Number(account.number()).Bytes(dedupe));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return NotFound("EVENT_NOT_FOUND", "there is no such event");
  return EventId(NumberOf(rows->front(), "event_id"));
}

Result<ports::Page<ports::InboxItem>> PostgresInboxStore::List(const ports::EventFilter& filter,
                                                               const ports::PageRequest& page) {
  const auto rows = database_.Read(kInboxList, ListParams(filter, page));
  if (!rows.ok()) return rows.error();
  return PageOf<ports::InboxItem>(*rows, page, ReadItem,
                                  [](const ports::InboxItem& item) { return item.id.number(); });
}

}  // namespace sb::adapters::postgres
