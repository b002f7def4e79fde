#pragma once

#include "engine/ports/inbox_store.h"
#include "tests/support/memory_database.h"

namespace sb::testing {

/// Stores the items whose dedupe key is new, as pending: one answer per item. Under the lock,
/// within the commit that has been counted.
std::vector<bool> AppendEvents(const std::vector<ports::InboxItem>& items,
                               MemoryDatabase& database);

class MemoryInboxStore : public ports::InboxStore {
 public:
  explicit MemoryInboxStore(MemoryDatabase& database) : database_(database) {}

  Result<std::vector<bool>> Append(const std::vector<ports::InboxItem>& items) override;
  Result<std::vector<ports::PendingItem>> Pending(const std::vector<Slot>& slots, WallTime now,
                                                  int limit) override;
  Status Postpone(Slot slot, EventId id, int tries, WallTime not_before) override;
  Status CountCrash(Slot slot, EventId id, int tries) override;
  Status Bury(Slot slot, EventId id, const std::string& reason) override;
  Result<ports::InboxItem> Get(EventId id) override;
  Result<EventId> Find(Slot slot, AccountId account, const std::string& dedupe) override;
  Result<ports::Page<ports::InboxItem>> List(const ports::EventFilter& filter,
                                             const ports::PageRequest& page) override;

 private:
  MemoryDatabase& database_;
};

}  // namespace sb::testing
