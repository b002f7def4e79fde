#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "engine/core/sync/rows.h"
#include "engine/core/sync/streams.h"

namespace sb::core::sync {

/// Who tells of an object.
enum class Teller {
  kRead,   ///< A list, or a direct read: all columns.
  kEvent,  ///< An event: those that events carry.
};

/// Who told of an object, and as of when.
struct Telling {
  Teller by = Teller::kRead;
  /// Of a read: when the request left, by the provider's clock; no two reads of an object share it.
  /// Of an event: its EventInstant.
  WallTime at;
};

/// As of when an event tells: the end of the second that it names, since what a list showed earlier
/// in that second may not have it yet. `rank` orders the events of a second (0 to 998).
WallTime EventInstant(WallTime occurred_at, int rank);

/// A row as a table keeps it. `synced_at` is nothing for one that is only known by reference.
struct StoredRow {
  Cells cells;
  std::string raw;
  std::string hash;
  std::vector<std::vector<Cells>> children;
  std::optional<WallTime> synced_at;   ///< As of when the newest telling that counts was.
  std::optional<WallTime> read_at;     ///< The same of the newest read.
  std::optional<WallTime> deleted_at;  ///< The object was not there any more.

  bool operator==(const StoredRow&) const = default;
};

/// The row after another telling. Order and repetition do not matter: whatever order tellings come
/// in, the row is the same in the end. Every destination does just this, in its own words.
///
/// The newest telling gives the columns and `raw`; of two of the same instant, that with the
/// greater hash. Columns and child tables that events lack come from the newest read.
StoredRow MergeRow(const Stream& stream, std::optional<StoredRow> stored, const MappedRow& row,
                   const Telling& telling);

/// The row after somebody told that the object was gone at `at`. `key`: the row's cells, of which
/// only those of the key count. A newer telling of the object brings it back.
StoredRow MergeDeletion(std::optional<StoredRow> stored, const Stream& stream, const Cells& key,
                        WallTime at);

}  // namespace sb::core::sync
