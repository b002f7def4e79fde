#include "engine/adapters/postgres/postgres_row_sink.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include <nlohmann/json.hpp>
#include <pqxx/result>

#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/postgres_sync_store.h"
#include "engine/adapters/postgres/rows.h"
#include "engine/adapters/postgres/sink_sql.h"

namespace sb::adapters::postgres {
namespace {

using core::sync::Cell;
using core::sync::Cells;
using core::sync::ChildTable;
using core::sync::ColumnType;
using core::sync::ExistingTable;
using core::sync::Stream;
using core::sync::Teller;
using ports::SinkBatch;
using ports::SinkRow;

constexpr Statement kSinkColumns = {"sink.columns", R"sql(
  select c.relname as table_name, a.attname as column_name,
         format_type(a.atttypid, a.atttypmod) as type_name,
         a.attnotnull and not a.atthasdef and a.attidentity = '' as must_be_given
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
   where n.nspname = $1 and c.relname = any($2::text[]) and c.relkind in ('r', 'p', 'v', 'm', 'f')
   order by c.relname, a.attnum)sql",
                                    Planning::kEachTime};

constexpr Statement kSinkKeys = {"sink.keys", R"sql(
  select c.relname as table_name, a.attname as column_name
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_index i on i.indrelid = c.oid and i.indisprimary
    join unnest(i.indkey::int2[]) with ordinality as k(attnum, place) on true
    join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
   where n.nspname = $1 and c.relname = any($2::text[])
   order by c.relname, k.place)sql",
                                 Planning::kEachTime};

constexpr Statement kSinkReferences = {"sink.references", R"sql(
  select c.relname as table_name, o.oid::text as constraint_id, f.relname as other_table,
         a.attname as column_name
    from pg_constraint o
    join pg_class c on c.oid = o.conrelid
    join pg_namespace n on n.oid = c.relnamespace
    join pg_class f on f.oid = o.confrelid
    join unnest(o.conkey) with ordinality as k(attnum, place) on true
    join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
   where o.contype = 'f' and n.nspname = $1 and c.relname = any($2::text[])
     and f.relnamespace = c.relnamespace
   order by o.oid, k.place)sql",
                                       Planning::kEachTime};

constexpr Statement kSinkTurn = {
    "sink.turn", "select pg_advisory_xact_lock(hashtextextended($1, 0))", Planning::kEachTime};

// ---- Failures ----

/// The checkpoint in the transaction of its rows.
Status StoreCheckpoint(Transaction& transaction, const SinkBatch& batch,
                       ports::SinkCounts& counts) {
  if (!batch.checkpoint) return {};
  const auto step =
      SaveSyncStream(*batch.checkpoint, [&](const Statement& statement, const Params& params) {
        return transaction.Run(statement, params);
      });
  if (!step.ok()) return step.error();
  counts.step = *step;
  return {};
}

/// What a refusal means where the tables are not ours alone.
Error SinkError(const Error& error, const std::string& sqlstate) {
  if (sqlstate == "42501") {
    return Forbidden("SYNC_DESTINATION_FORBIDDEN",
                     "the database user may not do this in the destination; it must be able to "
                     "create the schema, or own it");
  }
  if (sqlstate.starts_with("53")) {
    return Unavailable("SYNC_DESTINATION_FULL",
                       "the destination has no room or no connections left; it is tried again");
  }
  // A schema, a table, a column, a type or a key that is not there, or is there already.
  if (sqlstate.starts_with("42") || sqlstate.starts_with("3F") || sqlstate.starts_with("22") ||
      sqlstate.starts_with("23")) {
    return Conflict("SYNC_TABLES_CHANGED", "the tables are not as they were planned (" +
                                               error.message + "); plan and deploy the sync again");
  }
  return error;
}

/// The statements of one transaction, told apart by a purpose in errors.
class SinkWork {
 public:
  explicit SinkWork(Transaction& transaction) : transaction_(transaction) {}

  Result<pqxx::result> Run(const char* name, const std::string& sql, const Params& params) {
    auto rows = transaction_.Run({name, sql.c_str(), Planning::kEachTime}, params);
    if (!rows.ok()) return SinkError(rows.error(), transaction_.sqlstate());
    return rows;
  }

  Status Do(const char* name, const std::string& sql, const Params& params) {
    const auto rows = Run(name, sql, params);
    return rows.ok() ? Status() : Status(rows.error());
  }

  /// Waits until nobody else writes to the schema.
  Status TakeTurn(const std::string& schema) {
    return Do(kSinkTurn.name, kSinkTurn.text, Params().Text("switchboard sink " + schema));
  }

 private:
  Transaction& transaction_;
};

// ---- What is there ----

std::optional<ColumnType> TypeNamed(const std::string& name) {
  static const std::map<std::string, ColumnType> kTypes = {
      {"text", ColumnType::kText},       {"character varying", ColumnType::kText},
      {"bigint", ColumnType::kBigint},   {"numeric", ColumnType::kNumeric},
      {"boolean", ColumnType::kBoolean}, {"timestamp with time zone", ColumnType::kTimestamp},
      {"jsonb", ColumnType::kJson}};
  const auto found = kTypes.find(name);
  return found == kTypes.end() ? std::nullopt : std::optional(found->second);
}

void ReadColumns(const pqxx::result& rows, std::map<std::string, ExistingTable>& tables) {
  for (const pqxx::row& row : rows) {
    const std::string name = TextOf(row, "table_name");
    ExistingTable& table = tables[name];
    table.name = name;
    const std::string type = TextOf(row, "type_name");
    table.columns.push_back(
        {TextOf(row, "column_name"), TypeNamed(type), type, FlagOf(row, "must_be_given")});
  }
}

void ReadReferences(const pqxx::result& rows, std::map<std::string, ExistingTable>& tables) {
  std::string constraint;
  for (const pqxx::row& row : rows) {
    ExistingTable& table = tables[TextOf(row, "table_name")];
    if (TextOf(row, "constraint_id") != constraint)
      table.references.push_back({{}, TextOf(row, "other_table"), {}, false});
    constraint = TextOf(row, "constraint_id");
    table.references.back().columns.push_back(TextOf(row, "column_name"));
  }
}

// ---- What is written ----

void AddCell(ArrayText& array, const Cell& cell) {
  if (cell)
    array.AddText(*cell);
  else
    array.AddNull();
}

/// Rows as an array for each column.
Params Columnar(const std::vector<Cells>& rows, std::size_t columns) {
  Params params;
  for (std::size_t column = 0; column < columns; ++column) {
    ArrayText array;
    for (const Cells& row : rows) AddCell(array, row[column]);
    params.Array(array);
  }
  return params;
}

Cells KeyCells(const Stream& stream, const Cells& cells) {
  Cells key;
  for (const std::string& name : stream.key) {
    for (std::size_t i = 0; i < stream.columns.size(); ++i) {
      if (stream.columns[i].name == name) key.push_back(cells[i]);
    }
  }
  return key;
}

/// Of an object that is there twice, the newest telling.
std::map<Cells, const SinkRow*> NewestOfEach(const Stream& stream, const SinkBatch& batch) {
  std::map<Cells, const SinkRow*> newest;
  for (const SinkRow& each : batch.rows) {
    const SinkRow*& known = newest[KeyCells(stream, each.row.cells)];
    const bool newer =
        known == nullptr || std::tie(each.at, each.row.hash) > std::tie(known->at, known->row.hash);
    if (newer) known = &each;
  }
  return newest;
}

/// A key as the database gives it back.
Cells ReturnedKey(const Stream& stream, const pqxx::row& row) {
  Cells key;
  for (std::size_t i = 0; i < stream.key.size(); ++i)
    key.emplace_back(TextOf(row, ("k" + std::to_string(i)).c_str()));
  return key;
}

/// Which rows stand now as this batch told them.
struct Winners {
  std::vector<const SinkRow*> told;  ///< What events carry as well.
  std::vector<const SinkRow*> read;  ///< What only reads tell.
};

Winners WinnersOf(const Stream& stream, const pqxx::result& rows,
                  const std::map<Cells, const SinkRow*>& sent) {
  Winners winners;
  for (const pqxx::row& row : rows) {
    const auto found = sent.find(ReturnedKey(stream, row));
    if (found == sent.end()) continue;
    const SinkRow& each = *found->second;
    if (TextOf(row, "_hash") == each.row.hash && OptionalTimeOf(row, "_synced_at") == each.at)
      winners.told.push_back(&each);
    if (OptionalTimeOf(row, "_read_at") == each.at) winners.read.push_back(&each);
  }
  return winners;
}

/// The values by which rows refer to those of other tables.
class Mentions {
 public:
  Mentions(const Stream& stream, const SinkBatch& batch) {
    for (const SinkRow& each : batch.rows) {
      Add(stream.relations, stream.columns, 0, each.row.cells, batch);
      for (std::size_t i = 0; i < stream.children.size(); ++i) {
        const ChildTable& child = stream.children[i];
        const std::size_t before = core::sync::HasPosition(child) ? 1 : 0;
        for (const Cells& part : each.row.children[i])
          Add(child.relations, child.columns, before, part, batch);
      }
    }
  }

  /// By the stream that is mentioned.
  const std::map<std::string, std::set<std::string>>& all() const { return mentions_; }

 private:
  void Add(const std::vector<core::sync::Relation>& relations,
           const std::vector<core::sync::Column>& columns, std::size_t before, const Cells& cells,
           const SinkBatch& batch) {
    for (const core::sync::Relation& relation : relations) {
      if (!batch.beside.contains(relation.stream)) continue;
      for (std::size_t i = 0; i < columns.size(); ++i) {
        const Cell& cell = cells[before + i];
        if (columns[i].name == relation.column && cell) mentions_[relation.stream].insert(*cell);
      }
    }
  }

  std::map<std::string, std::set<std::string>> mentions_;
};

/// The name and type of the one column of a mentioned stream's key: that of the column that
/// mentions it, which the connector gives the same type.
SinkColumn KeyOfMentioned(const Stream& stream, const std::string& mentioned,
                          const std::map<std::string, std::string>& keys) {
  SinkColumn key{keys.at(mentioned), ColumnType::kText};
  const auto look = [&](const auto& relations, const auto& columns) {
    for (const core::sync::Relation& relation : relations) {
      for (const core::sync::Column& column : columns) {
        if (relation.stream == mentioned && column.name == relation.column) key.type = column.type;
      }
    }
  };
  look(stream.relations, stream.columns);
  for (const ChildTable& child : stream.children) look(child.relations, child.columns);
  return key;
}

/// The primary keys of tables, which foreign keys lead to.
Result<std::map<std::string, std::string>> KeysOfTables(
    SinkWork& work, const std::string& schema,
    const std::map<std::string, std::set<std::string>>& mentions) {
  ArrayText tables;
  for (const auto& [table, values] : mentions) tables.AddText(table);
  const auto rows = work.Run(kSinkKeys.name, kSinkKeys.text, Params().Text(schema).Array(tables));
  if (!rows.ok()) return rows.error();
  std::map<std::string, std::string> keys;
  for (const pqxx::row& row : *rows) keys[TextOf(row, "table_name")] = TextOf(row, "column_name");
  return keys;
}

Status PutInStubs(SinkWork& work, const std::string& schema, const Stream& stream,
                  const SinkBatch& batch) {
  const Mentions mentions(stream, batch);
  if (mentions.all().empty()) return {};
  const auto keys = KeysOfTables(work, schema, mentions.all());
  if (!keys.ok()) return keys.error();
  for (const auto& [other, values] : mentions.all()) {
    if (!keys->contains(other)) continue;  // the upsert says what is wrong
    ArrayText array;
    for (const std::string& value : values) array.AddText(value);
    const SinkColumn key = KeyOfMentioned(stream, other, *keys);
    Status done = work.Do("sink.stubs", StubsSql(schema, other, key), Params().Array(array));
    if (!done.ok()) return done;
  }
  return {};
}

Result<pqxx::result> Upsert(SinkWork& work, const std::string& schema, const Stream& stream,
                            Teller by, const std::map<Cells, const SinkRow*>& rows) {
  std::vector<Cells> cells;
  ArrayText raws;
  ArrayText hashes;
  ArrayText instants;
  for (const auto& [key, each] : rows) {
    cells.push_back(each->row.cells);
    raws.AddText(each->row.raw);
    hashes.AddText(each->row.hash);
    instants.AddTime(each->at);
  }
  Params params = Columnar(cells, stream.columns.size());
  params.Array(raws).Array(hashes).Array(instants);
  return work.Run("sink.upsert", UpsertSql(schema, stream, by), params);
}

/// The parts of these rows in the place of those that they had.
Status ReplaceParts(SinkWork& work, const std::string& schema, const Stream& stream,
                    std::size_t child_index, const std::vector<const SinkRow*>& winners) {
  if (winners.empty()) return {};
  const ChildTable& child = stream.children[child_index];
  std::vector<Cells> parents;
  std::vector<Cells> parts;
  for (const SinkRow* each : winners) {
    parents.push_back(KeyCells(stream, each->row.cells));
    for (const Cells& part : each->row.children[child_index]) {
      Cells whole = parents.back();
      whole.insert(whole.end(), part.begin(), part.end());
      parts.push_back(std::move(whole));
    }
  }
  Status done = work.Do("sink.clear_parts", ClearPartsSql(schema, stream, child),
                        Columnar(parents, stream.key.size()));
  if (!done.ok() || parts.empty()) return done;
  return work.Do("sink.insert_parts", InsertPartsSql(schema, stream, child),
                 Columnar(parts, PartColumns(stream, child).size()));
}

Status MergeRows(SinkWork& work, const std::string& schema, const Stream& stream,
                 const SinkBatch& batch, ports::SinkCounts& counts) {
  if (batch.rows.empty()) return {};
  if (Status stubs = PutInStubs(work, schema, stream, batch); !stubs.ok()) return stubs;
  const auto sent = NewestOfEach(stream, batch);
  const auto written = Upsert(work, schema, stream, batch.by, sent);
  if (!written.ok()) return written.error();
  counts.written = static_cast<std::int64_t>(written->size());
  counts.unchanged = static_cast<std::int64_t>(sent.size()) - counts.written;
  const Winners winners = WinnersOf(stream, *written, sent);
  for (std::size_t i = 0; i < stream.children.size(); ++i) {
    const auto& whose = stream.children[i].in_events ? winners.told : winners.read;
    if (Status parts = ReplaceParts(work, schema, stream, i, whose); !parts.ok()) return parts;
  }
  return {};
}

Status MergeGone(SinkWork& work, const std::string& schema, const Stream& stream,
                 const SinkBatch& batch) {
  const bool keep = batch.deletes == core::sync::DeletePolicy::kKeep;
  if (batch.gone.empty() || stream.key.empty() || keep) return {};
  std::map<Cells, WallTime> latest;
  for (const ports::SinkDeletion& each : batch.gone) {
    WallTime& at = latest.try_emplace(KeyCells(stream, each.key), each.at).first->second;
    at = std::max(at, each.at);
  }
  std::vector<Cells> keys;
  ArrayText instants;
  for (const auto& [key, at] : latest) {
    keys.push_back(key);
    instants.AddTime(at);
  }
  Params params = Columnar(keys, stream.key.size());
  params.Array(instants);
  const bool remove = batch.deletes == core::sync::DeletePolicy::kRemove;
  return work.Do("sink.gone", remove ? RemoveGoneSql(schema, stream) : MarkGoneSql(schema, stream),
                 params);
}

/// Whoever owns the schema needs no right to make one.
Status MakeSchema(SinkWork& work, const std::string& schema) {
  const auto there = work.Run("sink.schema", "select 1 from pg_namespace where nspname = $1",
                              Params().Text(schema));
  if (!there.ok()) return there.error();
  if (!there->empty()) return {};
  return work.Do("sink.schema", "create schema " + QuotedName(schema), Params());
}

std::vector<std::string> StatementsOf(const std::string& schema,
                                      const core::sync::TablePlan& plan) {
  std::vector<std::string> statements;
  const auto add = [&](const std::vector<std::string>& more) {
    statements.insert(statements.end(), more.begin(), more.end());
  };
  for (const auto& table : plan.create) add(CreateTableSql(schema, table));
  for (const auto& column : plan.add) add(AddColumnSql(schema, column));
  for (const auto& reference : plan.refer) {
    add({FillReferenceSql(schema, reference), AddReferenceSql(schema, reference)});
  }
  return statements;
}

}  // namespace

Result<std::vector<ExistingTable>> PostgresRowSink::Describe(
    const std::string& schema, const std::vector<std::string>& tables) {
  ArrayText names;
  for (const std::string& table : tables) names.AddText(table);
  const Params params = Params().Text(schema).Array(names);
  const auto columns = database_.Read(kSinkColumns, params);
  if (!columns.ok()) return columns.error();
  const auto keys = database_.Read(kSinkKeys, params);
  if (!keys.ok()) return keys.error();
  const auto references = database_.Read(kSinkReferences, params);
  if (!references.ok()) return references.error();
  std::map<std::string, ExistingTable> found;
  ReadColumns(*columns, found);
  for (const pqxx::row& row : *keys)
    found[TextOf(row, "table_name")].key.push_back(TextOf(row, "column_name"));
  ReadReferences(*references, found);
  std::vector<ExistingTable> existing;
  for (auto& [name, table] : found) existing.push_back(std::move(table));
  return existing;
}

Status PostgresRowSink::Prepare(const std::string& schema, const core::sync::TablePlan& plan) {
  return database_.Transact("sink.prepare", [&](Transaction& transaction) {
    SinkWork work(transaction);
    Status done = work.TakeTurn(schema);
    if (done.ok()) done = MakeSchema(work, schema);
    for (const std::string& statement : StatementsOf(schema, plan)) {
      if (done.ok()) done = work.Do("sink.prepare", statement, Params());
    }
    return done;
  });
}

Result<ports::SinkCounts> PostgresRowSink::Merge(const std::string& schema, const Stream& stream,
                                                 const SinkBatch& batch) {
  ports::SinkCounts counts;
  const Status done = database_.Transact("sink.merge", [&](Transaction& transaction) {
    SinkWork work(transaction);
    Status step = work.TakeTurn(schema);
    if (step.ok()) step = MergeRows(work, schema, stream, batch, counts);
    if (step.ok()) step = MergeGone(work, schema, stream, batch);
    if (step.ok() && KeepsCheckpoints()) step = StoreCheckpoint(transaction, batch, counts);
    return step;
  });
  if (!done.ok()) return done.error();
  return counts;
}

Result<std::vector<std::string>> PostgresRowSink::KeysIn(const std::string& schema,
                                                         const Stream& stream,
                                                         const core::sync::Window& window) {
  std::vector<std::string> keys;
  const Status done = database_.Transact("sink.keys_in", [&](Transaction& transaction) -> Status {
    Params params;
    // Windows are of whole seconds, and their last one belongs to them.
    if (stream.WindowColumn() != nullptr)
      params.Time(window.from).Time(window.to + std::chrono::seconds(1));
    const auto rows = SinkWork(transaction).Run("sink.keys_in", KeysInSql(schema, stream), params);
    if (!rows.ok()) return rows.error();
    for (const pqxx::row& row : *rows) {
      const Cells key = ReturnedKey(stream, row);
      Json list = Json::array();
      for (const Cell& cell : key) list.push_back(cell.value_or(""));
      keys.push_back(key.size() == 1 ? key[0].value_or("") : list.empty() ? "" : DumpJson(list));
    }
    return {};
  });
  if (!done.ok()) return done.error();
  return keys;
}

}  // namespace sb::adapters::postgres
