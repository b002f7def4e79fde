#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/core/sync/absence.h"
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

/// Tables of a destination. Blocking; thread-safe. Every method is one transaction: it does all or
/// nothing. Merging a batch again, or batches in another order, gives the same tables
/// (core::sync::MergeRow), so that whatever failed is repeated.
///
/// Fails with kUnavailable DATABASE_UNAVAILABLE or SYNC_DESTINATION_FULL (repeat later), kInDoubt
/// DATABASE_IN_DOUBT (repeat), kForbidden SYNC_DESTINATION_FORBIDDEN, and kConflict
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
};

}  // namespace sb::ports
