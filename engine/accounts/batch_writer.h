#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/base/result.h"
#include "engine/core/sync/streams.h"
#include "engine/ports/clock.h"
#include "engine/ports/row_sink.h"
#include "engine/ports/sync_store.h"

namespace sb::accounts {

/// The table that a batch goes to.
struct BatchTarget {
  ports::RowSink& sink;
  const std::string& schema;
  const core::sync::Stream& stream;
  ports::SyncPlace place;
};

/// What became of a batch.
struct BatchWritten {
  std::int64_t written = 0;
  std::int64_t refused = 0;
  std::optional<int> step = {};  ///< See ports::SinkCounts.
};

/// More refusals than these in one batch say that the table is wrong, and not its rows.
inline constexpr std::int64_t kMostRefused = 20;

/// Writes batches, and lets a row that the destination refuses hold up no other: the batch is
/// halved until the row stands alone, which then goes into the ledger. A batch that needed halving
/// is several transactions; its checkpoint comes with the last one. Thread-safe; blocks; borrows.
class BatchWriter {
 public:
  BatchWriter(ports::SyncLedger& ledger, const ports::Clock& clock)
      : ledger_(ledger), clock_(clock) {}

  /// Fails as RowSink and SyncLedger; with SYNC_ROW_REFUSED only where more than kMostRefused rows
  /// are refused: then some of the batch is written, and it is to be written again.
  Result<BatchWritten> Write(const BatchTarget& target, ports::SinkBatch batch) const;

 private:
  Status Apart(const BatchTarget& target, ports::SinkBatch batch, BatchWritten& so_far) const;
  Status Quarantine(const BatchTarget& target, const ports::SinkBatch& alone, const Error& error,
                    BatchWritten& so_far) const;

  ports::SyncLedger& ledger_;
  const ports::Clock& clock_;
};

}  // namespace sb::accounts
