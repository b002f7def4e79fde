#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/ports/clock.h"
#include "engine/ports/link_store.h"
#include "tests/support/call_fate.h"

namespace sb::testing {

/// Links in memory. Keeps the contract of PostgresLinkStore.
class FakeLinkStore : public ports::LinkStore {
 public:
  /// `clock` is the database's.
  explicit FakeLinkStore(const ports::Clock& clock) : clock_(clock) {}

  CallHooks hooks;  ///< Of every call. Set them while nobody calls.

  Result<std::optional<ports::Link>> Commit(const ports::LinkCommit& commit) override;
  Result<std::optional<ports::Link>> Holding(const ports::LinkPlace& place, core::twoway::Side side,
                                             const std::string& key) override;
  Result<ports::Link> Get(const ports::LinkPlace& place, ports::LinkId id) override;
  Result<std::vector<ports::Link>> List(const ports::LinkPlace& place,
                                        std::optional<ports::LinkStanding> standing,
                                        ports::LinkId after, int limit) override;
  Result<std::vector<ports::Link>> Of(const ports::LinkPlace& place, core::twoway::Side side,
                                      const std::string& key) override;
  Result<std::vector<ports::LinkId>> Matching(
      const ports::LinkPlace& place, const std::vector<core::twoway::MatchKey>& keys) override;
  Result<std::vector<std::pair<std::string, std::string>>> HashesOf(
      const ports::LinkPlace& place, core::twoway::Side side,
      const std::vector<std::string>& keys) override;
  Status Seen(const ports::LinkPlace& place, core::twoway::Side side,
              const std::vector<std::string>& keys, WallTime scan_begun_at) override;
  Result<std::vector<std::string>> Unseen(const ports::LinkPlace& place, core::twoway::Side side,
                                          WallTime scan_begun_at, int limit) override;
  Result<std::vector<ports::Hint>> Due(const ports::LinkPlace& place, WallTime now,
                                       int limit) override;
  Status Add(const ports::LinkPlace& place, const std::vector<ports::Hint>& hints) override;
  Status Delay(const ports::LinkPlace& place, const ports::Hint& hint, WallTime until) override;
  Result<std::optional<ports::Tombstone>> TombstoneOf(const ports::LinkPlace& place,
                                                      core::twoway::Side side,
                                                      const std::string& key) override;
  Result<std::int64_t> DeletedSince(const ports::LinkPlace& place, core::twoway::Side side,
                                    WallTime since) override;
  Result<std::int64_t> ApproveDeletes(const ports::LinkPlace& place, core::twoway::Side side,
                                      const std::string& reason, WallTime now, int limit) override;
  Result<std::vector<ports::LinkConflict>> Conflicts(const ports::LinkPlace& place,
                                                     const ports::ConflictQuery& query) override;
  Result<ports::LinkConflict> Conflict(const ports::LinkPlace& place,
                                       ports::ConflictId id) override;
  Result<std::vector<ports::LinkEntry>> History(const ports::LinkPlace& place, ports::LinkId id,
                                                int limit) override;
  Result<ports::LinkCounts> Count(const ports::LinkPlace& place) override;
  Result<std::optional<ports::LinkProgress>> Progress(const ports::LinkPlace& place) override;
  Result<int> SaveProgress(const ports::LinkProgress& progress,
                           const std::vector<ports::Hint>& hints) override;
  Result<std::int64_t> Prune(const std::vector<Slot>& slots, WallTime before, int limit) override;

 private:
  using RecordAt = std::pair<core::twoway::Side, std::string>;

  struct StoredLink {
    ports::Link link;
    std::vector<core::twoway::MatchKey> keys;
    std::map<core::twoway::Side, WallTime> seen;
    std::vector<ports::LinkEntry> history;
    WallTime ended_at;
  };

  struct Sync {
    std::map<ports::LinkId, StoredLink> links;
    std::map<RecordAt, ports::Hint> hints;
    std::map<ports::ConflictId, ports::LinkConflict> conflicts;
    std::map<RecordAt, ports::Tombstone> tombstones;
    std::vector<std::pair<core::twoway::Side, WallTime>> deleted;
    std::optional<ports::LinkProgress> progress;
    std::int64_t generations = 0;
  };

  static StoredLink* HolderIn(Sync& sync, core::twoway::Side side, const std::string& key);
  static bool WaitsForAPerson(Sync& sync, const ports::Hint& hint);
  static Status Check(Sync& sync, const ports::LinkCommit& commit);
  static void AddTo(Sync& sync, const ports::Hint& hint);
  static void AddAll(Sync& sync, std::vector<ports::Hint> hints);
  static std::int64_t PruneSync(Sync& sync, WallTime before, std::int64_t most);
  std::optional<ports::Link> StoreLink(Sync& sync, const ports::LinkCommit& commit);
  void StoreConflicts(Sync& sync, const ports::LinkCommit& commit);
  static void StoreConflict(Sync& sync, const ports::LinkConflict& conflict);
  /// Questions about records without link are none any more for those that the link holds.
  void AnswerWithout(Sync& sync, const ports::Link& link);

  const ports::Clock& clock_;
  std::mutex mutex_;
  std::map<ports::LinkPlace, Sync> syncs_;
};

}  // namespace sb::testing
