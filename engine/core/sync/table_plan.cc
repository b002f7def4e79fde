#include "engine/core/sync/table_plan.h"

#include <algorithm>
#include <utility>

#include "engine/core/sync/rows.h"

namespace sb::core::sync {
namespace {

bool IsAmong(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

TableColumn OwnColumn(const Column& column, const std::vector<std::string>& key) {
  return {column.name, column.type, IsAmong(key, column.name), column.comment};
}

void AddSystemColumns(std::vector<TableColumn>& columns) {
  columns.push_back({kRawColumn, ColumnType::kJson, false, "The object as it was last told"});
  columns.push_back({kHashColumn, ColumnType::kText, false, "SHA-256 of it"});
  columns.push_back({kSyncedColumn, ColumnType::kTimestamp, false,
                     "As of when the row is; null: only known because another row refers to it"});
  columns.push_back({kReadColumn, ColumnType::kTimestamp, false,
                     "As of when it was last read whole, rather than told by an event"});
  columns.push_back({kDeletedColumn, ColumnType::kTimestamp, false, "The object is gone since"});
}

const Stream* FindAmong(const std::vector<const Stream*>& streams, const std::string& name) {
  const auto found =
      std::ranges::find_if(streams, [&](const Stream* each) { return each->name == name; });
  return found == streams.end() ? nullptr : *found;
}

/// Relations with streams that are replicated as well. A row whose key mentions another one cannot
/// outlive it.
std::vector<TableReference> ReferencesOf(const std::vector<Relation>& relations,
                                         const std::vector<std::string>& key,
                                         const std::vector<const Stream*>& streams) {
  std::vector<TableReference> references;
  for (const Relation& relation : relations) {
    const Stream* other = FindAmong(streams, relation.stream);
    if (other == nullptr) continue;
    const bool part = IsAmong(key, relation.column);
    references.push_back({{relation.column}, other->name, TableKey(*other), part});
  }
  return references;
}

WantedTable StreamTable(const Stream& stream, const std::vector<const Stream*>& streams) {
  WantedTable table{stream.name, stream.title, {}, TableKey(stream), {}};
  if (stream.key.empty()) {
    table.columns.push_back(
        {kOnlyColumn, ColumnType::kBoolean, /*required=*/true, "There is one row only"});
  }
  for (const Column& column : stream.columns)
    table.columns.push_back(OwnColumn(column, stream.key));
  AddSystemColumns(table.columns);
  table.references = ReferencesOf(stream.relations, stream.key, streams);
  return table;
}

WantedTable PartTable(const Stream& stream, const ChildTable& child,
                      const std::vector<const Stream*>& streams) {
  WantedTable table{child.table, child.title, {}, ParentColumns(stream), {}};
  for (std::size_t i = 0; i < stream.key.size(); ++i) {
    const Column* column = stream.FindColumn(stream.key[i]);
    table.columns.push_back({table.key[i], column == nullptr ? ColumnType::kText : column->type,
                             /*required=*/true, "The row of " + stream.name});
  }
  if (HasPosition(child)) {
    table.columns.push_back(
        {"position", ColumnType::kBigint, /*required=*/true, "Its place in the list, from 1"});
  }
  for (const Column& column : child.columns) table.columns.push_back(OwnColumn(column, child.key));
  table.references = ReferencesOf(child.relations, child.key, streams);
  table.references.push_back({table.key, stream.name, TableKey(stream), /*part=*/true});
  table.key.insert(table.key.end(), child.key.begin(), child.key.end());
  return table;
}

/// Whether a column of the existing type takes all values of the wanted one.
bool Takes(ColumnType existing, ColumnType wanted) {
  return existing == wanted || (existing == ColumnType::kNumeric && wanted == ColumnType::kBigint);
}

void CompareColumns(const WantedTable& wanted, const ExistingTable& existing, TablePlan& plan) {
  for (const TableColumn& column : wanted.columns) {
    const auto there = std::ranges::find_if(
        existing.columns, [&](const ExistingColumn& each) { return each.name == column.name; });
    if (there == existing.columns.end()) {
      plan.add.push_back({wanted.name, column});
    } else if (!there->type || !Takes(*there->type, column.type)) {
      plan.conflicts.push_back(
          {wanted.name, column.name,
           "it is " + there->type_name + " and would have to be " + ToString(column.type)});
    }
  }
  for (const ExistingColumn& column : existing.columns) {
    const bool ours = std::ranges::any_of(
        wanted.columns, [&](const TableColumn& each) { return each.name == column.name; });
    if (!ours && column.must_be_given) {
      plan.conflicts.push_back({wanted.name, column.name,
                                "it takes no null and has no default, and nothing here fills it"});
    }
  }
}

void CompareKeys(const WantedTable& wanted, const ExistingTable& existing, TablePlan& plan) {
  if (existing.key == wanted.key) return;
  std::string needed;
  for (const std::string& column : wanted.key) needed += (needed.empty() ? "" : ", ") + column;
  plan.conflicts.push_back({wanted.name, "", "its primary key would have to be (" + needed + ")"});
}

bool HasReference(const ExistingTable* existing, const TableReference& reference) {
  if (existing == nullptr) return false;
  return std::ranges::any_of(existing->references, [&](const TableReference& each) {
    return each.columns == reference.columns && each.table == reference.table;
  });
}

}  // namespace

std::vector<std::string> ParentColumns(const Stream& stream) {
  std::vector<std::string> columns;
  for (const std::string& column : stream.key) columns.push_back(stream.singular + "_" + column);
  return columns;
}

std::vector<std::string> TableKey(const Stream& stream) {
  return stream.key.empty() ? std::vector<std::string>{kOnlyColumn} : stream.key;
}

std::vector<WantedTable> WantedTables(const std::vector<const Stream*>& streams) {
  std::vector<WantedTable> tables;
  for (const Stream* stream : streams) {
    tables.push_back(StreamTable(*stream, streams));
    for (const ChildTable& child : stream->children)
      tables.push_back(PartTable(*stream, child, streams));
  }
  return tables;
}

std::vector<WantedView> WantedViews(const std::vector<const Stream*>& streams) {
  std::vector<WantedView> views;
  for (const Stream* stream : streams) {
    for (const NamedView& each : stream->views) {
      WantedView view{each.name, stream->name, {}, each.column, each.value, each.comment};
      for (const Column& column : stream->columns) {
        if (column.name != each.column) view.columns.push_back(column.name);
      }
      view.columns.emplace_back(kSyncedColumn);
      views.push_back(std::move(view));
    }
  }
  return views;
}

void PlanViews(const std::vector<WantedView>& wanted, const std::vector<ExistingTable>& existing,
               TablePlan& plan) {
  for (const WantedView& view : wanted) {
    const auto found = std::ranges::find_if(
        existing, [&](const ExistingTable& each) { return each.name == view.name; });
    if (found == existing.end()) {
      plan.views.push_back(view);
      continue;
    }
    // A view has no key, and ours has just these columns.
    const bool ours = found->key.empty() &&
                      std::ranges::equal(found->columns, view.columns, {}, &ExistingColumn::name);
    if (!ours) {
      plan.conflicts.push_back(
          {view.name, "", "something else has the name of a view on " + view.table});
    }
  }
}

TablePlan PlanTables(const std::vector<WantedTable>& wanted,
                     const std::vector<ExistingTable>& existing) {
  TablePlan plan;
  for (const WantedTable& table : wanted) {
    const auto found = std::ranges::find_if(
        existing, [&](const ExistingTable& each) { return each.name == table.name; });
    const ExistingTable* there = found == existing.end() ? nullptr : &*found;
    if (there == nullptr) {
      WantedTable made = table;
      made.references.clear();
      plan.create.push_back(std::move(made));
    } else {
      CompareColumns(table, *there, plan);
      CompareKeys(table, *there, plan);
    }
    for (const TableReference& reference : table.references) {
      if (!HasReference(there, reference)) plan.refer.push_back({table.name, reference});
    }
  }
  return plan;
}

}  // namespace sb::core::sync
