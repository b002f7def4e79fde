#include "tests/support/memory_gap_store.h"

#include <algorithm>

#include "tests/support/memory_pages.h"

namespace sb::testing {
namespace {

/// The row keeps whole seconds of it, as positions in the database do.
ports::Gap AsStored(ports::Gap gap) {
  const auto whole = [](WallTime when) {
    return WallTime(std::chrono::floor<std::chrono::seconds>(when));
  };
  for (auto& window : gap.position.walk.windows) window = {whole(window.from), whole(window.to)};
  return gap;
}

}  // namespace

Result<bool> MemoryGapStore::Open(const ports::Gap& gap) {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, known] : gaps_) {
    const bool waits = known.account == gap.account && known.state == ports::GapState::kWaiting;
    if (id == gap.id || waits) return false;
  }
  ports::Gap fresh;
  fresh.id = gap.id;
  fresh.slot = gap.slot;
  fresh.account = gap.account;
  fresh.reason = gap.reason;
  fresh.from = gap.from;
  fresh.position = gap.position;
  fresh.found_at = gap.found_at;
  gaps_[gap.id] = AsStored(fresh);
  return true;
}

Result<ports::Page<ports::Gap>> MemoryGapStore::List(AccountId account,
                                                     const ports::PageRequest& page) {
  const std::lock_guard lock(mutex_);
  return PageOf<ports::Gap>(
      gaps_, page, [&](const ports::Gap& gap) { return gap.account == account; },
      [](const ports::Gap& gap) { return gap; });
}

Result<std::vector<ports::Gap>> MemoryGapStore::Unfinished(const std::vector<Slot>& slots,
                                                           int limit) {
  const std::lock_guard lock(mutex_);
  std::vector<ports::Gap> unfinished;
  for (const auto& [id, gap] : gaps_) {
    if (static_cast<int>(unfinished.size()) == limit) break;
    if (!gap.told && std::ranges::count(slots, gap.slot) > 0) unfinished.push_back(gap);
  }
  return unfinished;
}

Result<int> MemoryGapStore::Save(const ports::Gap& gap) {
  const std::lock_guard lock(mutex_);
  const auto found = gaps_.find(gap.id);
  if (found == gaps_.end() || found->second.step != gap.step)
    return Conflict("GAP_MOVED", "somebody else went on with this gap");
  ports::Gap next = AsStored(gap);
  next.reason = found->second.reason;
  next.found_at = found->second.found_at;
  ++next.step;
  found->second = next;
  return next.step;
}

Result<ports::WebhookWatch> MemoryGapStore::Watch(AccountId account) {
  const std::lock_guard lock(mutex_);
  const auto found = watches_.find(account);
  return found == watches_.end() ? ports::WebhookWatch{.account = account} : found->second;
}

Status MemoryGapStore::Note(Slot /*slot*/, const ports::WebhookWatch& watch) {
  const std::lock_guard lock(mutex_);
  ports::WebhookWatch& known = watches_.try_emplace(watch.account).first->second;
  known.account = watch.account;
  known.good_at = std::max(known.good_at, watch.good_at);  // nothing is less than anything
  known.probed_at = std::max(known.probed_at, watch.probed_at);
  if (watch.since.empty()) return {};
  known.since.clear();
  for (const auto& [event, since] : watch.since)
    known.since[event] = WallTime(std::chrono::floor<std::chrono::seconds>(since));
  return {};
}

Result<std::optional<WallTime>> MemoryDeliveryHistory::LastDelivery(AccountId account) {
  const std::lock_guard lock(database_.mutex);
  std::optional<WallTime> last;
  for (const auto& [id, item] : database_.inbox) {
    if (item.account == account && item.source == ports::InboxSource::kWebhook)
      last = item.received_at;
  }
  return last;
}

Result<std::set<std::string>> MemoryDeliveryHistory::Told(
    AccountId account, const std::vector<std::string>& occurrences, WallTime received_from) {
  const std::lock_guard lock(database_.mutex);
  std::set<std::string> told;
  for (const auto& [id, item] : database_.inbox) {
    if (item.account == account && id.number() >= LowestIdNumberAt(received_from) &&
        std::ranges::count(occurrences, item.occurrence) > 0) {
      told.insert(item.occurrence);
    }
  }
  return told;
}

Result<std::int64_t> MemoryDeliveryHistory::CountRecovered(AccountId account,
                                                           WallTime received_from) {
  const std::lock_guard lock(database_.mutex);
  return std::ranges::count_if(database_.inbox, [&](const auto& entry) {
    return entry.second.account == account &&
           entry.second.source == ports::InboxSource::kRecovered &&
           entry.first.number() >= LowestIdNumberAt(received_from);
  });
}

}  // namespace sb::testing
