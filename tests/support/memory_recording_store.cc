#include "tests/support/memory_recording_store.h"

#include <algorithm>
#include <utility>

#include "tests/support/memory_pages.h"

namespace sb::testing {

using ports::Recording;
using ports::RecordingState;

Result<ports::RecordingPolicy> MemoryRecordingStore::Policy(AccountId account) {
  const std::lock_guard lock(mutex_);
  const auto found = policies_.find(account);
  if (found != policies_.end()) return found->second;
  ports::RecordingPolicy none;
  none.account = account;
  return none;
}

Status MemoryRecordingStore::SetPolicy(const ports::RecordingPolicy& policy) {
  const std::lock_guard lock(mutex_);
  const auto [known, is_new] = policies_.try_emplace(policy.account, policy);
  const auto since =
      !is_new && known->second.rules.KeepsAnything() ? known->second.since : policy.since;
  known->second = policy;
  known->second.since = since;
  for (auto& [id, recording] : recordings_) {
    if (recording.account != policy.account || recording.state != RecordingState::kKept) continue;
    recording.erase_at = core::recordings::EraseAt(policy.rules, *recording.kept_at);
    ++recording.step;
  }
  return {};
}

Result<std::vector<ports::RecordingPolicy>> MemoryRecordingStore::Policies() {
  const std::lock_guard lock(mutex_);
  std::vector<ports::RecordingPolicy> policies;
  for (const auto& [account, policy] : policies_) {
    if (policy.rules.KeepsAnything()) policies.push_back(policy);
  }
  return policies;
}

Result<std::optional<ports::FeedPosition>> MemoryRecordingStore::Position() {
  const std::lock_guard lock(mutex_);
  return position_;
}

Status MemoryRecordingStore::SavePosition(const ports::FeedPosition& position) {
  const std::lock_guard lock(mutex_);
  position_ = {position.commit, position.id, 0};
  return {};
}

Result<bool> MemoryRecordingStore::Want(const Recording& recording) {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, known] : recordings_) {
    if (known.account == recording.account && known.call == recording.call &&
        known.kind == recording.kind) {
      return false;
    }
  }
  Recording fresh;
  fresh.id = recording.id;
  fresh.slot = recording.slot;
  fresh.account = recording.account;
  fresh.call = recording.call;
  fresh.kind = recording.kind;
  fresh.party = recording.party;
  fresh.event = recording.event;
  fresh.told_at = recording.told_at;
  fresh.due_at = recording.due_at;
  fresh.created_at = recording.created_at;
  return recordings_.emplace(recording.id, fresh).second;
}

Result<Recording> MemoryRecordingStore::Get(ports::RecordingId id) {
  const std::lock_guard lock(mutex_);
  const auto found = recordings_.find(id);
  if (found == recordings_.end())
    return NotFound("RECORDING_NOT_FOUND", "there is no such recording");
  return found->second;
}

Result<ports::Page<Recording>> MemoryRecordingStore::List(const ports::RecordingFilter& filter,
                                                          const ports::PageRequest& page) {
  const std::lock_guard lock(mutex_);
  return PageOf<Recording>(
      recordings_, page,
      [&](const Recording& recording) {
        return recording.account == filter.account &&
               (filter.call.empty() || recording.call == filter.call) &&
               (!filter.state || recording.state == *filter.state);
      },
      [](const Recording& recording) { return recording; });
}

Result<std::vector<Recording>> MemoryRecordingStore::Due(const std::vector<Slot>& slots,
                                                         WallTime now, int limit) {
  const std::lock_guard lock(mutex_);
  std::vector<Recording> due;
  for (const auto& [id, recording] : recordings_) {
    const bool open =
        recording.state == RecordingState::kWanted || recording.state == RecordingState::kFetching;
    if (open && recording.due_at <= now && std::ranges::count(slots, recording.slot) > 0)
      due.push_back(recording);
  }
  std::ranges::stable_sort(due, {}, &Recording::due_at);
  if (due.size() > static_cast<std::size_t>(limit)) due.resize(static_cast<std::size_t>(limit));
  return due;
}

Result<int> MemoryRecordingStore::Save(const Recording& recording) {
  const std::lock_guard lock(mutex_);
  const auto found = recordings_.find(recording.id);
  if (found == recordings_.end() || found->second.step != recording.step)
    return Conflict("RECORDING_MOVED", "somebody else went on with this recording");
  if (recording.state == RecordingState::kErased) Erase(found->second);
  const WallTime created_at = found->second.created_at;
  found->second = recording;
  found->second.created_at = created_at;
  return ++found->second.step;
}

// As the trigger of the real table does.
void MemoryRecordingStore::Erase(Recording& recording) {
  const bool begun = recording.state == RecordingState::kFetching;
  if (!begun && recording.state != RecordingState::kKept) return;
  waste_[recording.id] = {{recording.slot, recording.account, recording.id}, begun, false};
}

Result<int> MemoryRecordingStore::Expire(WallTime now, int limit) {
  const std::lock_guard lock(mutex_);
  int expired = 0;
  for (auto& [id, recording] : recordings_) {
    const bool over = recording.state == RecordingState::kKept && recording.erase_at &&
                      *recording.erase_at <= now;
    if (!over || expired == limit) continue;
    Erase(recording);
    recording.state = RecordingState::kErased;
    recording.erased_at = now;
    recording.erase_at.reset();
    recording.sha256.clear();
    recording.party.clear();
    recording.reason = "RETENTION";
    ++recording.step;
    ++expired;
  }
  return expired;
}

Result<std::vector<ports::RecordingWaste>> MemoryRecordingStore::Waste(WallTime /*now*/,
                                                                       int limit) {
  const std::lock_guard lock(mutex_);
  std::vector<ports::RecordingWaste> waste;
  for (const auto& [id, wanted] : waste_) {
    if (!wanted.tried && static_cast<int>(waste.size()) < limit) waste.push_back(wanted.waste);
  }
  return waste;
}

Status MemoryRecordingStore::Wasted(const ports::RecordingWaste& waste) {
  const std::lock_guard lock(mutex_);
  const auto found = waste_.find(waste.recording);
  if (found == waste_.end()) return {};
  if (std::exchange(found->second.again, false)) {
    found->second.tried = true;
  } else {
    waste_.erase(found);
  }
  return {};
}

Result<bool> MemoryRecordingStore::HasWaste(AccountId account) {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(waste_, [&](const auto& entry) {
    return !entry.second.tried && (account.IsNone() || entry.second.waste.account == account);
  });
}

}  // namespace sb::testing
