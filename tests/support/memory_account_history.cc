#include "tests/support/memory_account_history.h"

#include <algorithm>

namespace sb::testing {

Result<ports::Page<ports::AccountChange>> MemoryAccountHistory::List(
    AccountId account, const ports::PageRequest& page) {
  const std::lock_guard lock(accounts_.mutex_);
  ports::Page<ports::AccountChange> found;
  const auto& rows = accounts_.history_;
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    const ports::AccountChange& change = row->change;
    if (change.account != account || (page.before > 0 && change.revision >= page.before)) continue;
    if (static_cast<int>(found.items.size()) == std::clamp(page.size, 1, 1000)) {
      found.next_before = found.items.back().revision;
      break;
    }
    found.items.push_back(change);
  }
  return found;
}

Result<std::vector<ports::AccountChange>> MemoryAccountHistory::Untold(
    const std::vector<Slot>& slots, int limit) {
  const std::lock_guard lock(accounts_.mutex_);
  std::vector<ports::AccountChange> untold;
  for (const auto& row : accounts_.history_) {
    if (!row.told && std::ranges::count(slots, row.change.slot) > 0) untold.push_back(row.change);
  }
  std::ranges::stable_sort(untold, {}, &ports::AccountChange::at);
  if (static_cast<int>(untold.size()) > limit) untold.resize(static_cast<std::size_t>(limit));
  return untold;
}

Status MemoryAccountHistory::MarkTold(AccountId account, int revision) {
  const std::lock_guard lock(accounts_.mutex_);
  for (auto& row : accounts_.history_) {
    if (row.change.account == account && row.change.revision == revision) row.told = true;
  }
  return {};
}

}  // namespace sb::testing
