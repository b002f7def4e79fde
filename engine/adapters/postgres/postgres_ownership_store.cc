#include "engine/adapters/postgres/postgres_ownership_store.h"

#include <pqxx/result>

#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/queries.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {

Result<ports::Registration> PostgresOwnershipStore::Register(InstanceId instance, int writers,
                                                             WallTime now) {
  const auto rows =
      database_.Write(kInstanceRegister, Params().Number(instance.number()).Number(writers));
  if (!rows.ok()) return rows.error();
  const pqxx::row row = rows->front();
  return ports::Registration{NumberOf(row, "new_incarnation"),
                             std::chrono::round<Millis>(TimeOf(row, "registered_at") - now)};
}

Result<bool> PostgresOwnershipStore::Heartbeat(InstanceId instance, std::int64_t incarnation) {
  const auto rows =
      database_.Write(kInstanceHeartbeat, Params().Number(instance.number()).Number(incarnation));
  if (!rows.ok()) return rows.error();
  return !rows->empty();
}

Result<std::vector<Slot>> PostgresOwnershipStore::ClaimSlots(InstanceId instance,
                                                             std::int64_t incarnation) {
  const auto rows =
      database_.Write(kInstanceClaim, Params().Number(instance.number()).Number(incarnation));
  if (!rows.ok()) return rows.error();
  std::vector<Slot> slots;
  for (const pqxx::row& row : *rows) slots.push_back(static_cast<Slot>(NumberOf(row, "slot")));
  return slots;
}

Result<int> PostgresOwnershipStore::FairShare() {
  const auto rows = database_.Read(kInstanceShare, Params());
  if (!rows.ok()) return rows.error();
  return static_cast<int>(NumberOf(rows->front(), "share"));
}

Status PostgresOwnershipStore::ReleaseSlots(InstanceId instance, std::int64_t incarnation,
                                            const std::vector<Slot>& slots) {
  ArrayText given;
  for (const Slot slot : slots) given.AddNumber(slot);
  const auto rows = database_.Write(
      kInstanceReleaseSlots, Params().Number(instance.number()).Number(incarnation).Array(given));
  return rows.ok() ? Status() : Status(rows.error());
}

Result<int> PostgresOwnershipStore::FenceDead(InstanceId self, Millis time_to_live) {
  const auto rows = database_.Write(kInstanceFenceDead,
                                    Params().Number(self.number()).Number(time_to_live.count()));
  if (!rows.ok()) return rows.error();
  return static_cast<int>(NumberOf(rows->front(), "fenced"));
}

Status PostgresOwnershipStore::Release(InstanceId instance, std::int64_t incarnation) {
  const auto rows =
      database_.Write(kInstanceRelease, Params().Number(instance.number()).Number(incarnation));
  return rows.ok() ? Status() : Status(rows.error());
}

}  // namespace sb::adapters::postgres
