#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/core/sync/rows.h"
#include "engine/core/sync/streams.h"
#include "engine/core/workflow/expressions.h"

// Which objects of a stream become rows, and why the others do not. Rules stand at the door: what a
// table has stays in it and is kept up to date, whether or not it would be let in today.
namespace sb::core::sync {

/// A named rule of a stream, with the limit that the definition gives it.
struct ChosenRule {
  std::string name;
  Json limit;  ///< As rules see it ($limit): seconds, bytes, or a list of texts. Null: none.

  bool operator==(const ChosenRule&) const = default;
};

/// What of a stream is imported. All of it has to hold.
struct ImportFilter {
  std::vector<ChosenRule> rules;  ///< In the order of the definition: the first that fails counts.
  std::string when;               ///< jq over the object, which sees $now. Empty: none.
  std::optional<std::int64_t> first_import;  ///< So many of the first reading at most.

  bool empty() const { return rules.empty() && when.empty() && !first_import; }

  bool operator==(const ImportFilter&) const = default;
};

/// A limit as the definition has it, as rules see it; nothing: it is none of that type. Durations
/// are ISO 8601 ("P14D"), bytes a number or a text ("200 MB"), texts a list of at most 1,000.
std::optional<Json> ReadLimit(LimitType type, const Json& written);

// Why an object is no row: codes of the skip ledger.
inline constexpr const char* kRuleNotMet = "RULE_NOT_MET";
inline constexpr const char* kWhenNotMet = "WHEN_NOT_MET";
inline constexpr const char* kRuleFailed = "RULE_FAILED";
inline constexpr const char* kFirstImportCap = "FIRST_IMPORT_CAP";

/// What became of one object. Without a code it is let in.
struct ImportVerdict {
  std::string code;
  std::string rule;    ///< The rule's name; "when"; "first_import".
  std::string reason;  ///< For people, with the values that decided it; at most 300 bytes.

  bool passes() const { return code.empty(); }

  bool operator==(const ImportVerdict&) const = default;
};

/// Judges objects by the rules and by `when`, one verdict for each. An object for which one of them
/// runs into an error is left out (RULE_FAILED), and the others are judged all the same. `now` is
/// when they are looked at. Fails only as Expressions do where that is not the objects' fault
/// (kUnavailable).
Result<std::vector<ImportVerdict>> JudgeObjects(const Stream& stream, const ImportFilter& filter,
                                                const std::vector<Json>& objects, WallTime now,
                                                const workflow::Expressions& expressions);

/// Whether `when` compiles. Fails as Expressions::Check.
Status CheckWhen(const ImportFilter& filter, const workflow::Expressions& expressions);

// ---- The first import

/// The oldest record that the first import takes. A line is drawn once, when the first reading of
/// everything has come to its end.
struct ImportLine {
  WallTime at;
  std::string key;

  bool operator==(const ImportLine&) const = default;
};

/// The instant that says how new an object is: what the window of its stream looks at. Objects
/// without one are the oldest.
WallTime AgeOf(const Stream& stream, const Cells& cells);

/// What the cap says of an object that all rules let in.
///
/// The first reading is oldest first, so that nobody can know yet which are the newest N. It lets
/// nothing in but puts whatever passes into the skip ledger (`surveys`). At its end the line is
/// drawn in front of the N-th newest of those, and what is not older is read again and let in.
/// From then on the line decides, whoever tells of an object and whenever: older ones stay outside,
/// and all that is new comes in. Where fewer than N passed, or the cap came after the first
/// reading, there is no line.
ImportVerdict JudgeByCap(std::int64_t most, bool surveys, const std::optional<ImportLine>& line,
                         WallTime age, const std::string& key);

// ---- Why is this record not here?

struct ImportAnswer {
  enum class Kind {
    kImported,  ///< It is in the table.
    kDeleted,   ///< It is in the table, marked as gone.
    kSkipped,   ///< A rule left it out.
    kRejected,  ///< It could not become a row.
    kNeverSeen
  };

  Kind kind = Kind::kNeverSeen;
  std::string sync;    ///< Its name; empty where nothing is known.
  std::string stream;  ///< Likewise.
  std::string key;
  std::string code;  ///< Of the skip ledger or of the reject; otherwise empty.
  std::string rule;  ///< See ImportVerdict.
  std::string reason;
  WallTime at;  ///< When it was left out last.
  std::int64_t looks = 0;

  bool operator==(const ImportAnswer&) const = default;
};

/// In one line: "calls 4190000017 is not imported: rule max_age: it started ... (looked at 3 times,
/// last 2026-06-01T08:00:00Z)".
std::string Sentence(const ImportAnswer& answer);

}  // namespace sb::core::sync
