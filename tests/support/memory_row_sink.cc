#include "tests/support/memory_row_sink.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

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

bool IsEditable(const core::sync::WantedTable& table, const core::sync::TableColumn& column) {
  using core::sync::ColumnType;
  const bool holds = column.type == ColumnType::kText || column.type == ColumnType::kJson;
  return holds && column.name != core::sync::kHashColumn &&
         std::ranges::find(table.key, column.name) == table.key.end();
}

/// Shows cells that stand for the table's columns from `first` on, and `raw` where there is one.
bool EditCells(const core::sync::WantedTable& table, std::size_t first, Cells& cells,
               std::string* raw, const ports::RowEdit& edit) {
  Json object = Json::object();
  const auto each = [&](const auto& use) {
    for (std::size_t i = 0; i < cells.size() && first + i < table.columns.size(); ++i) {
      const auto& column = table.columns[first + i];
      if (cells[i] && IsEditable(table, column)) use(column, *cells[i]);
    }
  };
  each([&](const auto& column, const std::string& text) {
    const bool json = column.type == core::sync::ColumnType::kJson;
    object[column.name] = json ? Json::parse(text) : Json(text);
  });
  if (raw != nullptr && !raw->empty()) object[core::sync::kRawColumn] = Json::parse(*raw);
  if (!edit(object)) return false;
  each([&](const auto& column, std::string& text) {
    const bool json = column.type == core::sync::ColumnType::kJson;
    text = json ? DumpJson(object[column.name]) : PlainText(object[column.name]);
  });
  if (raw != nullptr && !raw->empty()) *raw = DumpJson(object[core::sync::kRawColumn]);
  return true;
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
  for (const auto& view : plan.views) {
    if (tables.contains(view.name) || !tables.contains(view.table)) return NotAsPlanned();
    ExistingTable shape{view.name, {}, {}, {}};
    for (const std::string& column : view.columns)
      shape.columns.push_back({column, core::sync::ColumnType::kText, "text", false});
    tables[view.name].shape = std::move(shape);
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
  for (const ports::SinkRow& each : batch.rows) {
    if (refused_keys.contains(core::sync::KeyOf(stream, each.row.cells)))
      return Invalid("SYNC_ROW_REFUSED", "the destination refused a row (violates parcels_check)");
  }
  ports::SinkCounts counts;
  if (batch.checkpoint && syncs_ != nullptr) {
    const auto step = syncs_->SaveStream(*batch.checkpoint);
    if (!step.ok()) return step.error();
    counts.step = *step;
  }
  MentionAll(schema, stream, batch);
  for (std::size_t i = 0; i < stream.children.size(); ++i)
    parts_[{schema, stream.children[i].table}] = {stream.name, i};
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

Result<ports::SinkWalk> MemoryRowSink::Edit(const std::string& schema,
                                            const core::sync::WantedTable& table,
                                            const Cells& behind, int limit,
                                            const ports::RowEdit& edit) {
  const std::lock_guard lock(mutex_);
  if (failure) return *failure;
  Table* found = Find(schema, table.name);
  if (found == nullptr) return NotAsPlanned();
  ports::SinkWalk walk;
  const auto part = parts_.find({schema, table.name});
  if (part != parts_.end()) {
    walk.changed = EditParts(schema, table, part->second, edit);
    return walk;
  }
  const std::size_t first = table.key == std::vector<std::string>{core::sync::kOnlyColumn} ? 1 : 0;
  auto entry =
      behind.empty() ? found->rows.begin() : found->rows.upper_bound(behind.front().value_or(""));
  for (int i = 0; i < limit && entry != found->rows.end(); ++i, ++entry) {
    if (EditCells(table, first, entry->second.cells, &entry->second.raw, edit)) ++walk.changed;
    if (i + 1 == limit) walk.behind = Cells{entry->first};
  }
  return walk;
}

/// All at once: they have no order of their own here.
std::int64_t MemoryRowSink::EditParts(const std::string& schema,
                                      const core::sync::WantedTable& table, const PartOf& part,
                                      const ports::RowEdit& edit) {
  std::int64_t changed = 0;
  const Table* parent = Find(schema, part.table);
  const std::size_t first = parent->shape.key.size();
  for (auto& [key, row] : Find(schema, part.table)->rows) {
    if (row.children.size() <= part.child) continue;
    for (Cells& cells : row.children[part.child])
      changed += EditCells(table, first, cells, nullptr, edit) ? 1 : 0;
  }
  return changed;
}

Result<std::map<std::string, bool>> MemoryRowSink::Known(const std::string& schema,
                                                         const Stream& stream,
                                                         const std::vector<std::string>& keys) {
  const std::lock_guard lock(mutex_);
  if (failure) return *failure;
  const Table* table = Find(schema, stream.name);
  if (table == nullptr) return NotAsPlanned();
  std::map<std::string, bool> known;
  for (const std::string& key : keys) {
    const auto row = table->rows.find(key);
    if (row != table->rows.end() && row->second.synced_at)
      known[key] = row->second.deleted_at.has_value();
  }
  return known;
}

Result<std::int64_t> MemoryRowSink::CountIn(const std::string& schema, const Stream& stream,
                                            const core::sync::Window& window) {
  const auto keys = KeysIn(schema, stream, window);
  if (!keys.ok()) return keys.error();
  return static_cast<std::int64_t>(keys->size());
}

Result<std::vector<ports::RowMark>> MemoryRowSink::MarksIn(const std::string& schema,
                                                           const Stream& stream,
                                                           const core::sync::Window& window,
                                                           const std::string& after, int limit) {
  const std::lock_guard lock(mutex_);
  if (failure) return *failure;
  const Table* table = Find(schema, stream.name);
  if (table == nullptr) return NotAsPlanned();
  std::vector<ports::RowMark> marks;
  const auto first = after.empty() ? table->rows.begin() : table->rows.upper_bound(after);
  for (auto each = first; each != table->rows.end(); ++each) {
    const auto& [key, row] = *each;
    if (marks.size() == static_cast<std::size_t>(limit)) break;
    if (row.synced_at && !row.deleted_at && IsInside(stream, row, window))
      marks.push_back({key, *row.synced_at});
  }
  return marks;
}

Result<std::vector<ports::KeptRow>> MemoryRowSink::RowsOf(const std::string& schema,
                                                          const Stream& stream,
                                                          const std::vector<std::string>& keys) {
  const std::lock_guard lock(mutex_);
  if (failure) return *failure;
  const Table* table = Find(schema, stream.name);
  if (table == nullptr) return NotAsPlanned();
  std::vector<ports::KeptRow> rows;
  for (const std::string& key : keys) {
    const auto found = table->rows.find(key);
    if (found == table->rows.end()) continue;
    rows.push_back({key, found->second});
    rows.back().row.raw.clear();
  }
  return rows;
}

void MemoryRowSink::Tamper(const std::string& schema, const std::string& table,
                           const std::string& key, std::optional<StoredRow> row) {
  const std::lock_guard lock(mutex_);
  Table* found = Find(schema, table);
  if (found == nullptr) return;
  if (row)
    found->rows[key] = *std::move(row);
  else
    found->rows.erase(key);
}

Result<ports::SinkViews> MemoryRowSink::MakeViews(
    const std::string& schema, const std::vector<core::sync::AnalyticsView>& views) {
  const std::lock_guard lock(mutex_);
  if (failure) return *failure;
  ports::SinkViews outcome;
  std::map<std::string, bool> refused;
  for (const core::sync::AnalyticsView& view : views) {
    std::string reason;
    if (schemas_[schema].contains(view.name))
      reason = "something of that name is there already, and is not ours";
    for (const std::string& use : view.uses) {
      if (reason.empty() && refused.contains(use))
        reason = "it reads '" + use + "', which is left out itself";
    }
    if (reason.empty()) {
      views_[schema][view.name] = view;
      outcome.made.push_back(view.name);
    } else {
      refused[view.name] = true;
      outcome.left_out.push_back({view.name, reason});
    }
  }
  return outcome;
}

Result<ports::SinkTable> MemoryRowSink::Ask(const std::string&, const ports::SinkQuery& query) {
  const std::lock_guard lock(mutex_);
  if (failure) return *failure;
  asked = query;
  return answer;
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
