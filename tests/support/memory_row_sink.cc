#include "tests/support/memory_row_sink.h"

#include <algorithm>
#include <utility>

namespace sb::testing {
namespace {

using core::sync::Cell;
using core::sync::Cells;
using core::sync::DeletePolicy;
using core::sync::ExistingTable;
using core::sync::StoredRow;
using core::sync::Stream;

ExistingTable ShapeOf(const core::sync::WantedTable& wanted) {
  ExistingTable shape{wanted.name, {}, wanted.key, {}};
  for (const auto& column : wanted.columns) {
    shape.columns.push_back(
        {column.name, column.type, core::sync::ToString(column.type), column.required});
  }
  return shape;
}

Error NotAsPlanned() {
  return Conflict("SYNC_TABLES_CHANGED", "the tables are not as they were planned");
}

/// The instant that a row's window looks at, as its column has it.
bool IsInside(const Stream& stream, const StoredRow& row, const core::sync::Window& window) {
  const core::sync::Column* column = stream.WindowColumn();
  if (column == nullptr) return true;
  const Cell& cell = row.cells[static_cast<std::size_t>(column - stream.columns.data())];
  const auto instant = cell ? ParseRfc3339(*cell) : std::nullopt;
  return instant && *instant >= window.from && *instant < window.to + std::chrono::seconds(1);
}

}  // namespace

Result<std::vector<ExistingTable>> MemoryRowSink::Describe(const std::string& schema,
                                                           const std::vector<std::string>& tables) {
  const std::lock_guard lock(mutex_);
  if (failure) return *failure;
  std::vector<ExistingTable> existing;
  for (const auto& [name, table] : schemas_[schema]) {
    if (std::ranges::find(tables, name) != tables.end()) existing.push_back(table.shape);
  }
  return existing;
}

Status MemoryRowSink::Prepare(const std::string& schema, const core::sync::TablePlan& plan) {
  const std::lock_guard lock(mutex_);
  if (failure) return *failure;
  auto tables = schemas_[schema];
  for (const auto& wanted : plan.create) {
    if (tables.contains(wanted.name)) return NotAsPlanned();
    tables[wanted.name].shape = ShapeOf(wanted);
  }
  for (const auto& [name, column] : plan.add) {
    if (!tables.contains(name)) return NotAsPlanned();
    tables[name].shape.columns.push_back(
        {column.name, column.type, core::sync::ToString(column.type), column.required});
  }
  for (const auto& [name, reference] : plan.refer) {
    if (!tables.contains(name) || !tables.contains(reference.table)) return NotAsPlanned();
    tables[name].shape.references.push_back(reference);
  }
  schemas_[schema] = std::move(tables);
  return {};
}

Result<ports::SinkCounts> MemoryRowSink::Merge(const std::string& schema, const Stream& stream,
                                               const ports::SinkBatch& batch) {
  const std::lock_guard lock(mutex_);
  if (failure) return *failure;
  Table* table = Find(schema, stream.name);
  if (table == nullptr) return NotAsPlanned();
  ports::SinkCounts counts;
  if (batch.checkpoint && syncs_ != nullptr) {
    const auto step = syncs_->SaveStream(*batch.checkpoint);
    if (!step.ok()) return step.error();
    counts.step = *step;
  }
  MentionAll(schema, stream, batch);
  std::map<std::string, bool> written;
  for (const ports::SinkRow& each : batch.rows) {
    const std::string key = core::sync::KeyOf(stream, each.row.cells);
    const auto known = table->rows.find(key);
    const auto before =
        known == table->rows.end() ? std::nullopt : std::optional<StoredRow>(known->second);
    StoredRow after = core::sync::MergeRow(stream, before, each.row, {batch.by, each.at});
    written[key] = written[key] || !before || *before != after;
    table->rows[key] = std::move(after);
  }
  for (const ports::SinkDeletion& each : batch.gone) {
    if (batch.deletes == DeletePolicy::kKeep) continue;
    const std::string key = core::sync::KeyOf(stream, each.key);
    const auto known = table->rows.find(key);
    const auto before =
        known == table->rows.end() ? std::nullopt : std::optional<StoredRow>(known->second);
    StoredRow after = core::sync::MergeDeletion(before, stream, each.key, each.at);
    const bool remove = batch.deletes == DeletePolicy::kRemove && after.deleted_at;
    if (remove)
      table->rows.erase(key);
    else
      table->rows[key] = std::move(after);
  }
  for (const auto& [key, changed] : written) ++(changed ? counts.written : counts.unchanged);
  return counts;
}

Result<std::vector<std::string>> MemoryRowSink::KeysIn(const std::string& schema,
                                                       const Stream& stream,
                                                       const core::sync::Window& window) {
  const std::lock_guard lock(mutex_);
  if (failure) return *failure;
  const Table* table = Find(schema, stream.name);
  if (table == nullptr) return NotAsPlanned();
  std::vector<std::string> keys;
  for (const auto& [key, row] : table->rows) {
    if (row.synced_at && !row.deleted_at && IsInside(stream, row, window)) keys.push_back(key);
  }
  return keys;
}

std::optional<StoredRow> MemoryRowSink::Row(const std::string& schema, const std::string& table,
                                            const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto in = schemas_.find(schema);
  if (in == schemas_.end() || !in->second.contains(table)) return {};
  const auto& rows = in->second.at(table).rows;
  const auto found = rows.find(key);
  return found == rows.end() ? std::nullopt : std::optional(found->second);
}

MemoryRowSink::Table* MemoryRowSink::Find(const std::string& schema, const std::string& table) {
  auto& tables = schemas_[schema];
  const auto found = tables.find(table);
  return found == tables.end() ? nullptr : &found->second;
}

void MemoryRowSink::Mention(const std::string& schema, const std::string& table,
                            const std::string& key) {
  // The columns come with the first telling.
  if (Table* other = Find(schema, table)) other->rows.try_emplace(key);
}

void MemoryRowSink::MentionAll(const std::string& schema, const Stream& stream,
                               const ports::SinkBatch& batch) {
  const auto mention = [&](const auto& relations, const auto& columns, std::size_t before,
                           const Cells& cells) {
    for (const core::sync::Relation& relation : relations) {
      for (std::size_t i = 0; i < columns.size(); ++i) {
        const Cell& cell = cells[before + i];
        if (columns[i].name == relation.column && cell && batch.beside.contains(relation.stream))
          Mention(schema, relation.stream, *cell);
      }
    }
  };
  for (const ports::SinkRow& each : batch.rows) {
    mention(stream.relations, stream.columns, 0, each.row.cells);
    for (std::size_t i = 0; i < stream.children.size(); ++i) {
      const auto& child = stream.children[i];
      const std::size_t before = core::sync::HasPosition(child) ? 1 : 0;
      for (const Cells& part : each.row.children[i])
        mention(child.relations, child.columns, before, part);
    }
  }
}

}  // namespace sb::testing
