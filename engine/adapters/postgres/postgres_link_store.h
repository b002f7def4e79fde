#pragma once

#include "engine/adapters/postgres/database.h"
#include "engine/ports/link_store.h"

namespace sb::adapters::postgres {

/// eng.link and the tables that begin with its name. A commit is one call of eng.commit_link.
class PostgresLinkStore : public ports::LinkStore {
 public:
  explicit PostgresLinkStore(Database& database) : database_(database) {}

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
  Database& database_;
};

}  // namespace sb::adapters::postgres
