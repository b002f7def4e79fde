#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "engine/core/twoway/definition.h"
#include "engine/core/twoway/record.h"

// Three-way merge of two records over what both agreed on last.
namespace sb::core::twoway {

/// A side as it was read.
struct Told {
  Record record;
  std::optional<WallTime> changed_at;  ///< When the side says that it changed last.

  bool operator==(const Told&) const = default;
};

/// What is agreed, and how each side showed it when it was looked at last. They differ where a side
/// cannot hold a value, and where it is owed one.
struct Agreement {
  Record base;
  Record shown_a;
  Record shown_b;
  /// Fields of `base` that still have to be written to that side. An edit is taken into `base` when
  /// it is seen, before it is written anywhere; until it is, the other side is owed it.
  std::set<std::string> owed_a;
  std::set<std::string> owed_b;
  /// Fields that are owed, and of which a write may have been made whose outcome nobody heard: the
  /// side shows what it showed before, perhaps since somebody undid it, or something that may be
  /// its spelling of what it got (AfterLostWrite). They are written again where they have to be,
  /// and what does not stand of both sides is reported as a loss.
  std::set<std::string> doubted;

  const Record& shown(Side side) const { return side == Side::kA ? shown_a : shown_b; }

  Record& shown(Side side) { return side == Side::kA ? shown_a : shown_b; }

  const std::set<std::string>& owed(Side side) const { return side == Side::kA ? owed_a : owed_b; }

  std::set<std::string>& owed(Side side) { return side == Side::kA ? owed_a : owed_b; }

  bool operator==(const Agreement&) const = default;
};

/// A value that an edit gave a field and that does not stand.
struct Loss {
  std::string field;
  Json base;
  Json a;
  Json b;
  Side winner = Side::kA;
  /// Why it won: "newest", "one_way", "prefer_a", "prefer_b", "fill_blank", "chosen", "kept": an
  /// entry of a list that one side removed and the other one added or changed; "in_doubt": see
  /// Agreement::doubted. Empty in a question.
  std::string rule;

  bool operator==(const Loss&) const = default;
};

struct MergeInput {
  const std::optional<Agreement>& agreed;  ///< Nothing: they were never merged.
  const Told& a;
  const Told& b;
  /// What people chose for fields that asked: the value that is to stand.
  const std::map<std::string, Json>& choices;
  /// Fields that were mapped, or mapped otherwise, after the last merge: as if never merged.
  const std::set<std::string>& unmerged;
  /// What B would show of A's record, and A of B's, were it new there: a value that is only what a
  /// side can hold of the other one's differs from it in name only. Null: not asked.
  const Record* a_on_b = nullptr;
  const Record* b_on_a = nullptr;
};

struct Merged {
  Record target;                 ///< What both should show. Of a field that asks: the base.
  std::vector<Loss> losses;      ///< By field, one for each.
  std::vector<Loss> asks;        ///< By field: both sides stay as they are; `winner` says nothing.
  std::set<std::string> from_a;  ///< Fields whose new value came from A's edit.
  std::set<std::string> from_b;

  bool operator==(const Merged&) const = default;
};

/// Field by field: nobody changed it, one side did, both did alike, or both did differently, which
/// the field's policy decides. An edit is what differs from what the side showed. Lists are merged
/// entry by entry: adds of both, minus removes; an entry that one side removed and the other one
/// added or changed stays as that one has it. Nothing is removed, and no blank wins, where the
/// field was never merged. `newest` needs both times, more than `kTimesApart` apart; else A wins.
///
/// An edit on a side that is owed the field contradicts what it is owed: both count as edits.
/// Of a field with one direction the side that is right gives the value; an edit of the other one
/// is a loss, and choices say nothing. A choice else stands against everything.
Merged MergeRecords(const Definition& definition, const MergeInput& input);

/// What a side is to be given of a field. Where nobody changed it, and the side is owed nothing,
/// that is what it shows, so that its own spelling, and what it could not clear or has no room for,
/// is left alone; and nothing is taken away from a field that was never merged. Null: blank.
Json WantedOf(const Field& field, Side side, const Merged& merged, const MergeInput& input);

inline constexpr Millis kTimesApart = std::chrono::seconds(5);

}  // namespace sb::core::twoway
