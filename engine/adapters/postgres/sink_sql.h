#pragma once

#include <string>
#include <vector>

#include "engine/core/sync/row_merge.h"
#include "engine/core/sync/streams.h"
#include "engine/core/sync/table_plan.h"

// The statements of PostgresRowSink, whose tables are known at run time only. Every name in them is
// quoted; values are parameters.
namespace sb::adapters::postgres {

/// "name", with quotes inside doubled.
std::string QuotedName(const std::string& name);
/// A text as an SQL literal; only our own texts and those of connectors come here.
std::string QuotedText(const std::string& text);
/// "schema"."table"
std::string TableName(const std::string& schema, const std::string& table);
const char* SqlTypeOf(core::sync::ColumnType type);

/// A column as parameters and select lists need it.
struct SinkColumn {
  std::string name;
  core::sync::ColumnType type = core::sync::ColumnType::kText;
};

/// The columns of the stream's key, or the only one of a stream without.
std::vector<SinkColumn> KeyColumns(const core::sync::Stream& stream);
/// Those of a child table, in the order in which a row of it is given: those of the parent's key,
/// the position where there is one, its own.
std::vector<SinkColumn> PartColumns(const core::sync::Stream& stream,
                                    const core::sync::ChildTable& child);

// Each of several statements by itself, one after the other.
std::vector<std::string> CreateTableSql(const std::string& schema,
                                        const core::sync::WantedTable& table);
std::vector<std::string> AddColumnSql(const std::string& schema,
                                      const core::sync::AddedColumn& added);
std::vector<std::string> CreateViewSql(const std::string& schema,
                                       const core::sync::WantedView& view);
/// Puts in what a foreign key would miss, with its key alone.
std::string FillReferenceSql(const std::string& schema, const core::sync::AddedReference& added);
std::string AddReferenceSql(const std::string& schema, const core::sync::AddedReference& added);

/// Takes an array of keys of one column: puts in those that are not there.
std::string StubsSql(const std::string& schema, const std::string& table, const SinkColumn& key);
/// Takes an array for each column of the stream, then raw, _hash and the instants. Gives the key as
/// texts (k0, k1, ...), _hash, _synced_at and _read_at of rows that were written.
std::string UpsertSql(const std::string& schema, const core::sync::Stream& stream,
                      core::sync::Teller by);
/// Takes an array for each column of the parent's key: removes their parts.
std::string ClearPartsSql(const std::string& schema, const core::sync::Stream& stream,
                          const core::sync::ChildTable& child);
/// Takes an array for each of PartColumns.
std::string InsertPartsSql(const std::string& schema, const core::sync::Stream& stream,
                           const core::sync::ChildTable& child);
/// Takes an array for each column of the key, then the instants.
std::string MarkGoneSql(const std::string& schema, const core::sync::Stream& stream);
std::string RemoveGoneSql(const std::string& schema, const core::sync::Stream& stream);
/// The columns of a table's key, and those of its others that hold texts or JSON.
std::vector<SinkColumn> KeyColumnsOf(const core::sync::WantedTable& table);
std::vector<SinkColumn> EditableColumns(const core::sync::WantedTable& table);
/// Takes the key behind which it begins where `behind` is set, then the limit. Gives the key as
/// texts and the editable columns as v0, v1, ...; the rows are locked.
std::string WalkSql(const std::string& schema, const core::sync::WantedTable& table, bool behind);
/// Takes an array for each column of the key, then for each editable one.
std::string RewriteSql(const std::string& schema, const core::sync::WantedTable& table);
/// Takes the two ends of the window where the stream has one (the second is excluded). Gives the
/// key as texts.
std::string KeysInSql(const std::string& schema, const core::sync::Stream& stream);
/// Takes an array for each column of the key. Gives the key as texts, and `gone`, of rows that were
/// told of.
std::string KnownSql(const std::string& schema, const core::sync::Stream& stream);
/// Takes the same. Gives `count`.
std::string CountInSql(const std::string& schema, const core::sync::Stream& stream);
/// Takes the same, then the cells of the key after which it goes on, where `after` is set, then the
/// limit. Gives the key as texts and _synced_at, by key.
std::string MarksInSql(const std::string& schema, const core::sync::Stream& stream, bool after);
/// Takes an array for each column of the key. Gives the key as texts, the columns as texts (c0, c1,
/// ...), _hash and the instants.
std::string RowsOfSql(const std::string& schema, const core::sync::Stream& stream);
/// Takes the same. Gives the parent's key as texts (k0, ...) and the child's own columns as texts
/// (c0, ...), in the order in which a MappedRow has them.
std::string PartsOfSql(const std::string& schema, const core::sync::Stream& stream,
                       const core::sync::ChildTable& child);

}  // namespace sb::adapters::postgres
