#include "tests/support/memory_inbox_store.h"

#include <algorithm>

#include "tests/support/memory_pages.h"

namespace sb::testing {

std::vector<bool> AppendEvents(const std::vector<ports::InboxItem>& items,
                               MemoryDatabase& database) {
  std::vector<bool> is_new;
  for (const ports::InboxItem& item : items) {
    const bool recovered = !item.occurrence.empty() &&
                           database.inbox_keys.contains({item.slot, item.account, item.occurrence});
    is_new.push_back(!recovered &&
                     database.inbox_keys.emplace(item.slot, item.account, item.dedupe).second);
    if (!is_new.back()) continue;
    database.inbox.emplace(item.id, item);
    database.event_feed[{database.commits, item.id.number(), 0}] = item.id;
    database.pending[{item.slot, item.id}] = {};
  }
  return is_new;
}

Result<std::vector<bool>> MemoryInboxStore::Append(const std::vector<ports::InboxItem>& items) {
  const std::lock_guard lock(database_.mutex);
  ++database_.commits;
  return AppendEvents(items, database_);
}

Result<std::vector<ports::PendingItem>> MemoryInboxStore::Pending(const std::vector<Slot>& slots,
                                                                  WallTime now, int limit) {
  const std::lock_guard lock(database_.mutex);
  std::map<EventId, int> due;
  for (const auto& [key, pending] : database_.pending) {
    const bool mine = std::find(slots.begin(), slots.end(), key.first) != slots.end();
    if (mine && (!pending.not_before || *pending.not_before <= now))
      due[key.second] = pending.tries;
  }
  std::vector<ports::PendingItem> items;
  for (const auto& [id, tries] : due) {
    if (items.size() == static_cast<std::size_t>(limit)) break;
    items.push_back({database_.inbox.at(id), tries});
  }
  return items;
}

Status MemoryInboxStore::Postpone(Slot slot, EventId id, int tries, WallTime not_before) {
  const std::lock_guard lock(database_.mutex);
  const auto found = database_.pending.find({slot, id});
  if (found != database_.pending.end()) found->second = {tries, not_before};
  return {};
}

Status MemoryInboxStore::CountCrash(Slot slot, EventId id, int tries) {
  const std::lock_guard lock(database_.mutex);
  const auto found = database_.pending.find({slot, id});
  if (found != database_.pending.end()) found->second.tries += tries;
  return {};
}

Status MemoryInboxStore::Bury(Slot slot, EventId id, const std::string& reason) {
  const std::lock_guard lock(database_.mutex);
  const auto found = database_.pending.find({slot, id});
  if (found == database_.pending.end()) return {};
  const ports::InboxItem& item = database_.inbox.at(id);
  database_.dead_letters[id] = {item, found->second.tries, reason, item.received_at};
  database_.pending.erase(found);
  return {};
}

Result<ports::InboxItem> MemoryInboxStore::Get(EventId id) {
  const std::lock_guard lock(database_.mutex);
  const auto found = database_.inbox.find(id);
  if (found == database_.inbox.end()) return NotFound("EVENT_NOT_FOUND", "there is no such event");
  return found->second;
}

Result<EventId> MemoryInboxStore::Find(Slot slot, AccountId account, const std::string& dedupe) {
  const std::lock_guard lock(database_.mutex);
  for (const auto& [id, item] : database_.inbox) {
    if (item.slot == slot && item.account == account && item.dedupe == dedupe) return id;
  }
  return NotFound("EVENT_NOT_FOUND", "there is no such event");
}

Result<ports::Page<ports::InboxItem>> MemoryInboxStore::List(const ports::EventFilter& filter,
                                                             const ports::PageRequest& page) {
  const std::lock_guard lock(database_.mutex);
  return PageOf<ports::InboxItem>(
      database_.inbox, page, [&](const ports::InboxItem& item) { return filter.Includes(item); },
      [](const auto& item) { return item; });
}

}  // namespace sb::testing
