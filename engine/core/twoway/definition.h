#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/json.h"
#include "engine/base/time.h"
#include "engine/base/yaml.h"
#include "engine/core/sync/replication.h"
#include "engine/core/twoway/record_kind.h"
#include "engine/core/workflow/expressions.h"

// A two-way sync as its author writes it: which two sides, which fields, and what is done when they
// disagree.
namespace sb::core::twoway {

/// A is the provider that the sync's account is connected to, B the other side.
enum class Side : std::int16_t { kA = 1, kB = 2 };

constexpr Side OtherOf(Side side) {
  return side == Side::kA ? Side::kB : Side::kA;
}

/// How a table tells what changed in it.
enum class ChangeFeed {
  kTrigger,  ///< A trigger of ours writes a log.
  kPolling   ///< Its `updated_at` is looked at; deletes are found by the nightly comparison.
};

/// One side.
struct SideSpec {
  std::string name;        ///< What the definition calls it: "crm".
  std::string connector;   ///< "aircall"; "postgres"; "platform"; any other connector with records.
  std::string object;      ///< Of a connector: its kind of record, "contact". Of the platform: any.
  std::string account;     ///< Of another connector: the account, "acc_...", of the same tenant.
  std::string connection;  ///< postgres: the destination's name; empty: the engine's own database.
  std::string table;       ///< postgres: "public.customers"
  std::string key;         ///< postgres: the column that names a row.
  std::string
      updated_at;  ///< postgres: the column that says when a row changed last; may be empty.
  ChangeFeed changes = ChangeFeed::kTrigger;
  std::string where;  ///< jq over a native record: takes part. Empty: all do.
  /// The native field that holds the other side's key; empty: none. At most one side has one.
  std::string external_key;

  bool operator==(const SideSpec&) const = default;
};

/// What a field holds, once both sides are read into one form.
enum class Shape { kText, kNumber, kBoolean, kEmail, kPhone, kPhones, kEmails };

constexpr bool IsList(Shape shape) {
  return shape == Shape::kPhones || shape == Shape::kEmails;
}

enum class Direction {
  kBoth,
  kToA,  ///< B is right, whatever A says.
  kToB   ///< A is right.
};

/// Who wins where both sides changed a field differently.
enum class Conflict {
  kNewest,  ///< The later edit, where both times can be trusted and lie apart; else A.
  kA,
  kB,
  kFillBlank,  ///< What is not blank; else A.
  kAsk         ///< Nobody: both stay as they are until a person chooses.
};

/// A field as one side has it.
struct SideField {
  /// One native field; of a list on a table, columns that hold an entry each, in their order.
  std::vector<std::string> names;
  std::string read;  ///< jq from the native value (of a list: what `names` make) to the shared one.
  std::string write;  ///< The reverse. Both empty: as it is.

  bool operator==(const SideField&) const = default;
};

struct Field {
  std::string name;  ///< That of side A's native field (the first of several).
  SideField a;
  SideField b;
  Shape shape = Shape::kText;
  Direction direction = Direction::kBoth;
  Conflict conflict = Conflict::kNewest;
  bool labels = false;  ///< Of a list: both sides hold labels, so that these are part of its value.
  /// Of a list: what a side with free labels calls an entry that comes from one without.
  std::string label;

  const SideField& at(Side side) const { return side == Side::kA ? a : b; }

  /// Whether values are ever written to that side.
  bool IsWritten(Side side) const {
    return direction != (side == Side::kA ? Direction::kToB : Direction::kToA);
  }

  bool operator==(const Field&) const = default;
};

/// What makes two records one person.
enum class MatchBy { kExternalKey, kPhone, kEmail };

/// What follows when a linked record is deleted on one side.
enum class Deletes {
  kIgnore,  ///< The link waits for the record to come back.
  kUnlink,  ///< The link ends, the other record stays.
  kFlag,    ///< The link ends, and a field of the other record says so.
  kDelete   ///< The other record is deleted as well.
};

struct DeleteRules {
  Deletes to_a = Deletes::kUnlink;  ///< When B's record is gone.
  Deletes to_b = Deletes::kUnlink;
  std::string flag_a;  ///< With kFlag: the native field that is set to true.
  std::string flag_b;
  std::int64_t brake_count = 20;  ///< More than these within an hour, and than `brake_percent` of
  int brake_percent = 2;          ///< the links, wait for a person.

  bool operator==(const DeleteRules&) const = default;
};

/// Where records that have no counterpart are made.
enum class Creates { kBoth, kInA, kInB, kNowhere };

struct Definition {
  sync::SyncHead head;
  SideSpec a;
  SideSpec b;
  std::vector<MatchBy> match;  ///< In their order.
  std::vector<Field> fields;
  Creates creates = Creates::kBoth;
  DeleteRules deletes;
  std::string region;  ///< ISO 3166, for numbers without country code; empty: the account's.
  Millis compare = std::chrono::hours(24);  ///< How often both sides are read whole and compared.
  Json definition;                          ///< As it was written.

  const SideSpec& at(Side side) const { return side == Side::kA ? a : b; }

  /// Null: there is none of that name.
  const Field* Find(std::string_view name) const;
};

/// Native fields of a side that a sync uses; sorted, each once.
struct NativeFields {
  std::vector<std::string> read;  ///< Mapped ones, and what `external_key` names.
  std::vector<std::string> written;
};

NativeFields NativeFieldsOf(const Definition& definition, Side side);

/// The field's name with a fingerprint of how it is mapped: which native fields, through which
/// transforms, as what. What was agreed of a field that is mapped otherwise is no base for it.
std::string MappingOf(const Field& field);
/// That of each field.
std::set<std::string> MappingsOf(const Definition& definition);

struct DefinitionOutcome {
  std::optional<Definition> definition;  ///< Absent when there are errors.
  std::vector<Diagnostic> errors;        ///< By place in the file; at most 50.
};

/// Whether a text is meant to be a two-way sync: a YAML mapping with `between`.
bool IsTwoWay(std::string_view yaml);

/// Reads and checks a definition whole, as far as the text and the connectors go: YAML, shape,
/// sides, fields that the connectors' records have, transforms that compile. What a table has is
/// checked against the table (CheckSide).
///
/// Codes: YAML_*; SYNC_FIELD_MISSING, SYNC_FIELD_UNKNOWN, SYNC_FIELD_INVALID; LINK_SIDE_UNKNOWN (no
/// such connector or kind of record), LINK_FIELD_UNKNOWN, LINK_FIELD_DUPLICATE,
/// LINK_FIELD_READ_ONLY, LINK_TYPE_UNFIT, LINK_REQUIRED_UNMAPPED (a record could never be made),
/// LINK_TRANSFORM_INVALID (does not compile, or a direction that is needed is missing: it cannot
/// round-trip), LINK_MATCH_UNUSABLE (no mapped field is a phone or an e-mail; no external key),
/// LINK_FLAG_MISSING.
DefinitionOutcome ParseDefinition(std::string_view yaml, const RecordCatalog& catalog,
                                  const workflow::Expressions* expressions = nullptr);

/// What does not fit a side as it is (RecordSide::Shape): fields that it lacks
/// (LINK_FIELD_UNKNOWN), that cannot be written (LINK_FIELD_READ_ONLY) or hold something else
/// (LINK_TYPE_UNFIT), and required ones that no field gives a value where records are made there
/// (LINK_REQUIRED_UNMAPPED). `pointer` and `position` stand in the definition as far as they can be
/// told. A side without any fields (a platform's) fits everything.
std::vector<Diagnostic> CheckShape(const Definition& definition, Side side, const SideShape& shape);

/// The form as one JSON Schema (2020-12), with the connectors and records that exist, for editors.
/// Every definition that ParseDefinition accepts fits it.
Json DefinitionSchema(const RecordCatalog& catalog);

}  // namespace sb::core::twoway
