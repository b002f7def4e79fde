#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/core/sync/streams.h"
#include "engine/core/workflow/expressions.h"

namespace sb::core::sync {

/// A value as text that the type of its column reads; nothing: null.
using Cell = std::optional<std::string>;
using Cells = std::vector<Cell>;

/// One object as rows.
struct MappedRow {
  Cells cells;       ///< In the order of the stream's columns.
  std::string raw;   ///< The object as JSON, without what the stream leaves out.
  std::string hash;  ///< SHA-256 of that, in hexadecimal.
  /// For each child table the rows that are there now, without the columns of the parent's key;
  /// "position" comes first where it is part of the key.
  std::vector<std::vector<Cells>> children;

  bool operator==(const MappedRow&) const = default;
};

/// An object that became no row.
struct RejectedObject {
  std::size_t index = 0;  ///< Among those that were given.
  std::string key;        ///< As far as it is known.
  std::string code;  ///< SYNC_OBJECT_UNREADABLE, SYNC_OBJECT_WITHOUT_KEY or SYNC_OBJECT_TOO_LARGE.
  std::string reason;  ///< For people; without the object's content.

  bool operator==(const RejectedObject&) const = default;
};

/// What objects had that the stream does not know. Names only, never values.
struct Drift {
  std::set<std::string> members;   ///< That no object was known to have.
  std::set<std::string> mistyped;  ///< Columns ("calls.duration") whose value was of another type.

  bool empty() const { return members.empty() && mistyped.empty(); }
};

struct MappedObjects {
  std::vector<MappedRow> rows;
  std::vector<RejectedObject> rejected;
  Drift drift;
};

/// A value as its column takes it.
struct TypedCell {
  Cell cell;         ///< Null as well where the value does not fit.
  bool fits = true;  ///< False: it is of another type.
};

/// The value as text of this type. Timestamps are read from Unix seconds or milliseconds, told
/// apart by size, or from RFC 3339, and written as RFC 3339. U+0000, which databases refuse,
/// becomes U+FFFD.
TypedCell ToCell(ColumnType type, const Json& value);

/// Whether rows of the table are told apart by their place in the list.
bool HasPosition(const ChildTable& child);

/// One jq program for all that is not found by following members; empty where there is none. It
/// takes a list of objects and gives a list for each: first the columns with programs, then the
/// items of the child tables with programs.
std::string DerivedProgram(const Stream& stream);

/// Objects as rows. An object that cannot be mapped is rejected, the others are not; a value that
/// does not fit its column becomes null, stays in `raw` and is drift. Fails only as Expressions do
/// where that is not the objects' fault (kUnavailable).
Result<MappedObjects> MapObjects(const Stream& stream, const std::vector<Json>& objects,
                                 const workflow::Expressions& expressions);

/// A value without members of these names, at any depth.
Json WithoutMembers(Json value, const std::vector<std::string>& names);

/// What tells rows of a stream apart: the text of its key, or a JSON list of texts where the key
/// has several columns. Empty where the stream has no key.
std::string KeyOf(const Stream& stream, const Cells& cells);
/// The reverse: cells of which those of the key are filled in.
Cells CellsOfKey(const Stream& stream, const std::string& key);

}  // namespace sb::core::sync
