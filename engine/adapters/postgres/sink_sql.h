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
/// Takes the two ends of the window where the stream has one (the second is excluded). Gives the
/// key as texts.
std::string KeysInSql(const std::string& schema, const core::sync::Stream& stream);

}  // namespace sb::adapters::postgres
