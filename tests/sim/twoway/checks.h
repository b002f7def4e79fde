#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/time.h"
#include "engine/core/twoway/definition.h"
#include "engine/core/twoway/record.h"
#include "engine/ports/link_store.h"

// What must hold of a two-way sync at the end, told from both sides and from what the engine
// remembers. Knows nothing of fakes: whoever can tell what happened on both sides can ask.
namespace sb::sim::twoway {

/// Something that happened to a record, in canonical form.
struct Deed {
  enum class What { kCreated, kUpdated, kDeleted };

  WallTime at;
  core::twoway::Side side = core::twoway::Side::kA;
  bool ours = false;  ///< Otherwise a person did it.
  What what = What::kUpdated;
  std::string key;
  core::twoway::Record before;
  core::twoway::Record after;
  std::string op_key;
};

/// A time in which nothing may be written: to the records of a link, or to any.
struct Rest {
  WallTime from;
  WallTime until;
  std::optional<std::string> key_a;  ///< With `key_b`: of a link. Nothing: of the whole sync.
  std::string key_b;
};

struct Evidence {
  const core::twoway::Definition& definition;
  const core::twoway::Projector& a;
  const core::twoway::Projector& b;
  std::map<std::string, core::twoway::Record> records_a =
      {};  ///< That can be seen at the end, by key.
  std::map<std::string, core::twoway::Record> records_b = {};
  std::vector<Deed> deeds = {};         ///< Of both sides, in the order in which they happened.
  std::vector<ports::Link> links = {};  ///< All that there ever were.
  std::map<ports::LinkId, WallTime> agreed_at = {};  ///< When each was merged first, where known.
  /// When each field of a link was agreed on first, where known.
  std::map<std::pair<ports::LinkId, std::string>, WallTime> mapped_at = {};
  std::set<std::string> late_fields = {};  ///< That a later version of the definition maps.
  std::vector<Rest> rests = {};
  std::vector<ports::LinkConflict> conflicts = {};
  /// Deletes that people let go although the brake held them, by side.
  std::map<core::twoway::Side, bool> approved = {};
  /// How a server spells what it is given, for those that change it. Empty: they do not.
  std::function<Json(core::twoway::Side, const std::string& field, const Json&)> spelled = {};
  /// Whether a list of a record had ever as many entries as its side can hold, or as few: what did
  /// not fit then is not caught up with. Empty: none had.
  std::function<bool(core::twoway::Side, const std::string& key, const std::string& field)>
      was_at_limit = {};

  const std::map<std::string, core::twoway::Record>& records(core::twoway::Side side) const {
    return side == core::twoway::Side::kA ? records_a : records_b;
  }

  const core::twoway::Projector& projector(core::twoway::Side side) const {
    return side == core::twoway::Side::kA ? a : b;
  }
};

// Each gives what does not hold: its number, and an example in words. Empty: it holds.

/// I13: of every active link, both records are what it remembers of them, and show what was agreed
/// as far as each can. Fields that wait for an answer are left out.
std::vector<std::string> Unconverged(const Evidence& evidence);
/// I13: every record has a link, or there is a reason why not: a question about it, its counterpart
/// was deleted, or the definition makes none.
std::vector<std::string> LeftAlone(const Evidence& evidence);
/// I14: what we wrote after that time.
std::vector<std::string> WritesAfter(const Evidence& evidence, WallTime calm);
/// I15: every edit of a person is in the final value, or was overwritten by a later one of the same
/// field, or stands in a conflict.
std::vector<std::string> LostEdits(const Evidence& evidence);
/// I16: we deleted only what a person deleted on the other side, where the definition says so, and
/// not more within an hour than the brake lets through.
std::vector<std::string> WrongDeletes(const Evidence& evidence);
/// I17: no record was made again for one whose counterpart a person deleted, unless somebody
/// changed it since.
std::vector<std::string> Resurrections(const Evidence& evidence);
/// We made no record twice.
std::vector<std::string> Duplicates(const Evidence& evidence);

/// What is paused is not written to, but for the write that was under way.
std::vector<std::string> WritesAtRest(const Evidence& evidence);

/// All of them but I14.
std::vector<std::string> Violations(const Evidence& evidence);

/// One line for people: "09:12:03.250 person edited A a3: company_name "x" -> "y"".
std::string Told(const Deed& deed);

}  // namespace sb::sim::twoway
