#include "tests/support/memory_settling_store.h"

#include <algorithm>

namespace sb::testing {

using ports::Settling;

Result<bool> MemorySettlingStore::Open(const Settling& settling) {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, known] : settlings_) {
    if (id == settling.id || (known.account == settling.account && known.key == settling.key))
      return false;
  }
  Settling fresh = settling;
  fresh.step = 0;
  settlings_[settling.id] = fresh;
  return true;
}

Result<std::optional<Settling>> MemorySettlingStore::Find(Slot slot, AccountId account,
                                                          const std::string& key) {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, known] : settlings_) {
    if (known.slot == slot && known.account == account && known.key == key)
      return std::optional(known);
  }
  return std::optional<Settling>();
}

Result<std::vector<Settling>> MemorySettlingStore::Due(const std::vector<Slot>& slots, WallTime now,
                                                       const std::set<AccountId>& without,
                                                       int limit) {
  const std::lock_guard lock(mutex_);
  std::vector<Settling> due;
  for (const auto& [id, known] : settlings_) {
    const bool ours = std::ranges::count(slots, known.slot) > 0 && !without.contains(known.account);
    if (ours && known.due_at && *known.due_at <= now) due.push_back(known);
  }
  std::ranges::stable_sort(due, {}, [](const Settling& each) { return *each.due_at; });
  if (due.size() > static_cast<std::size_t>(limit)) due.resize(static_cast<std::size_t>(limit));
  return due;
}

Result<int> MemorySettlingStore::Save(const Settling& settling) {
  const std::lock_guard lock(mutex_);
  const auto found = settlings_.find(settling.id);
  if (found == settlings_.end() || found->second.step != settling.step)
    return Conflict("SETTLING_MOVED", "somebody else went on with this record");
  Settling& stored = found->second;
  stored.state = settling.state;
  stored.ended_at = settling.ended_at;
  stored.seen_at = settling.seen_at;
  stored.content = settling.content;
  stored.due_at = settling.due_at;
  stored.confirmed_by = settling.confirmed_by;
  stored.looks = settling.looks;
  return ++stored.step;
}

}  // namespace sb::testing
