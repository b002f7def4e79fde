#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/core/twoway/step.h"
#include "engine/ports/sync_store.h"

// What two-way syncs remember. The syncs themselves are in SyncStore, as replications are
// (ports::Sync; `schema` is "two-way/<account>/<namespace>/<name>", which no schema can be called).
namespace sb::ports {

using LinkId = Id<struct LinkTag>;          ///< "lnk_..."
using ConflictId = Id<struct ConflictTag>;  ///< "cfl_..."

/// Which sync it is of.
struct LinkPlace {
  Slot slot = 0;
  AccountId account;
  SyncId sync;

  auto operator<=>(const LinkPlace&) const = default;
};

enum class LinkStanding : std::int16_t {
  kActive = 1,
  kParked = 2,  ///< Until a person decides; hints are remembered.
  kPaused = 3,  ///< By a person.
  kEnded = 4    ///< Unlinked or deleted. Kept for 90 days for explanations.
};

/// A pair of records, or one record whose counterpart is being made.
struct Link {
  LinkId id;
  LinkPlace place;
  core::twoway::LinkState state;
  LinkStanding standing = LinkStanding::kActive;
  std::string code;    ///< Why it is parked or has ended.
  std::string reason;  ///< The same for people.
  int attempts = 0;    ///< Hindrances in a row, of its last hint.
  WallTime created_at;
  WallTime settled_at;  ///< When both sides agreed last.
  int step = 0;         ///< The compare-and-set of Commit; 0: not stored yet.

  bool operator==(const Link&) const = default;
};

/// That a record may have changed. Many hints of one record are one.
struct Hint {
  core::twoway::Side side = core::twoway::Side::kA;
  std::string key;
  std::string reason;  ///< "event", "feed", "compare", "first", "choice", "retry", "approved"
  bool gone = false;   ///< The side said that it is deleted.
  std::int64_t generation = 0;  ///< Given by the store: grows with each hint, and never comes back.
  WallTime first_at;
  WallTime due_at;

  bool operator==(const Hint&) const = default;
};

/// A question to a person, or an edit that does not stand and can be put back.
struct LinkConflict {
  ConflictId id;
  LinkId link;  ///< None: of a record without link (ambiguous).
  core::twoway::Side side = core::twoway::Side::kA;  ///< With `key`: the record that it is about.
  std::string key;
  std::string code;   ///< LINK_FIELD_ASKS, LINK_FIELD_OVERWRITTEN, LINK_AMBIGUOUS, LINK_TAKEN,
                      ///< ...
  std::string field;  ///< Empty: the record as a whole.
  Json base;
  Json a;
  Json b;
  std::optional<WallTime> a_at;
  std::optional<WallTime> b_at;
  std::string rule;  ///< See core::twoway::Loss.
  std::vector<std::string> rivals;
  bool open = true;        ///< Waits for a person. LINK_FIELD_OVERWRITTEN never does.
  std::string resolution;  ///< "a", "b", "value:..." (what follows tells two values apart),
                           ///< "put_back", "newest", "fill_blank", "gone" (it answered itself),
                           ///< "link:KEY", "create", "ignore", "erased"
  std::string resolved_by;
  WallTime at;
  std::optional<WallTime> resolved_at;

  bool operator==(const LinkConflict&) const = default;
};

/// One line of a link's history.
struct LinkEntry {
  WallTime at;
  std::string what;  ///< "linked", "edited_a", "edited_b", "wrote_a", "wrote_b", "created_a",
                     ///< "lost", "asked", "chosen", "parked", "resumed", "deleted_a", "ended", ...
  std::string reason;  ///< For people.
  Json detail =
      Json::object();  ///< Fields with their values before and after: {"company": ["Old", "New"]}

  bool operator==(const LinkEntry&) const = default;
};

/// A deleted record, remembered for 90 days so that late tellings do not bring it back.
struct Tombstone {
  core::twoway::Side side = core::twoway::Side::kA;
  std::string key;
  core::twoway::Record base;
  WallTime deleted_at;

  bool operator==(const Tombstone&) const = default;
};

/// What one decision changes, in one transaction.
struct LinkCommit {
  LinkPlace place;
  /// New where its step is 0. A record that another link holds, and that has not ended, fails with
  /// kConflict LINK_KEY_TAKEN.
  std::optional<Link> link;
  /// Keys that the link holds from now on; they replace those that it held. A key that another link
  /// holds fails with kConflict LINK_KEY_TAKEN, so that of two links being made only one is. A link
  /// that has ended holds none, whatever is here.
  std::optional<std::vector<core::twoway::MatchKey>> match_keys;
  /// New hints, or those that are there, once more: the reason is the new one ("compare" and
  /// "first" leave it as it is: what was told stays a live hint), it is due at the earlier time,
  /// and once gone stays gone.
  std::vector<Hint> add;
  std::optional<Hint> done;  ///< Taken away where its generation is still the same.
  /// Stored anew where their id is known. Otherwise new; of a question that is open already (the
  /// same link, side, key, code and field) what is new is stored under its id, with its time. What
  /// an erasure has emptied stays empty.
  std::vector<LinkConflict> conflicts;
  /// Open ones that are settled now: `resolution` "gone". Those of a record without link are, too,
  /// where a new link holds it.
  std::vector<ConflictId> answered;
  std::vector<LinkEntry> history;  ///< Of `link`. The newest kMostLinkEntries are kept.
  std::vector<Tombstone> tombstones;
  std::optional<std::pair<core::twoway::Side, WallTime>> deleted;  ///< Counts for the brake.
};

inline constexpr int kMostLinkEntries = 200;

/// Why a link is parked whose delete waits until a person approves it.
inline constexpr const char* kLinkDeletesHeld = "LINK_DELETES_HELD";

/// How long ended links, answered conflicts, overwritten values and tombstones are kept.
inline constexpr std::chrono::days kLinkMemory{90};

/// Why a link has ended whose person was erased: nothing of its content is left, and neither record
/// is linked again before it changes (there are tombstones without content). Its conflicts have the
/// same code, are closed with the resolution "erased", and cannot be put back.
inline constexpr const char* kLinkErased = "LINK_ERASED";

/// How far a sync is.
struct LinkProgress {
  LinkPlace place;
  std::string cursor_a;  ///< Of Changes.
  std::string cursor_b;
  core::twoway::Side scanning = core::twoway::Side::kA;
  std::string scan;  ///< Where the comparison is; empty: none is under way.
  std::int64_t scan_seen = 0;
  std::optional<std::int64_t> scan_total;
  std::optional<WallTime> scan_begun_at;
  std::optional<WallTime> side_begun_at;  ///< When it began with the side that it reads.
  /// When the last one ended. Empty: one is due. The same as scan_begun_at: what the one under way
  /// has read already may not be all, and another one follows it.
  std::optional<WallTime> compared_at;
  std::int64_t drift = 0;   ///< Hints that it gave.
  bool first_done = false;  ///< Both sides were read whole once.
  std::string error;        ///< The code of what hinders it; empty: nothing does.
  std::string error_reason;
  WallTime due_at;
  int step = 0;

  bool operator==(const LinkProgress&) const = default;
};

/// Hindrances in a row; with more of them people are told.
inline constexpr int kOftenHindered = 5;

struct LinkCounts {
  std::int64_t active = 0;
  std::int64_t parked = 0;
  std::int64_t paused = 0;
  std::int64_t waiting = 0;  ///< Hints that Due gives now or later; not those of parked links.
  std::int64_t open_conflicts = 0;
  std::int64_t overwritten = 0;
  std::optional<WallTime> oldest_hint_at;  ///< Of those that are due.
  std::int64_t deletes_held = 0;           ///< Of the parked ones: those that wait for an approval.
  std::int64_t hindered = 0;  ///< Active ones that were put off more than kOftenHindered times.

  bool operator==(const LinkCounts&) const = default;
};

/// Which conflicts are wanted.
struct ConflictQuery {
  std::optional<bool> open = {};
  bool unanswered = false;  ///< Only those without resolution: overwritten values not put back.
  std::string code = {};
  std::string field = {};
  LinkId link = {};                                  ///< None: of all.
  core::twoway::Side side = core::twoway::Side::kA;  ///< With `key`.
  std::string key = {};                              ///< Of the record; empty: of all.
  /// Newest first; those that are older than this one. None: from the newest.
  ConflictId after = {};
  int limit = 50;
};

/// Blocking; thread-safe; fails as SyncStore: kUnavailable DATABASE_UNAVAILABLE, and writes with
/// kInDoubt DATABASE_IN_DOUBT.
class LinkStore {
 public:
  virtual ~LinkStore() = default;

  /// All or nothing. kConflict LINK_MOVED: the link's step is another one; kConflict
  /// LINK_KEY_TAKEN. Returns the link as it is stored, with its new step; nothing where there was
  /// none.
  virtual Result<std::optional<Link>> Commit(const LinkCommit& commit) = 0;

  /// The active, parked or paused link that holds this record. Nothing: there is none.
  virtual Result<std::optional<Link>> Holding(const LinkPlace& place, core::twoway::Side side,
                                              const std::string& key) = 0;
  /// kNotFound LINK_NOT_FOUND.
  virtual Result<Link> Get(const LinkPlace& place, LinkId id) = 0;
  /// Those of the sync that have not ended, by id; `standing`: only these.
  virtual Result<std::vector<Link>> List(const LinkPlace& place,
                                         std::optional<LinkStanding> standing, LinkId after,
                                         int limit) = 0;
  /// Ended ones as well, newest first: every link that ever held this record.
  virtual Result<std::vector<Link>> Of(const LinkPlace& place, core::twoway::Side side,
                                       const std::string& key) = 0;
  /// Links that hold any of these keys.
  virtual Result<std::vector<LinkId>> Matching(const LinkPlace& place,
                                               const std::vector<core::twoway::MatchKey>& keys) = 0;
  /// What each of these records showed when its link settled last, and whether it has a link: pairs
  /// of key and HashOf(shown), in any order. Keys without link are not there. At most 1,000.
  virtual Result<std::vector<std::pair<std::string, std::string>>> HashesOf(
      const LinkPlace& place, core::twoway::Side side, const std::vector<std::string>& keys) = 0;
  /// Keys of active links on a side that no comparison has seen since it began, by key; for the
  /// search for what is gone. Seen marks them. Links that were made since then do not count.
  virtual Status Seen(const LinkPlace& place, core::twoway::Side side,
                      const std::vector<std::string>& keys, WallTime scan_begun_at) = 0;
  virtual Result<std::vector<std::string>> Unseen(const LinkPlace& place, core::twoway::Side side,
                                                  WallTime scan_begun_at, int limit) = 0;

  /// Hints that are due, one for each record: those told before those of comparisons ("compare",
  /// "first"), each longest due first, and those added together by side and key. Hints of records
  /// whose link is parked or paused wait until it is active again, and are not given.
  virtual Result<std::vector<Hint>> Due(const LinkPlace& place, WallTime now, int limit) = 0;
  virtual Status Add(const LinkPlace& place, const std::vector<Hint>& hints) = 0;
  /// Puts a hint off, unless it was given again meanwhile.
  virtual Status Delay(const LinkPlace& place, const Hint& hint, WallTime until) = 0;

  virtual Result<std::optional<Tombstone>> TombstoneOf(const LinkPlace& place,
                                                       core::twoway::Side side,
                                                       const std::string& key) = 0;
  /// Deletes that were carried out on this side since then.
  virtual Result<std::int64_t> DeletedSince(const LinkPlace& place, core::twoway::Side side,
                                            WallTime since) = 0;

  /// Links whose deletes wait for an approval (parked with kLinkDeletesHeld), at most `limit`, go
  /// on with one for `side` (LinkState::choices), a hint ("approved") and a line of history
  /// ("resumed", with `reason`). How many; call again while it is `limit`.
  virtual Result<std::int64_t> ApproveDeletes(const LinkPlace& place, core::twoway::Side side,
                                              const std::string& reason, WallTime now,
                                              int limit) = 0;

  virtual Result<std::vector<LinkConflict>> Conflicts(const LinkPlace& place,
                                                      const ConflictQuery& query) = 0;
  /// kNotFound LINK_CONFLICT_NOT_FOUND.
  virtual Result<LinkConflict> Conflict(const LinkPlace& place, ConflictId id) = 0;
  /// Oldest first; the newest `limit`.
  virtual Result<std::vector<LinkEntry>> History(const LinkPlace& place, LinkId id, int limit) = 0;

  virtual Result<LinkCounts> Count(const LinkPlace& place) = 0;
  /// Nothing: none is stored yet.
  virtual Result<std::optional<LinkProgress>> Progress(const LinkPlace& place) = 0;
  /// With its hints, in one commit; new where its step is 0. Returns the new step; kConflict
  /// LINK_MOVED.
  virtual Result<int> SaveProgress(const LinkProgress& progress,
                                   const std::vector<Hint>& hints) = 0;

  /// Removes ended links with their history and conflicts, answered conflicts and overwritten
  /// values, and tombstones, all of before then (a link: of when it ended).
  /// How many; call again while it is not 0.
  virtual Result<std::int64_t> Prune(const std::vector<Slot>& slots, WallTime before,
                                     int limit) = 0;
};

std::string ToText(LinkId id);
std::string ToText(ConflictId id);
std::optional<LinkId> ParseLinkId(std::string_view text);
std::optional<ConflictId> ParseConflictId(std::string_view text);

}  // namespace sb::ports
