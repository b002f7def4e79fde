#include "tests/support/memory_ownership_store.h"

#include <algorithm>

namespace sb::testing {

bool MemoryOwnershipStore::IsCurrent(InstanceId instance, std::int64_t incarnation) const {
  const auto found = database_.instances.find(instance);
  return found != database_.instances.end() && found->second.live &&
         found->second.incarnation == incarnation;
}

void MemoryOwnershipStore::Fence(InstanceId instance) {
  database_.instances[instance].live = false;
  for (auto& [key, writer] : database_.writers) {
    if (key.first == instance) ++writer.incarnation;
  }
  std::erase_if(database_.owners, [&](const auto& entry) { return entry.second == instance; });
}

int MemoryOwnershipStore::ShareOfEach() const {
  const auto live =
      static_cast<int>(std::count_if(database_.instances.begin(), database_.instances.end(),
                                     [](const auto& entry) { return entry.second.live; }));
  return (kSlotCount + std::max(live, 1) - 1) / std::max(live, 1);
}

Result<ports::Registration> MemoryOwnershipStore::Register(InstanceId instance, int writers,
                                                           WallTime now) {
  const std::lock_guard lock(database_.mutex);
  Fence(instance);
  std::int64_t newest = database_.instances[instance].incarnation;
  for (const auto& [key, writer] : database_.writers) {
    if (key.first == instance) newest = std::max(newest, writer.incarnation);
  }
  ++newest;
  for (int n = 0; n < writers; ++n) database_.writers[{instance, n}];
  for (auto& [key, writer] : database_.writers) {
    if (key.first == instance) writer.incarnation = newest;
  }
  database_.instances[instance] = {newest, true, clock_.Now()};
  return ports::Registration{newest, std::chrono::round<Millis>(clock_.Now() - now)};
}

Result<bool> MemoryOwnershipStore::Heartbeat(InstanceId instance, std::int64_t incarnation) {
  const std::lock_guard lock(database_.mutex);
  if (!IsCurrent(instance, incarnation)) return false;
  database_.instances[instance].heartbeat_at = clock_.Now();
  return true;
}

Result<std::vector<Slot>> MemoryOwnershipStore::ClaimSlots(InstanceId instance,
                                                           std::int64_t incarnation) {
  const std::lock_guard lock(database_.mutex);
  if (!IsCurrent(instance, incarnation)) {
    return Conflict("WRITER_FENCED", "another incarnation of this instance took over");
  }
  const int share = ShareOfEach();
  auto owned =
      static_cast<int>(std::count_if(database_.owners.begin(), database_.owners.end(),
                                     [&](const auto& entry) { return entry.second == instance; }));
  std::vector<Slot> slots;
  for (Slot slot = 0; slot < kSlotCount; ++slot) {
    const auto [owner, was_free] = owned < share ? database_.owners.try_emplace(slot, instance)
                                                 : std::pair(database_.owners.find(slot), false);
    if (was_free) ++owned;
    if (owner != database_.owners.end() && owner->second == instance) slots.push_back(slot);
  }
  return slots;
}

Result<int> MemoryOwnershipStore::FairShare() {
  const std::lock_guard lock(database_.mutex);
  return ShareOfEach();
}

Status MemoryOwnershipStore::ReleaseSlots(InstanceId instance, std::int64_t incarnation,
                                          const std::vector<Slot>& slots) {
  const std::lock_guard lock(database_.mutex);
  if (!IsCurrent(instance, incarnation)) {
    return Conflict("WRITER_FENCED", "another incarnation of this instance took over");
  }
  for (const Slot slot : slots) {
    const auto owner = database_.owners.find(slot);
    if (owner != database_.owners.end() && owner->second == instance) database_.owners.erase(owner);
  }
  return {};
}

Result<int> MemoryOwnershipStore::FenceDead(InstanceId self, Millis time_to_live) {
  const std::lock_guard lock(database_.mutex);
  int fenced = 0;
  for (auto& [id, instance] : database_.instances) {
    if (!instance.live || id == self || instance.heartbeat_at >= clock_.Now() - time_to_live)
      continue;
    Fence(id);
    ++fenced;
  }
  return fenced;
}

Status MemoryOwnershipStore::Release(InstanceId instance, std::int64_t incarnation) {
  const std::lock_guard lock(database_.mutex);
  if (IsCurrent(instance, incarnation)) Fence(instance);
  return {};
}

}  // namespace sb::testing
