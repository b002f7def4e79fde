#pragma once

#include <map>
#include <mutex>

#include "engine/ports/delivery_history.h"
#include "engine/ports/gap_store.h"
#include "tests/support/memory_database.h"

namespace sb::testing {

class MemoryGapStore : public ports::GapStore {
 public:
  Result<bool> Open(const ports::Gap& gap) override;
  Result<ports::Page<ports::Gap>> List(AccountId account, const ports::PageRequest& page) override;
  Result<std::vector<ports::Gap>> Unfinished(const std::vector<Slot>& slots, int limit) override;
  Result<int> Save(const ports::Gap& gap) override;
  Result<ports::WebhookWatch> Watch(AccountId account) override;
  Status Note(Slot slot, const ports::WebhookWatch& watch) override;

 private:
  std::mutex mutex_;
  std::map<ports::GapId, ports::Gap> gaps_;
  std::map<AccountId, ports::WebhookWatch> watches_;
};

/// Over the inbox that the memory stores share.
class MemoryDeliveryHistory : public ports::DeliveryHistory {
 public:
  explicit MemoryDeliveryHistory(MemoryDatabase& database) : database_(database) {}

  Result<std::optional<WallTime>> LastDelivery(AccountId account) override;
  Result<std::set<std::string>> Told(AccountId account, const std::vector<std::string>& occurrences,
                                     WallTime received_from) override;
  Result<std::int64_t> CountRecovered(AccountId account, WallTime received_from) override;

 private:
  MemoryDatabase& database_;
};

}  // namespace sb::testing
