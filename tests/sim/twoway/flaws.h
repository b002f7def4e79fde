#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/ports/clock.h"
#include "engine/ports/link_store.h"
#include "engine/ports/record_side.h"

namespace sb::sim::twoway {

/// Lies told to a sound engine at its edges, as if it had been built with this mistake.
enum class Flaw {
  kNone,
  kEchoByTime,           ///< What changes within 30 seconds after our write is taken for our echo.
  kNewestWithoutBase,    ///< Nothing is known of what was agreed: the later record wins.
  kAbsenceIsDelete,      ///< What cannot be read is taken as deleted.
  kCreatesRepeated,      ///< What became of a lost create is not asked.
  kIntentNotStored,      ///< It is not stored that a write may have begun.
  kHintsClearedBlindly,  ///< A hint is cleared although it was given again meanwhile.
  kKeysNotTaken,         ///< Two links being made may have the same match keys.
  kTombstonesIgnored,
  kBrakeIgnored,
  kStaleRecordWritten,  ///< A record that was read 30 seconds ago is good enough to write over.
};

/// A store as the engine sees it; notes when links were first agreed.
class StoreEdge : public ports::LinkStore {
 public:
  StoreEdge(ports::LinkStore& store, const ports::Clock& clock, Flaw flaw)
      : store_(store), clock_(clock), flaw_(flaw) {}

  const std::map<ports::LinkId, WallTime>& agreed_at() const { return agreed_at_; }

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
  ports::Link Forgotten(ports::Link link) const;

  ports::LinkStore& store_;
  const ports::Clock& clock_;
  const Flaw flaw_;
  std::map<ports::LinkId, WallTime> agreed_at_;
};

/// A side as the engine sees it.
class SideEdge : public ports::RecordSide {
 public:
  SideEdge(ports::RecordSide& side, const ports::Clock& clock, Flaw flaw)
      : side_(side), clock_(clock), flaw_(flaw) {}

  Result<core::twoway::SideShape> Shape() override;
  Result<std::vector<ports::SideProblem>> Check(const std::vector<std::string>& read,
                                                const std::vector<std::string>& written) override;
  Status Prepare() override;
  Status Dismantle() override;
  Result<std::optional<ports::SideRecord>> Read(const std::string& key,
                                                core::quota::Lane lane) override;
  Result<bool> IsGone(const std::string& key, core::quota::Lane lane) override;
  Result<std::vector<ports::SideRecord>> Find(const core::twoway::MatchKey& key,
                                              core::quota::Lane lane) override;
  Result<ports::SidePage> Scan(const std::string& from, core::quota::Lane lane) override;
  Result<ports::SideChanges> Changes(const std::string& from, int limit) override;
  Result<ports::SideWritten> Create(const ports::SideWrite& write, core::quota::Lane lane) override;
  Result<ports::SideWritten> Update(const ports::SideWrite& write, core::quota::Lane lane) override;
  Status Delete(const ports::SideWrite& write, core::quota::Lane lane) override;
  Result<std::optional<ports::SideRecord>> FindCreated(const ports::SideWrite& write,
                                                       core::quota::Lane lane) override;

 private:
  struct Remembered {
    WallTime at;
    std::optional<ports::SideRecord> record;
  };

  ports::RecordSide& side_;
  const ports::Clock& clock_;
  const Flaw flaw_;
  std::map<std::string, Remembered> read_;
};

}  // namespace sb::sim::twoway
