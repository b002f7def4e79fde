#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/ports/clock.h"
#include "engine/ports/link_store.h"
#include "engine/ports/record_side.h"
#include "tests/support/call_fate.h"

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
  kListGapIsDelete,     ///< What a list did not show is taken as deleted.
  kCursorBeforeHints,   ///< How far a change log was read is stored before what it told.
  kBrakePerProcess,     ///< Only deletes of this process count for the brake.
  kStepIgnored,         ///< A link is stored over what somebody else stored of it meanwhile.
};

/// Later than any hint is due, and a time that databases know.
WallTime FarFrom(WallTime now);

/// A store as the engine sees it; notes when links were first agreed.
class StoreEdge : public ports::LinkStore {
 public:
  StoreEdge(ports::LinkStore& store, const ports::Clock& clock, Flaw flaw)
      : store_(store), clock_(clock), flaw_(flaw) {}

  const std::map<ports::LinkId, WallTime>& agreed_at() const { return agreed_at_; }

  /// When each field of a link was first agreed on.
  const std::map<std::pair<ports::LinkId, std::string>, WallTime>& mapped_at() const {
    return mapped_at_;
  }

  /// A process begins.
  void Begin() { began_at_ = clock_.Now(); }

  /// Of every call, as if the store had them: any store may be behind this one.
  testing::CallHooks hooks;

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
  ports::Link Forgotten(ports::Link link) const;
  Result<std::optional<ports::Link>> CommitFlawed(const ports::LinkCommit& commit);
  void ForgetMerges(ports::LinkId id);
  Result<int> SaveCursorFirst(const ports::LinkProgress& progress,
                              const std::vector<ports::Hint>& hints);

  ports::LinkStore& store_;
  const ports::Clock& clock_;
  const Flaw flaw_;
  std::map<ports::LinkId, WallTime> agreed_at_;
  std::map<std::pair<ports::LinkId, std::string>, WallTime> mapped_at_;
  WallTime began_at_;
};

/// A side as the engine sees it.
class SideEdge : public ports::RecordSide {
 public:
  SideEdge(ports::RecordSide& side, const ports::Clock& clock, Flaw flaw)
      : side_(side), clock_(clock), flaw_(flaw) {}

  /// The credential may not do anything with this record until then: 403, whatever is asked.
  void Forbid(const std::string& key, WallTime until) { forbidden_[key] = until; }

  void AllowAll() { forbidden_.clear(); }

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

  std::optional<Error> Refusal(const std::string& key) const;
  void NoteList(const std::string& from, const ports::SidePage& page);

  ports::RecordSide& side_;
  const ports::Clock& clock_;
  const Flaw flaw_;
  std::map<std::string, Remembered> read_;
  std::map<std::string, WallTime> forbidden_;
  std::set<std::string> listed_;  ///< By the list that is being read.
  std::set<std::string> ever_listed_;
  std::set<std::string> missed_;  ///< By the last list that was read whole.
};

}  // namespace sb::sim::twoway
