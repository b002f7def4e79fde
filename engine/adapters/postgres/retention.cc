#include "engine/adapters/postgres/retention.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include <pqxx/result>

#include "engine/adapters/postgres/link_queries.h"
#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/postgres_link_store.h"
#include "engine/adapters/postgres/postgres_platform_record_store.h"
#include "engine/adapters/postgres/queries.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {
namespace {

constexpr int kPrunedPerStep = 5000;

}  // namespace

Result<Retention::Forgotten> Retention::RunOnce() {
  const WallTime today = std::chrono::floor<std::chrono::days>(clock_.Now());
  Forgotten forgotten;
  const auto letters = Prune(kRetentionDeadLetters, today - keep_);
  if (!letters.ok()) return letters.error();
  forgotten.rows += *letters;
  const auto expired = database_.Read(kRetentionExpired, Params().Time(today - keep_));
  if (!expired.ok()) return expired.error();
  for (const pqxx::row& row : *expired) {
    const Status dropped =
        DropPartition(TextOf(row, "parent"), TextOf(row, "partition"), TextOf(row, "state"));
    if (!dropped.ok()) return dropped.error();
    ++forgotten.partitions;
  }
  const WallTime seen = today - std::max(keep_, kSeenAtLeast);
  for (const Statement* statement : {&kRetentionTriggers, &kRetentionInboxKeys, &kRetentionSettled,
                                     &kRetentionOnward, &kRetentionSkips, &kRetentionRejects}) {
    const auto pruned = Prune(*statement, seen);
    if (!pruned.ok()) return pruned.error();
    forgotten.rows += *pruned;
  }
  const auto links = PruneLinks(today - ports::kLinkMemory);
  if (!links.ok()) return links.error();
  forgotten.rows += *links;
  const auto records = PruneRecords();
  if (!records.ok()) return records.error();
  forgotten.rows += *records;
  return forgotten;
}

// Dropping an attached partition locks out whoever uses its table. Detached concurrently it only
// waits for them; if that is cut short the partition is left pending, and is finished first.
Status Retention::DropPartition(const std::string& parent, const std::string& partition,
                                const std::string& state) {
  const std::string detach = "alter table eng." + parent + " detach partition eng." + partition;
  Status detached;
  if (state == "attached") detached = Execute(detach + " concurrently");
  if (state == "pending") detached = Execute(detach + " finalize");
  if (!detached.ok()) return detached;
  return Execute("drop table eng." + partition);
}

/// The names in it are those that our own schema gives (eng.expired_partitions sees to that).
Status Retention::Execute(const std::string& sql) {
  const auto done = database_.Write({"retention.drop", sql.c_str(), Planning::kEachTime}, Params());
  return done.ok() ? Status() : Status(done.error());
}

Result<int> Retention::PruneLinks(WallTime before) {
  int pruned = 0;
  for (const Statement& statement : kRetentionLinksOfDeleted) {
    const auto gone = Prune(statement, before);
    if (!gone.ok()) return gone.error();
    pruned += *gone;
  }
  std::vector<Slot> all(kSlotCount);
  std::iota(all.begin(), all.end(), Slot{0});
  PostgresLinkStore links(database_);
  while (true) {
    const auto step = links.Prune(all, before, kPrunedPerStep);
    if (!step.ok()) return step.error();
    if (*step == 0) return pruned;
    pruned += static_cast<int>(*step);
  }
}

/// Of what platforms push and are given: what each is kept for is the store's to say.
Result<int> Retention::PruneRecords() {
  PostgresPlatformRecordStore records(database_);
  int pruned = 0;
  while (true) {
    const auto step = records.Prune(clock_.Now(), kPrunedPerStep);
    if (!step.ok()) return step.error();
    if (*step == 0) return pruned;
    pruned += static_cast<int>(*step);
  }
}

/// In small steps: each is a transaction of its own, and others have their turn in between.
Result<int> Retention::Prune(const Statement& statement, WallTime before) {
  int pruned = 0;
  for (int step = kPrunedPerStep; step == kPrunedPerStep; pruned += step) {
    const auto rows = database_.Write(statement, Params().Time(before).Number(kPrunedPerStep));
    if (!rows.ok()) return rows.error();
    step = static_cast<int>(NumberOf(rows->front(), "pruned"));
  }
  return pruned;
}

}  // namespace sb::adapters::postgres
