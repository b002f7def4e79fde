#include "engine/accounts/batch_writer.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/base/log.h"
#include "engine/core/sync/rows.h"

namespace sb::accounts {
namespace {

constexpr const char* kRowRefused = "SYNC_ROW_REFUSED";

std::size_t SizeOf(const ports::SinkBatch& batch) {
  return batch.rows.size() + batch.gone.size();
}

/// Takes the second half away from `items`.
template <typename T>
std::vector<T> SecondHalf(std::vector<T>& items, std::size_t keep) {
  const auto from = items.begin() + static_cast<std::ptrdiff_t>(std::min(keep, items.size()));
  std::vector<T> rest(std::make_move_iterator(from), std::make_move_iterator(items.end()));
  items.erase(from, items.end());
  return rest;
}

/// Leaves the first half in `batch`: its rows come before what is gone.
ports::SinkBatch Halve(ports::SinkBatch& batch) {
  const std::size_t half = SizeOf(batch) / 2;
  const std::size_t gone = half > batch.rows.size() ? half - batch.rows.size() : 0;
  ports::SinkBatch rest;
  rest.by = batch.by;
  rest.deletes = batch.deletes;
  rest.beside = batch.beside;
  rest.rows = SecondHalf(batch.rows, half);
  rest.gone = SecondHalf(batch.gone, gone);
  return rest;
}

}  // namespace

Result<BatchWritten> BatchWriter::Write(const BatchTarget& target, ports::SinkBatch batch) const {
  const auto merged = target.sink.Merge(target.schema, target.stream, batch);
  if (merged.ok()) return BatchWritten{merged->written, 0, merged->step};
  if (merged.error().code != kRowRefused) return merged.error();
  ports::SinkBatch last;  // the checkpoint stands for all of them
  last.by = batch.by;
  last.checkpoint = std::exchange(batch.checkpoint, std::nullopt);
  BatchWritten written;
  if (Status apart = Apart(target, std::move(batch), written); !apart.ok()) return apart.error();
  if (!last.checkpoint) return written;
  last.checkpoint->rejected += written.refused;
  const auto kept = target.sink.Merge(target.schema, target.stream, last);
  if (!kept.ok()) return kept.error();
  written.step = kept->step;
  return written;
}

Status BatchWriter::Apart(const BatchTarget& target, ports::SinkBatch batch,
                          BatchWritten& so_far) const {
  if (SizeOf(batch) == 0) return {};
  const auto merged = target.sink.Merge(target.schema, target.stream, batch);
  if (merged.ok()) {
    so_far.written += merged->written;
    return {};
  }
  if (merged.error().code != kRowRefused) return merged.error();
  if (SizeOf(batch) == 1) return Quarantine(target, batch, merged.error(), so_far);
  ports::SinkBatch rest = Halve(batch);
  if (Status first = Apart(target, std::move(batch), so_far); !first.ok()) return first;
  return Apart(target, std::move(rest), so_far);
}

Status BatchWriter::Quarantine(const BatchTarget& target, const ports::SinkBatch& alone,
                               const Error& error, BatchWritten& so_far) const {
  if (++so_far.refused > kMostRefused) return error;
  const core::sync::Cells& cells =
      alone.rows.empty() ? alone.gone.front().key : alone.rows.front().row.cells;
  Log::Warn("sync.row_refused",
            {{"account", ToText(target.place.account)}, {"stream", target.stream.name}});
  return ledger_.Reject(target.place, {{core::sync::KeyOf(target.stream, cells), kRowRefused,
                                        error.message, clock_.Now()}});
}

}  // namespace sb::accounts
