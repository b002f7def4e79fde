#pragma once

#include "engine/adapters/postgres/database.h"
#include "engine/ports/ownership_store.h"

namespace sb::adapters::postgres {

/// Instances, writers and slots: eng.instance, eng.writer, eng.slot. ClaimSlots fails with
/// kConflict WRITER_FENCED when the incarnation was fenced.
class PostgresOwnershipStore : public ports::OwnershipStore {
 public:
  explicit PostgresOwnershipStore(Database& database) : database_(database) {}

  Result<ports::Registration> Register(InstanceId instance, int writers, WallTime now) override;
  Result<bool> Heartbeat(InstanceId instance, std::int64_t incarnation) override;
  Result<std::vector<Slot>> ClaimSlots(InstanceId instance, std::int64_t incarnation) override;
  Result<int> FairShare() override;
  Status ReleaseSlots(InstanceId instance, std::int64_t incarnation,
                      const std::vector<Slot>& slots) override;
  Result<int> FenceDead(InstanceId self, Millis time_to_live) override;
  Status Release(InstanceId instance, std::int64_t incarnation) override;

 private:
  Database& database_;
};

}  // namespace sb::adapters::postgres
