#include "engine/adapters/postgres/sink_sql.h"

#include <algorithm>
#include <cstddef>

#include "engine/core/sync/rows.h"

namespace sb::adapters::postgres {
namespace {

using core::sync::ChildTable;
using core::sync::ColumnType;
using core::sync::Stream;
using core::sync::Teller;

/// "a, b, c" out of what `text` makes of each.
template <typename List, typename Text>
std::string CommaList(const List& list, const Text& text) {
  std::string joined;
  for (const auto& each : list) joined += (joined.empty() ? "" : ", ") + text(each);
  return joined;
}

std::string QuotedNames(const std::vector<std::string>& names) {
  return CommaList(names, QuotedName);
}

std::string NamesOfColumns(const std::vector<SinkColumn>& columns) {
  return CommaList(columns, [](const SinkColumn& each) { return QuotedName(each.name); });
}

std::string ColumnSql(const core::sync::TableColumn& column) {
  return QuotedName(column.name) + " " + SqlTypeOf(column.type) +
         (column.required ? " not null" : "");
}

void AddComment(const std::string& what, const std::string& comment,
                std::vector<std::string>& statements) {
  if (!comment.empty()) statements.push_back("comment on " + what + " is " + QuotedText(comment));
}

std::string ColumnOf(const std::string& schema, const std::string& table,
                     const core::sync::TableColumn& column) {
  return "column " + TableName(schema, table) + "." + QuotedName(column.name);
}

/// "$3::bigint[]"
std::string ArrayParameter(std::size_t number, ColumnType type) {
  return "$" + std::to_string(number) + "::" + SqlTypeOf(type) + "[]";
}

/// "unnest($1::bigint[], $2::text[]) as u(c0, c1)"
std::string Unnested(const std::vector<SinkColumn>& columns) {
  std::string parameters;
  std::string names;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string comma = i == 0 ? "" : ", ";
    parameters += comma + ArrayParameter(i + 1, columns[i].type);
    names += comma + "c" + std::to_string(i);
  }
  return "unnest(" + parameters + ") as u(" + names + ")";
}

/// "u.c0, u.c1"
std::string UnnestedNames(std::size_t count) {
  std::string names;
  for (std::size_t i = 0; i < count; ++i) names += (i == 0 ? "u.c" : ", u.c") + std::to_string(i);
  return names;
}

/// "t.id::text as k0, ..."
std::string KeyTexts(const Stream& stream) {
  std::string texts;
  const auto key = KeyColumns(stream);
  for (std::size_t i = 0; i < key.size(); ++i) {
    texts += (i == 0 ? "t." : ", t.") + QuotedName(key[i].name) + "::text as k" + std::to_string(i);
  }
  return texts;
}

std::string Equal(const std::string& table, const std::vector<SinkColumn>& columns) {
  std::string terms;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    terms += (i == 0 ? "" : " and ") + table + "." + QuotedName(columns[i].name) + " = u.c" +
             std::to_string(i);
  }
  return terms;
}

// When a telling stands against what is stored (core::sync::MergeRow).
constexpr const char* kIsNewest =
    "(t._synced_at is null or (excluded._synced_at, excluded._hash collate \"C\") > "
    "(t._synced_at, t._hash collate \"C\"))";
constexpr const char* kIsNewestRead = "(t._read_at is null or excluded._read_at > t._read_at)";

/// "name = case when <condition> then excluded.name else t.name end"
std::string TakenWhen(const std::string& condition, const std::string& column) {
  const std::string name = QuotedName(column);
  return name + " = case when " + condition + " then excluded." + name + " else t." + name + " end";
}

std::string Assignments(const Stream& stream, Teller by) {
  const bool read = by == Teller::kRead;
  std::string list;
  const auto add = [&](const std::string& assignment) {
    list += (list.empty() ? "" : ", ") + assignment;
  };
  for (const core::sync::Column& column : stream.columns) {
    if (std::ranges::find(stream.key, column.name) != stream.key.end()) continue;
    if (column.in_events || read)
      add(TakenWhen(column.in_events ? kIsNewest : kIsNewestRead, column.name));
  }
  for (const char* column : {"raw", "_hash", "_synced_at"}) add(TakenWhen(kIsNewest, column));
  if (read) add(TakenWhen(kIsNewestRead, "_read_at"));
  add(std::string("_deleted_at = case when ") + kIsNewest +
      " and t._deleted_at < excluded._synced_at then null else t._deleted_at end");
  return list;
}

/// What is inserted of each array; an event does not tell what events lack.
std::string InsertedValues(const Stream& stream, Teller by) {
  std::string values;
  for (std::size_t i = 0; i < stream.columns.size(); ++i) {
    const core::sync::Column& column = stream.columns[i];
    const bool told = column.in_events || by == Teller::kRead;
    values += told ? "u.c" + std::to_string(i) : std::string("null::") + SqlTypeOf(column.type);
    values += ", ";
  }
  const std::size_t at = stream.columns.size() + 2;
  values += "u.c" + std::to_string(at - 2) + ", u.c" + std::to_string(at - 1) + ", u.c" +
            std::to_string(at) + ", ";
  values += by == Teller::kRead ? "u.c" + std::to_string(at) : "null::timestamptz";
  return values + (stream.key.empty() ? ", true" : "");
}

/// A column as text that every destination's rows have in common: instants in UTC.
std::string ColumnText(const SinkColumn& column) {
  const std::string name = "t." + QuotedName(column.name);
  if (column.type != ColumnType::kTimestamp) return name + "::text";
  return "to_char(" + name + " at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";
}

/// ", t.name::text as c0, ..."
std::string ColumnTexts(const std::vector<SinkColumn>& columns) {
  std::string texts;
  for (std::size_t i = 0; i < columns.size(); ++i)
    texts += ", " + ColumnText(columns[i]) + " as c" + std::to_string(i);
  return texts;
}

/// Rows that were told of and are not deleted, in the window where the stream has one.
std::string InWindow(const std::string& schema, const Stream& stream) {
  std::string sql = " from " + TableName(schema, stream.name) +
                    " as t where t._deleted_at is null and t._synced_at is not null";
  if (const core::sync::Column* column = stream.WindowColumn()) {
    const std::string name = "t." + QuotedName(column->name);
    sql += " and " + name + " >= $1 and " + name + " < $2";
  }
  return sql;
}

std::vector<SinkColumn> ColumnsOf(const Stream& stream) {
  std::vector<SinkColumn> columns;
  for (const core::sync::Column& column : stream.columns)
    columns.push_back({column.name, column.type});
  return columns;
}

/// The columns of the key, and the instants.
std::vector<SinkColumn> KeysAndInstants(const Stream& stream) {
  std::vector<SinkColumn> columns = KeyColumns(stream);
  columns.push_back({"", ColumnType::kTimestamp});
  return columns;
}

}  // namespace

std::string QuotedName(const std::string& name) {
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string QuotedText(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted += '\'';
    quoted += c;
  }
  return quoted + "'";
}

std::string TableName(const std::string& schema, const std::string& table) {
  return QuotedName(schema) + "." + QuotedName(table);
}

const char* SqlTypeOf(ColumnType type) {
  switch (type) {
    case ColumnType::kText:
      return "text";
    case ColumnType::kBigint:
      return "bigint";
    case ColumnType::kNumeric:
      return "numeric";
    case ColumnType::kBoolean:
      return "boolean";
    case ColumnType::kTimestamp:
      return "timestamptz";
    case ColumnType::kJson:
      return "jsonb";
  }
  return "text";
}

std::vector<SinkColumn> KeyColumns(const Stream& stream) {
  if (stream.key.empty()) return {{core::sync::kOnlyColumn, ColumnType::kBoolean}};
  std::vector<SinkColumn> columns;
  for (const std::string& name : stream.key) {
    const core::sync::Column* column = stream.FindColumn(name);
    columns.push_back({name, column == nullptr ? ColumnType::kText : column->type});
  }
  return columns;
}

std::vector<SinkColumn> PartColumns(const Stream& stream, const ChildTable& child) {
  std::vector<SinkColumn> columns = KeyColumns(stream);
  const std::vector<std::string> names = core::sync::ParentColumns(stream);
  for (std::size_t i = 0; i < names.size(); ++i) columns[i].name = names[i];
  if (core::sync::HasPosition(child)) columns.push_back({"position", ColumnType::kBigint});
  for (const core::sync::Column& column : child.columns)
    columns.push_back({column.name, column.type});
  return columns;
}

std::vector<std::string> CreateTableSql(const std::string& schema,
                                        const core::sync::WantedTable& table) {
  const std::string name = TableName(schema, table.name);
  std::vector<std::string> statements = {"create table " + name + " (" +
                                         CommaList(table.columns, ColumnSql) + ", primary key (" +
                                         QuotedNames(table.key) + "))"};
  AddComment("table " + name, table.comment, statements);
  for (const auto& column : table.columns)
    AddComment(ColumnOf(schema, table.name, column), column.comment, statements);
  return statements;
}

std::vector<std::string> AddColumnSql(const std::string& schema,
                                      const core::sync::AddedColumn& added) {
  std::vector<std::string> statements = {"alter table " + TableName(schema, added.table) +
                                         " add column " + ColumnSql(added.column)};
  AddComment(ColumnOf(schema, added.table, added.column), added.column.comment, statements);
  return statements;
}

std::vector<std::string> CreateViewSql(const std::string& schema,
                                       const core::sync::WantedView& view) {
  const std::string name = TableName(schema, view.name);
  std::vector<std::string> statements = {"create view " + name + " as select " +
                                         QuotedNames(view.columns) + " from " +
                                         TableName(schema, view.table) + " where " +
                                         QuotedName(view.column) + " = " + QuotedText(view.value)};
  AddComment("view " + name, view.comment, statements);
  return statements;
}

std::string FillReferenceSql(const std::string& schema, const core::sync::AddedReference& added) {
  const auto& reference = added.reference;
  const std::string columns = QuotedNames(reference.columns);
  const std::string all_there = CommaList(reference.columns, [](const std::string& column) {
    return "num_nonnulls(" + QuotedName(column) + ")";
  });
  return "insert into " + TableName(schema, reference.table) + " (" + QuotedNames(reference.key) +
         ") select distinct " + columns + " from " + TableName(schema, added.table) +
         " where least(" + all_there + ") = 1 on conflict do nothing";
}

std::string AddReferenceSql(const std::string& schema, const core::sync::AddedReference& added) {
  const auto& reference = added.reference;
  return "alter table " + TableName(schema, added.table) + " add foreign key (" +
         QuotedNames(reference.columns) + ") references " + TableName(schema, reference.table) +
         " (" + QuotedNames(reference.key) + ") on delete " +
         (reference.part ? "cascade" : "set null");
}

std::string StubsSql(const std::string& schema, const std::string& table, const SinkColumn& key) {
  return "insert into " + TableName(schema, table) + " (" + QuotedName(key.name) +
         ") select distinct u.c0 from " + Unnested({key}) +
         " where u.c0 is not null order by 1 on conflict do nothing";
}

std::string UpsertSql(const std::string& schema, const Stream& stream, Teller by) {
  std::vector<SinkColumn> columns = ColumnsOf(stream);
  columns.push_back({"raw", ColumnType::kJson});
  columns.push_back({"_hash", ColumnType::kText});
  columns.push_back({"_synced_at", ColumnType::kTimestamp});
  std::string names = NamesOfColumns(columns) + ", _read_at";
  if (stream.key.empty()) names += std::string(", ") + core::sync::kOnlyColumn;
  const std::string newer = by == Teller::kRead ? std::string(kIsNewest) + " or " + kIsNewestRead
                                                : std::string(kIsNewest);
  return "insert into " + TableName(schema, stream.name) + " as t (" + names + ") select " +
         InsertedValues(stream, by) + " from " + Unnested(columns) + " on conflict (" +
         NamesOfColumns(KeyColumns(stream)) + ") do update set " + Assignments(stream, by) +
         " where " + newer + " returning " + KeyTexts(stream) +
         ", t._hash, t._synced_at, t._read_at";
}

std::string ClearPartsSql(const std::string& schema, const Stream& stream,
                          const ChildTable& child) {
  std::vector<SinkColumn> parents = KeyColumns(stream);
  const std::vector<std::string> names = core::sync::ParentColumns(stream);
  for (std::size_t i = 0; i < names.size(); ++i) parents[i].name = names[i];
  return "delete from " + TableName(schema, child.table) + " as t using " + Unnested(parents) +
         " where " + Equal("t", parents);
}

std::string InsertPartsSql(const std::string& schema, const Stream& stream,
                           const ChildTable& child) {
  const auto columns = PartColumns(stream, child);
  return "insert into " + TableName(schema, child.table) + " (" + NamesOfColumns(columns) +
         ") select " + UnnestedNames(columns.size()) + " from " + Unnested(columns);
}

std::string MarkGoneSql(const std::string& schema, const Stream& stream) {
  const auto key = KeyColumns(stream);
  return "insert into " + TableName(schema, stream.name) + " as t (" + NamesOfColumns(key) +
         ", _deleted_at) select " + UnnestedNames(key.size() + 1) + " from " +
         Unnested(KeysAndInstants(stream)) + " on conflict (" + NamesOfColumns(key) +
         ") do update set _deleted_at = greatest(t._deleted_at, excluded._deleted_at)"
         " where t._synced_at is null or t._synced_at <= excluded._deleted_at";
}

std::string RemoveGoneSql(const std::string& schema, const Stream& stream) {
  const auto key = KeyColumns(stream);
  return "delete from " + TableName(schema, stream.name) + " as t using " +
         Unnested(KeysAndInstants(stream)) + " where " + Equal("t", key) +
         " and (t._synced_at is null or t._synced_at <= u.c" + std::to_string(key.size()) + ")";
}

std::vector<SinkColumn> KeyColumnsOf(const core::sync::WantedTable& table) {
  std::vector<SinkColumn> key;
  for (const std::string& name : table.key) {
    for (const core::sync::TableColumn& column : table.columns) {
      if (column.name == name) key.push_back({name, column.type});
    }
  }
  return key;
}

std::vector<SinkColumn> EditableColumns(const core::sync::WantedTable& table) {
  std::vector<SinkColumn> columns;
  for (const core::sync::TableColumn& column : table.columns) {
    const bool holds = column.type == ColumnType::kText || column.type == ColumnType::kJson;
    const bool in_key = std::ranges::find(table.key, column.name) != table.key.end();
    if (holds && !in_key && column.name != core::sync::kHashColumn)
      columns.push_back({column.name, column.type});
  }
  return columns;
}

std::string WalkSql(const std::string& schema, const core::sync::WantedTable& table, bool behind) {
  const auto key = KeyColumnsOf(table);
  const auto columns = EditableColumns(table);
  std::string selected;
  std::string parameters;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const std::string comma = i == 0 ? "" : ", ";
    selected += comma + QuotedName(key[i].name) + "::text as k" + std::to_string(i);
    parameters += comma + "$" + std::to_string(i + 1) + "::text::" + SqlTypeOf(key[i].type);
  }
  for (std::size_t i = 0; i < columns.size(); ++i)
    selected += ", " + QuotedName(columns[i].name) + "::text as v" + std::to_string(i);
  const std::string names = NamesOfColumns(key);
  const std::string limit = "$" + std::to_string(behind ? key.size() + 1 : 1);
  return "select " + selected + " from " + TableName(schema, table.name) +
         (behind ? " where (" + names + ") > (" + parameters + ")" : "") + " order by " + names +
         " limit " + limit + "::bigint for update";
}

std::string RewriteSql(const std::string& schema, const core::sync::WantedTable& table) {
  const auto key = KeyColumnsOf(table);
  const auto columns = EditableColumns(table);
  std::vector<SinkColumn> all = key;
  all.insert(all.end(), columns.begin(), columns.end());
  std::string set;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    set += (i == 0 ? "" : ", ") + QuotedName(columns[i].name) + " = u.c" +
           std::to_string(key.size() + i);
  }
  return "update " + TableName(schema, table.name) + " as t set " + set + " from " + Unnested(all) +
         " where " + Equal("t", key);
}

std::string KeysInSql(const std::string& schema, const Stream& stream) {
  return "select " + KeyTexts(stream) + InWindow(schema, stream);
}

std::string CountInSql(const std::string& schema, const Stream& stream) {
  return "select count(*) as count" + InWindow(schema, stream);
}

std::string MarksInSql(const std::string& schema, const Stream& stream, bool after) {
  const auto key = KeyColumns(stream);
  const auto order =
      CommaList(key, [](const SinkColumn& column) { return "t." + QuotedName(column.name); });
  std::size_t parameter = stream.WindowColumn() == nullptr ? 1 : 3;
  std::string sql = "select " + KeyTexts(stream) + ", t._synced_at" + InWindow(schema, stream);
  if (after) {
    sql += " and (" + order + ") > (" +
           CommaList(key,
                     [&](const SinkColumn& column) {
                       return "$" + std::to_string(parameter++) + "::" + SqlTypeOf(column.type);
                     }) +
           ")";
  }
  return sql + " order by " + order + " limit $" + std::to_string(parameter) + "::int";
}

std::string RowsOfSql(const std::string& schema, const Stream& stream) {
  const auto key = KeyColumns(stream);
  return "select " + KeyTexts(stream) + ColumnTexts(ColumnsOf(stream)) +
         ", t._hash, t._synced_at, t._read_at, t._deleted_at from " +
         TableName(schema, stream.name) + " as t join " + Unnested(key) + " on " + Equal("t", key);
}

std::string PartsOfSql(const std::string& schema, const Stream& stream, const ChildTable& child) {
  const auto columns = PartColumns(stream, child);
  const auto own = columns.begin() + static_cast<std::ptrdiff_t>(KeyColumns(stream).size());
  const std::vector<SinkColumn> parents(columns.begin(), own);
  std::string keys;
  for (std::size_t i = 0; i < parents.size(); ++i) {
    keys +=
        (i == 0 ? "t." : ", t.") + QuotedName(parents[i].name) + "::text as k" + std::to_string(i);
  }
  return "select " + keys + ColumnTexts(std::vector<SinkColumn>(own, columns.end())) + " from " +
         TableName(schema, child.table) + " as t join " + Unnested(parents) + " on " +
         Equal("t", parents);
}

std::string KnownSql(const std::string& schema, const Stream& stream) {
  const auto key = KeyColumns(stream);
  return "select " + KeyTexts(stream) + ", t._deleted_at is not null as gone from " +
         TableName(schema, stream.name) + " as t join " + Unnested(key) + " on " + Equal("t", key) +
         " where t._synced_at is not null";
}

}  // namespace sb::adapters::postgres
