#include "engine/core/sync/row_merge.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace sb::core::sync {
namespace {

bool IsNewest(const StoredRow& stored, const MappedRow& row, WallTime at) {
  if (!stored.synced_at) return true;
  return std::tie(at, row.hash) > std::tie(*stored.synced_at, stored.hash);
}

/// Copies the columns and child tables that events carry, or those that they do not.
void Take(const Stream& stream, const MappedRow& row, bool of_events, StoredRow& stored) {
  for (std::size_t i = 0; i < stream.columns.size(); ++i) {
    if (stream.columns[i].in_events == of_events) stored.cells[i] = row.cells[i];
  }
  for (std::size_t i = 0; i < stream.children.size(); ++i) {
    if (stream.children[i].in_events == of_events) stored.children[i] = row.children[i];
  }
}

/// The row as it is known, with a place for everything.
StoredRow Opened(const Stream& stream, std::optional<StoredRow> stored) {
  StoredRow row = stored ? *std::move(stored) : StoredRow();
  row.cells.resize(stream.columns.size());
  row.children.resize(stream.children.size());
  return row;
}

/// What was told last decides whether it is there.
void Settle(StoredRow& row) {
  if (row.synced_at && row.deleted_at && *row.synced_at > *row.deleted_at) row.deleted_at.reset();
}

}  // namespace

WallTime EventInstant(WallTime occurred_at, int rank) {
  constexpr int kHighestRank = 998;
  return std::chrono::floor<std::chrono::seconds>(occurred_at) + std::chrono::milliseconds(999) +
         std::chrono::microseconds(std::clamp(rank, 0, kHighestRank));
}

StoredRow MergeRow(const Stream& stream, std::optional<StoredRow> stored, const MappedRow& row,
                   const Telling& telling) {
  StoredRow merged = Opened(stream, std::move(stored));
  const bool newest_read =
      telling.by == Teller::kRead && (!merged.read_at || telling.at > *merged.read_at);
  if (IsNewest(merged, row, telling.at)) {
    Take(stream, row, /*of_events=*/true, merged);
    merged.raw = row.raw;
    merged.hash = row.hash;
    merged.synced_at = telling.at;
  }
  if (newest_read) {
    Take(stream, row, /*of_events=*/false, merged);
    merged.read_at = telling.at;
  }
  Settle(merged);
  return merged;
}

StoredRow MergeDeletion(std::optional<StoredRow> stored, const Stream& stream, const Cells& key,
                        WallTime at) {
  StoredRow merged = Opened(stream, std::move(stored));
  for (std::size_t i = 0; i < stream.columns.size(); ++i) {
    const bool in_key = std::ranges::find(stream.key, stream.columns[i].name) != stream.key.end();
    if (in_key) merged.cells[i] = key[i];
  }
  merged.deleted_at = std::max(merged.deleted_at.value_or(at), at);
  Settle(merged);
  return merged;
}

}  // namespace sb::core::sync
