#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "engine/core/twoway/definition.h"
#include "engine/core/twoway/merge.h"
#include "engine/core/twoway/record.h"

// What one synchronisation of one link does: pure decisions. Reading, writing and storing are for
// the worker (engine/syncs).
namespace sb::core::twoway {

/// How a record stands on its side.
enum class Presence {
  kNone,  ///< The link has no record there.
  kPresent,
  kOutside,  ///< Present, and `where` leaves it out.
  kGone      ///< Deleted, and that was confirmed.
};

struct Seen {
  Presence presence = Presence::kNone;
  Told told;
  Json native;  ///< As the side gave it; null where it is not there.
  /// A value could not be read, and the one that was known last stands in its place.
  bool is_patchy = false;
};

/// A write that was made to a link.
struct WriteMark {
  Side side = Side::kA;
  std::string hash;  ///< Of what the side was to show.
  WallTime at;

  bool operator==(const WriteMark&) const = default;
};

/// A write that may have begun. It is stored before it begins and cleared when its outcome is
/// known.
struct Intent {
  std::string op_key;
  Side side = Side::kA;
  enum class Kind : std::int16_t { kCreate = 1, kUpdate = 2, kDelete = 3, kFlag = 4 };
  Kind kind = Kind::kUpdate;
  /// What the side shows once it is done; of a field that asks what is agreed of it, so that it
  /// does not pass for written. Empty for kDelete and kFlag.
  Record target;
  WallTime at;  ///< When it could first have begun.

  bool operator==(const Intent&) const = default;
};

/// Whether it gives fields their values: kDelete and kFlag do not.
bool WritesValues(Intent::Kind kind);

/// In place of a field's name.
inline constexpr const char* kWholeRecord = "";

/// A link, as far as decisions need it.
struct LinkState {
  std::string key_a;  ///< Empty: there is no record on that side yet.
  std::string key_b;
  std::optional<Agreement> agreed;
  /// What people chose and is not carried out yet, by field. That of kWholeRecord is "a" or "b":
  /// the side on which they let the record be deleted, whatever the brake says.
  std::map<std::string, Json> choices;
  std::optional<Intent> intent;
  std::vector<WriteMark> writes;  ///< Of the last ten minutes.
  std::set<std::string> mapped;   ///< MappingsOf the definition that it was merged by last.

  const std::string& key(Side side) const { return side == Side::kA ? key_a : key_b; }

  bool operator==(const LinkState&) const = default;
};

/// A write to be made. The side shows `expected` now; `fields` are those that change, of a create,
/// a delete and a flag all: a record that was edited meanwhile is not deleted.
struct Write {
  Intent::Kind kind = Intent::Kind::kUpdate;
  Side side = Side::kA;
  Record target;  ///< As Intent::target.
  Record expected;
  std::set<std::string> fields;

  bool operator==(const Write&) const = default;
};

/// What is to be done with a link.
struct Verdict {
  enum class What {
    kSettle,  ///< Both show what they should: the agreement is stored. Also where nothing changed.
    kWrite,   ///< `write` is made first, then both are looked at again.
    kPark,    ///< A person has to look; `code` says why. Nothing of the state changes.
    kEnd,     ///< The link ends. Where it had two records both keys get tombstones, so that the one
              ///< that stays is not made again on the other side before somebody changes it.
    kWait     ///< A record is gone and the definition says to wait for it, or `where` leaves one
              ///< out. Nothing of the state changes: it goes on from there when they are back.
  };

  What what = What::kSettle;
  std::optional<Write> write;
  /// To be stored in one commit (Decided), before the write where there is one: the edits that were
  /// seen are in its base, the write's side is owed them, and later looks report no loss again.
  Agreement agreement;
  std::vector<Loss> losses;
  /// Open questions. With kSettle, kWrite of values and kEnd those that are stored and not here are
  /// answered; other verdicts say nothing about them.
  std::vector<Loss> asks;
  /// With kPark: LINK_FLIPS (breaker), LINK_DELETE_CONFLICT (deleted there, edited here),
  /// LINK_DELETES_HELD (brake), LINK_VALUE_MISSING (a record cannot be made without a value that is
  /// blank).
  std::string code;
  std::string reason;  ///< For people, in one sentence, without values.

  bool operator==(const Verdict&) const = default;
};

/// What decisions see besides the link.
struct Surroundings {
  const Definition& definition;
  const Projector& a;
  const Projector& b;
  bool deletes_held = false;  ///< The brake is on: see IsHeld.
  WallTime now;

  const Projector& at(Side side) const { return side == Side::kA ? a : b; }
};

/// The state to be stored with a verdict, in the commit that stores its losses and, before a write,
/// its intent: with kSettle and kWrite its agreement, the fields that are mapped now, and no
/// choices (they are in the agreement); else as it was.
LinkState Decided(LinkState state, const Definition& definition, const Verdict& verdict);

/// A write whose outcome nobody heard: what of it the side shows counts as shown by us, not as an
/// edit; what it does not show is still owed. The state with that put into its agreement and
/// without the intent. For kCreate and kDelete the worker asks the side first, and puts the key of
/// a record that was made into the state.
LinkState AfterLostWrite(LinkState state, const Seen& side_now);

/// One look at a link, both sides read fresh; `state` has no intent. Fails as Projector.
///
/// Both sides are brought to the merged record one write at a time, B first. A record that `where`
/// leaves out is neither written nor deleted, and its link waits until it takes part again.
Result<Verdict> Decide(const Surroundings& world, const LinkState& state, const Seen& a,
                       const Seen& b);

/// Whether what a side shows after our write is what we wanted. Fields that we did not send and
/// that changed are edits of somebody else (the link is looked at again), and so are entries that
/// appeared beside those that we sent; what else differs in fields that we sent is how the side
/// spells them, and counts as shown. A create sends all fields. `state` is the one that was stored
/// with the write's verdict (Decided); the worker puts in the key of a record that was made.
struct AfterWrite {
  LinkState state;          ///< With the write in its agreement and its marks.
  bool look_again = false;  ///< Somebody else changed something meanwhile.
};

AfterWrite Written(LinkState state, const Write& write, const Record& shown, WallTime now);

/// More than six writes within ten minutes, or a value that goes to and fro: what is to be written
/// was written to that side already within that time and replaced by something else of ours, or was
/// written twice.
bool Flips(const std::vector<WriteMark>& writes, const Write& next, WallTime now);

/// Whether another delete has to wait for a person: `recent` within the last hour, of `links`.
bool IsHeld(const DeleteRules& rules, std::int64_t recent, std::int64_t links);

/// Whether records that have no counterpart there are made on that side.
bool MakesRecordsIn(const Definition& definition, Side side);

/// A record that was met and has no link.
struct Candidate {
  std::string key;
  Told told;
  Json native;
};

struct Meeting {
  enum class What {
    kLink,       ///< With `key`.
    kCreate,     ///< On the other side.
    kSkip,       ///< Nothing: outside, or made nowhere. `code`: LINK_OUTSIDE, LINK_NOT_CREATED.
    kAmbiguous,  ///< Several fit: LINK_AMBIGUOUS.
    kTaken,      ///< The one that fits is linked with another record: LINK_TAKEN.
    kStale       ///< A telling from before it was deleted: LINK_TOMBSTONED.
  };

  What what = What::kSkip;
  std::string key;                  ///< Of the other side.
  std::vector<std::string> rivals;  ///< With kAmbiguous and kTaken: keys of the other side.
  std::string code;
};

/// What becomes of a record without link. `keys`: its match keys; `found`: records of the other
/// side for each of them; the first rule that finds any decides (all phones are one rule).
/// `linked`: keys of the other side that have a link. `deleted_at`: of its tombstone; a record that
/// does not say that it changed since then counts as deleted.
Meeting Meet(const Definition& definition, Side side, const Seen& seen,
             const std::vector<MatchKey>& keys, const std::vector<std::vector<Candidate>>& found,
             const std::set<std::string>& linked, std::optional<WallTime> deleted_at);

}  // namespace sb::core::twoway
