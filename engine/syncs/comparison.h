#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "engine/base/metrics.h"
#include "engine/base/result.h"
#include "engine/ports/clock.h"
#include "engine/ports/link_store.h"
#include "engine/syncs/heard_records.h"
#include "engine/syncs/record_pool.h"
#include "engine/syncs/sync_scene.h"

namespace sb::syncs {

/// Reads both sides of a sync whole, page by page, and gives hints for what is not as the links
/// say: the first link after a start, each night, and after a gap. It writes to no side. Pairs
/// that are equal already are linked from the pages alone.
///
/// Records without link are held in memory until both sides were read; a process that ends
/// meanwhile begins anew. Blocks; thread-safe, for one caller at a time for each sync.
class Comparison {
 public:
  struct Dependencies {
    ports::LinkStore& links;
    const ports::Clock& clock;
    std::function<std::int64_t()> new_id;
    Metrics& metrics;
    HeardRecords& heard;
    std::function<double(AccountId)> requests_per_minute = {};  ///< Empty: not known.
    std::function<bool()> stopped = [] { return false; };
  };

  explicit Comparison(Dependencies dependencies) : deps_(std::move(dependencies)) {}

  /// Whether one is under way, or due.
  Result<bool> IsDue(const SyncScene& scene, const ports::LinkPlace& place);
  /// One page, or 500 of the records that are matched in the end. True: there is more. Fails as
  /// RecordSide, Projector and LinkStore: the same step is taken again.
  Result<bool> Step(const SyncScene& scene, const ports::LinkPlace& place);
  /// What it holds of a sync is of no use any more.
  void Forget(ports::SyncId sync);

 private:
  /// One comparison, as far as this process has it in memory.
  struct Session {
    Session(const core::twoway::Definition& definition, WallTime at);

    WallTime begun_at;
    RecordPool pool;
    WallTime next_due;  ///< Of the next hint: they come no faster than they can be worked off.
    bool read = false;  ///< Both sides are, and what is left is to match what has no link.
    std::vector<ports::Hint> found;  ///< By matching, and not stored yet.
  };

  /// What a page gave.
  struct Findings {
    std::vector<std::string> keys;
    std::vector<ports::Hint> hints;
    std::int64_t drift = 0;
  };

  std::shared_ptr<Session> SessionOf(const ports::LinkProgress& progress) const;
  Result<bool> Begin(const SyncScene& scene, const ports::LinkPlace& place);
  Result<bool> ReadPage(const SyncScene& scene, const ports::LinkProgress& progress,
                        Session& session);
  Result<bool> MatchRest(const SyncScene& scene, const ports::LinkProgress& progress,
                         Session& session);
  /// True: it was replaced by another one meanwhile, which is to go on.
  Result<bool> End(const ports::LinkProgress& progress, Session& session);
  Result<Findings> LookThrough(const SyncScene& scene, const ports::LinkProgress& progress,
                               const ports::SidePage& page, Session& session);
  Status LookAtLinked(const SyncScene& scene, const ports::LinkProgress& progress,
                      const ports::SideRecord& record, Session& session, Findings& findings);
  Status LookAtParked(const SyncScene& scene, const ports::LinkProgress& progress,
                      const ports::Link& link, const core::twoway::Seen& seen, Session& session,
                      Findings& findings);
  Result<bool> FollowsDefinition(const SyncScene& scene, core::twoway::Side side, ports::Link link,
                                 const core::twoway::Record& record);
  Status SearchGone(const ports::LinkProgress& progress, Session& session);
  Status NoteMet(const SyncScene& scene, const ports::LinkProgress& progress,
                 const RecordPool::Met& met, Session& session);
  Result<bool> LinkAsTheyAre(const SyncScene& scene, const ports::LinkPlace& place,
                             const RecordPool::Met& met);
  ports::Hint Paced(const ports::LinkProgress& progress, Session& session, core::twoway::Side side,
                    const std::string& key) const;

  Dependencies deps_;
  mutable std::mutex mutex_;
  // shared: a sync may be forgotten while its last step is being taken
  std::map<ports::SyncId, std::shared_ptr<Session>> sessions_;
};

}  // namespace sb::syncs
