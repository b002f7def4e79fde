#pragma once

#include "engine/ports/clock.h"
#include "engine/ports/ownership_store.h"
#include "tests/support/memory_database.h"

namespace sb::testing {

/// `clock` is the database's time.
class MemoryOwnershipStore : public ports::OwnershipStore {
 public:
  MemoryOwnershipStore(MemoryDatabase& database, const ports::Clock& clock)
      : database_(database), clock_(clock) {}

  Result<ports::Registration> Register(InstanceId instance, int writers, WallTime now) override;
  Result<bool> Heartbeat(InstanceId instance, std::int64_t incarnation) override;
  Result<std::vector<Slot>> ClaimSlots(InstanceId instance, std::int64_t incarnation) override;
  Result<int> FairShare() override;
  Status ReleaseSlots(InstanceId instance, std::int64_t incarnation,
                      const std::vector<Slot>& slots) override;
  Result<int> FenceDead(InstanceId self, Millis time_to_live) override;
  Status Release(InstanceId instance, std::int64_t incarnation) override;

 private:
  bool IsCurrent(InstanceId instance, std::int64_t incarnation) const;
  int ShareOfEach() const;
  void Fence(InstanceId instance);  ///< Takes the pen away and frees the slots.

  MemoryDatabase& database_;
  const ports::Clock& clock_;
};

}  // namespace sb::testing
