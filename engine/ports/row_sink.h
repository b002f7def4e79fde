#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/base/json.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/core/sync/absence.h"
#include "engine/core/sync/analytics.h"
#include "engine/core/sync/row_merge.h"
#include "engine/core/sync/rows.h"
#include "engine/core/sync/scan.h"
#include "engine/core/sync/streams.h"
#include "engine/core/sync/table_plan.h"
#include "engine/ports/sync_store.h"

namespace sb::ports {

/// An object as it was told.
struct SinkRow {
  core::sync::MappedRow row;
  WallTime at;  ///< See core::sync::Telling.
};

/// An object that is gone.
struct SinkDeletion {
  core::sync::Cells key;  ///< As many cells as the stream has columns; those of its key count.
  WallTime at;
};

/// What was told of one stream, all by the same teller.
struct SinkBatch {
  core::sync::Teller by = core::sync::Teller::kRead;
  std::vector<SinkRow> rows;  ///< An object that is there twice counts as it was told last.
  std::vector<SinkDeletion> gone;
  core::sync::DeletePolicy deletes = core::sync::DeletePolicy::kMark;
  /// Streams that are replicated beside it: rows that relations with them lack are put in, with
  /// their key alone.
  std::set<std::string> beside;
  /// Stored with the rows by a sink that keeps checkpoints (SyncStore::SaveStream).
  std::optional<SyncStream> checkpoint;
};

/// What a batch did.
struct SinkCounts {
  std::int64_t written = 0;      ///< Rows that are new, or newer than they were.
  std::int64_t unchanged = 0;    ///< Rows that something newer stood against, or the same.
  std::optional<int> step = {};  ///< Of the checkpoint, where it was stored.

  bool operator==(const SinkCounts&) const = default;
};

/// Looks at a row, as an object of those of its columns that hold texts or JSON and are no part of
/// a key, and may change values in it. True: it did. May be called again for the same row.
using RowEdit = std::function<bool(Json& row)>;

/// Where a walk through the rows of a table is.
struct SinkWalk {
  std::int64_t changed = 0;                 ///< Rows of this step that were changed.
  std::optional<core::sync::Cells> behind;  ///< Go on from there; nothing: that was the last.
};

/// A row as the destination has it, as texts that core::sync::CanonicalCell understands.
struct KeptRow {
  std::string key;  ///< core::sync::KeyOf
  core::sync::StoredRow row;
};

/// That there is a row, and as of when it was told of last.
struct RowMark {
  std::string key;
  WallTime synced_at;

  bool operator==(const RowMark&) const = default;
};

/// So many rows are read at most by their keys, or by one page of marks.
inline constexpr std::size_t kMostRowsRead = 1'000;

/// Which views stand now, and why others do not.
struct SinkViews {
  std::vector<std::string> made;
  std::vector<core::sync::LeftOutView> left_out;
};

/// The answer to a query.
struct SinkTable {
  std::vector<std::string> columns;
  std::vector<std::vector<core::sync::Cell>> rows;
  bool cut = false;  ///< There are more rows than were allowed.
};

/// A question to the tables and views of a schema.
struct SinkQuery {
  core::sync::ReportQuery query;
  int most_rows = 1000;
  Millis timeout = std::chrono::seconds(30);
};

/// Tables of a destination. Blocking; thread-safe. Every method is one transaction: it does all or
/// nothing. Merging a batch again, or batches in another order, gives the same tables
/// (core::sync::MergeRow), so that whatever failed is repeated.
///
/// Fails with kUnavailable DATABASE_UNAVAILABLE or SYNC_DESTINATION_FULL (repeat later), kInDoubt
/// DATABASE_IN_DOUBT (repeat), kForbidden SYNC_DESTINATION_FORBIDDEN, kInvalid SYNC_ROW_REFUSED
/// (one of the rows, for what it says: a constraint that somebody has added), and kConflict
/// SYNC_TABLES_CHANGED (the tables are not as they were planned) or SYNC_MOVED (the checkpoint is
/// not the one that is stored: somebody else goes on with the stream).
class RowSink {
 public:
  virtual ~RowSink() = default;

  /// Whether rows and checkpoint are one commit here. Otherwise the caller stores it afterwards.
  virtual bool KeepsCheckpoints() const = 0;

  /// Those of these tables that exist in the schema.
  virtual Result<std::vector<core::sync::ExistingTable>> Describe(
      const std::string& schema, const std::vector<std::string>& tables) = 0;
  /// Makes the schema, and what the plan lacks. The plan has no conflicts.
  virtual Status Prepare(const std::string& schema, const core::sync::TablePlan& plan) = 0;
  virtual Result<SinkCounts> Merge(const std::string& schema, const core::sync::Stream& stream,
                                   const SinkBatch& batch) = 0;
  /// Keys (core::sync::KeyOf) of rows that are not deleted and were told of; of a stream with
  /// windows, those inside of `window`.
  virtual Result<std::vector<std::string>> KeysIn(const std::string& schema,
                                                  const core::sync::Stream& stream,
                                                  const core::sync::Window& window) = 0;
  /// Shows the next `limit` rows of a table to `edit`, in the order of its key, behind the row with
  /// this key (empty: from the first), and stores what it changes. What tells how new a row is
  /// stays as it was. The table's columns are there.
  virtual Result<SinkWalk> Edit(const std::string& schema, const core::sync::WantedTable& table,
                                const core::sync::Cells& behind, int limit,
                                const RowEdit& edit) = 0;
  /// Those of these keys that have a row which was told of, and whether it is marked as deleted.
  virtual Result<std::map<std::string, bool>> Known(const std::string& schema,
                                                    const core::sync::Stream& stream,
                                                    const std::vector<std::string>& keys) = 0;
  /// How many those are.
  virtual Result<std::int64_t> CountIn(const std::string& schema, const core::sync::Stream& stream,
                                       const core::sync::Window& window) = 0;
  /// The same rows page by page, in an order that is the destination's own. `after`: the last key
  /// of the page before; empty: from the beginning. `limit`: from 2 to kMostRowsRead; fewer were
  /// left when fewer are given.
  virtual Result<std::vector<RowMark>> MarksIn(const std::string& schema,
                                               const core::sync::Stream& stream,
                                               const core::sync::Window& window,
                                               const std::string& after, int limit) = 0;
  /// Rows by their keys, at most kMostRowsRead, with their parts, in any order: also those that are
  /// deleted, or known by reference only. Without `raw`.
  virtual Result<std::vector<KeptRow>> RowsOf(const std::string& schema,
                                              const core::sync::Stream& stream,
                                              const std::vector<std::string>& keys) = 0;

  /// Makes or renews these views, each after those that it uses. What has the name of one and is
  /// not ours stays as it is, and the view is left out, with those that use it.
  virtual Result<SinkViews> MakeViews(const std::string& schema,
                                      const std::vector<core::sync::AnalyticsView>& views) = 0;
  /// Reads, and can do nothing else. kTimeout SYNC_QUERY_TOO_SLOW; kInvalid SYNC_QUERY_REFUSED: the
  /// database does not understand it; SYNC_QUERY_VALUE_REFUSED: it does not take one of the values.
  virtual Result<SinkTable> Ask(const std::string& schema, const SinkQuery& query) = 0;
};

}  // namespace sb::ports
