#pragma once

#include <map>
#include <mutex>

#include "engine/ports/settling_store.h"

namespace sb::testing {

class MemorySettlingStore : public ports::SettlingStore {
 public:
  Result<bool> Open(const ports::Settling& settling) override;
  Result<std::optional<ports::Settling>> Find(Slot slot, AccountId account,
                                              const std::string& key) override;
  Result<std::vector<ports::Settling>> Due(const std::vector<Slot>& slots, WallTime now,
                                           const std::set<AccountId>& without, int limit) override;
  Result<int> Save(const ports::Settling& settling) override;

 private:
  std::mutex mutex_;
  std::map<ports::SettlingId, ports::Settling> settlings_;
};

}  // namespace sb::testing
