#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/core/personal/phone_numbers.h"
#include "engine/core/twoway/definition.h"
#include "engine/core/twoway/record_kind.h"
#include "engine/core/workflow/expressions.h"

// Both sides of a sync read into one form, in which equal means equal.
namespace sb::core::twoway {

/// Mapped fields in canonical form, by name; a blank field is not there.
///
/// - Text is Unicode NFC, trimmed, with single spaces (of any script); a line break stays one, and
///   an empty line stays one. Joiners and variation selectors stay: they are part of names and
///   emoji. Control characters are left out.
/// - A number is a JSON number: 12, "12" and 12.0 are the integer 12. What more than 15 digits
///   would round is not read.
/// - A boolean is a JSON boolean, or one of the texts "true", "false", "t", "f".
/// - An e-mail is text in lower case. A phone is E.164 where it can be read, else text as it is
///   written.
/// - A list is an object from each normalised entry to its label: {"+33142685300": "Work"}.
///
/// Labels are part of the form only where both sides hold them: where both have the list in one
/// field of their own. Where one side has columns instead, all labels are "" and each side keeps
/// what it has: a column keeps its entry for as long as the entry stays (new ones go to free
/// columns in their order), and the other side keeps its labels; what is new there gets the label
/// that the definition names (Field::label). So a label or a column is never an edit, and the two
/// cannot push each other.
using Record = std::map<std::string, Json>;

/// SHA-256 over the canonical JSON, in hexadecimal. Unmapped fields never enter it.
std::string HashOf(const Record& record);

/// Null where it is blank.
Json ValueOf(const Record& record, const std::string& field);
/// Sets, or takes away where `value` is null or an empty list.
void SetValue(Record& record, const std::string& field, Json value);

/// Fields whose values differ, by name.
std::set<std::string> Differing(const Record& left, const Record& right);

struct FieldPlace;
struct PhoneReading;

/// What was seen while a record was read.
struct Flag {
  std::string field;
  /// "PHONE_UNREADABLE": kept as it is written. "VALUE_UNREADABLE": left blank; of the record as a
  /// whole (no field): `where` failed on it, so that it takes no part.
  std::string code;

  bool operator==(const Flag&) const = default;
};

/// Whether it says that a value, or the record, could not be read.
bool IsUnreadable(const Flag& flag);

struct Projection {
  Record record;
  bool takes_part = true;  ///< False: `where` leaves it out.
  std::vector<Flag> flags;
};

/// The record, with `last` (what the side showed when it was merged last) in the fields that could
/// not be read: what nobody can read is no edit, above all none that clears the field.
Record ReadableOver(const Projection& projection, const Record& last);

/// A field whose transforms do not bring back what they read.
struct NotBack {
  std::string field;
  std::int64_t records = 0;  ///< Of those that were tried.
  Json value;                ///< The first of them as it was read,
  Json again;                ///< and as it is read once it was written.

  bool operator==(const NotBack&) const = default;
};

/// Reads and writes the mapped fields of one side. Pure; thread-safe; borrows everything.
class Projector {
 public:
  struct Equipment {
    const personal::PhoneNumbers* phones = nullptr;  ///< Null: international forms only.
    const workflow::Expressions* expressions = nullptr;
  };

  Projector(const Definition& definition, Side side, SideShape shape, std::string region,
            Equipment equipment);

  /// The canonical form of a native record: a JSON object of native fields; lists of a connector
  /// are
  /// [{"value", "label"}]. A transform that fails on a record leaves its field as a flag. Fails
  /// only as Expressions do where that is not the record's fault (kUnavailable).
  Result<Projection> Project(const Json& native) const;

  /// What the side shows once `target` is written over `now` (empty: a new record): cut to its
  /// lengths, without entries that it has no room for (those that it shows already stay, then the
  /// first in order), with what it cannot clear as it was, and with what `write` and `read` make of
  /// a value. A value that does not come back from `write` and `read`, that the side's type cannot
  /// hold, or (of an e-mail, a phone, a number) is too long to be cut, leaves the field as it is
  /// now. Shown(Shown(t)) == Shown(t); Shown(now) == now; no entry that is both in the target and
  /// now is lost, and none appears that is in neither. Fails as Project.
  Result<Record> Shown(const Record& target, const Record& now) const;

  /// Native values that make the side show `target` in these fields, over the record as it is
  /// (null: a new one): an object of those native fields that change; null clears. Labels and
  /// spellings of entries that stay are kept as the side has them. `target` is one that Shown gave.
  /// A field that holds what cannot be read (VALUE_UNREADABLE) is left as it is.
  /// Fails as Project.
  Result<Json> Render(const Record& target, const std::set<std::string>& fields,
                      const Json& native) const;

  /// The present values of the native fields that these fields are made of: what a conditional
  /// write expects.
  Json NativeOf(const std::set<std::string>& fields, const Json& native) const;

  /// What a person chose for a field, in the shared form: a value as a native one would be, a list
  /// as an object from each entry to its label, or as texts. Nothing: it does not fit the field.
  std::optional<Json> Chosen(const Field& field, const Json& value) const;

  /// Mapped fields that are blank in `target` and without which no record can be made here.
  std::set<std::string> MissingIn(const Record& target) const;

  /// Reads each of these native records, writes it anew and reads that again; says which fields do
  /// not come back, by name. For a plan; fails as Project.
  Result<std::vector<NotBack>> TryRoundTrip(const std::vector<Json>& natives) const;

 private:
  FieldPlace PlaceOf(const Field& field, const PhoneReading& reading) const;

  const Definition& definition_;
  Side side_;
  SideShape shape_;
  std::string region_;
  Equipment equipment_;
};

/// What a record can be found by.
struct MatchKey {
  MatchBy by = MatchBy::kPhone;
  /// E.164; lower case; for kExternalKey the key on the side that has no external key (mostly A).
  std::string value;

  auto operator<=>(const MatchKey&) const = default;
};

/// Keys of a record, in the order of the definition's rules: phones that could be read, e-mails,
/// the external key where `native` has one. At most 100.
std::vector<MatchKey> MatchKeysOf(const Definition& definition, Side side, const Record& record,
                                  const Json& native, const std::string& key);

}  // namespace sb::core::twoway
