#include "engine/adapters/postgres/postgres_row_sink.h"

#include <algorithm>
#include <cstddef>
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
#include "engine/adapters/postgres/sink_work.h"

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

/// The columns of these keys. What cannot be a key of the table is left out.
std::vector<Cells> KeysAsCells(const Stream& stream, const std::vector<std::string>& keys) {
  std::vector<Cells> cells;
  for (const std::string& key : keys) {
    const Cells row = core::sync::CellsOfKey(stream, key);
    bool fits = true;
    for (std::size_t i = 0; i < stream.columns.size(); ++i) {
      if (row[i]) fits = fits && core::sync::ToCell(stream.columns[i].type, Json(*row[i])).fits;
    }
    if (fits) cells.push_back(KeyCells(stream, row));
  }
  return cells;
}

/// The same as core::sync::KeyOf makes it.
std::string KeyTextOf(const Cells& key) {
  if (key.empty()) return "";
  if (key.size() == 1) return key[0].value_or("");
  Json list = Json::array();
  for (const Cell& cell : key) list.push_back(cell.value_or(""));
  return DumpJson(list);
}

/// The two ends of a window, where the stream has one. Windows are of whole seconds, and their last
/// one belongs to them.
Params WindowParams(const Stream& stream, const core::sync::Window& window) {
  Params params;
  if (stream.WindowColumn() != nullptr)
    params.Time(window.from).Time(window.to + std::chrono::seconds(1));
  return params;
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

// ---- What is read ----

/// Keys as an array for each of their columns.
Params KeyParams(const Stream& stream, const std::vector<std::string>& keys) {
  Params params;
  if (stream.key.empty()) {
    ArrayText only;
    only.AddFlag(true);
    return params.Array(only);
  }
  std::vector<Cells> cells;
  for (const std::string& key : keys)
    cells.push_back(KeyCells(stream, core::sync::CellsOfKey(stream, key)));
  return Columnar(cells, stream.key.size());
}

Cells CellTexts(const pqxx::row& row, std::size_t columns) {
  Cells cells;
  for (std::size_t i = 0; i < columns; ++i) {
    const std::string name = "c" + std::to_string(i);
    cells.push_back(IsNull(row, name.c_str()) ? Cell() : Cell(TextOf(row, name.c_str())));
  }
  return cells;
}

ports::KeptRow KeptRowOf(const Stream& stream, const pqxx::row& row) {
  ports::KeptRow kept;
  kept.key = KeyTextOf(ReturnedKey(stream, row));
  kept.row.cells = CellTexts(row, stream.columns.size());
  kept.row.hash = IsNull(row, "_hash") ? "" : TextOf(row, "_hash");
  kept.row.children.resize(stream.children.size());
  kept.row.synced_at = OptionalTimeOf(row, "_synced_at");
  kept.row.read_at = OptionalTimeOf(row, "_read_at");
  kept.row.deleted_at = OptionalTimeOf(row, "_deleted_at");
  return kept;
}

Status ReadParts(SinkWork& work, const std::string& schema, const Stream& stream,
                 std::size_t child_index, const Params& keys, std::vector<ports::KeptRow>& rows) {
  const ChildTable& child = stream.children[child_index];
  const auto parts = work.Run("sink.parts_of", PartsOfSql(schema, stream, child), keys);
  if (!parts.ok()) return parts.error();
  const std::size_t columns = PartColumns(stream, child).size() - KeyColumns(stream).size();
  std::map<std::string, ports::KeptRow*> parents;
  for (ports::KeptRow& row : rows) parents[row.key] = &row;
  for (const pqxx::row& part : *parts) {
    const auto parent = parents.find(KeyTextOf(ReturnedKey(stream, part)));
    if (parent == parents.end()) continue;
    parent->second->row.children[child_index].push_back(CellTexts(part, columns));
  }
  return {};
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
  for (const auto& view : plan.views) add(CreateViewSql(schema, view));
  return statements;
}

// ---- What is edited ----

/// A row as `edit` sees it. JSON that is stored is JSON.
Json EditableRow(const std::vector<SinkColumn>& columns, const pqxx::row& row) {
  Json object = Json::object();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string value = "v" + std::to_string(i);
    if (IsNull(row, value.c_str())) continue;
    std::string text = TextOf(row, value.c_str());
    object[columns[i].name] = columns[i].type == ColumnType::kJson
                                  ? Json::parse(text, nullptr, /*allow_exceptions=*/false)
                                  : Json(std::move(text));
  }
  return object;
}

Cells EditedCells(const std::vector<SinkColumn>& columns, const Json& object) {
  Cells cells;
  for (const SinkColumn& column : columns) {
    const Json& value = Member(object, column.name);
    const bool is_null = value.is_null() && column.type != ColumnType::kJson;
    if (is_null || !object.contains(column.name))
      cells.emplace_back();
    else
      cells.emplace_back(column.type == ColumnType::kJson ? DumpJson(value) : PlainText(value));
  }
  return cells;
}

Result<ports::SinkWalk> EditRows(SinkWork& work, const std::string& schema,
                                 const core::sync::WantedTable& table, const Cells& behind,
                                 int limit, const ports::RowEdit& edit) {
  const auto key = KeyColumnsOf(table);
  const auto columns = EditableColumns(table);
  Params params;
  for (const Cell& cell : behind) params.Text(cell.value_or(""));
  params.Number(limit);
  const auto rows = work.Run("sink.walk", WalkSql(schema, table, !behind.empty()), params);
  if (!rows.ok()) return rows.error();
  ports::SinkWalk walk;
  std::vector<Cells> changed;
  Cells last;
  for (const pqxx::row& row : *rows) {
    last.clear();
    for (std::size_t i = 0; i < key.size(); ++i)
      last.emplace_back(TextOf(row, ("k" + std::to_string(i)).c_str()));
    Json object = EditableRow(columns, row);
    if (!edit(object)) continue;
    Cells whole = last;
    const Cells cells = EditedCells(columns, object);
    whole.insert(whole.end(), cells.begin(), cells.end());
    changed.push_back(std::move(whole));
  }
  if (static_cast<int>(rows->size()) == limit) walk.behind = std::move(last);
  walk.changed = static_cast<std::int64_t>(changed.size());
  if (changed.empty()) return walk;
  const Status done = work.Do("sink.rewrite", RewriteSql(schema, table),
                              Columnar(changed, key.size() + columns.size()));
  if (!done.ok()) return done.error();
  return walk;
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
    const auto rows =
        SinkWork(transaction)
            .Run("sink.keys_in", KeysInSql(schema, stream), WindowParams(stream, window));
    if (!rows.ok()) return rows.error();
    for (const pqxx::row& row : *rows) keys.push_back(KeyTextOf(ReturnedKey(stream, row)));
    return {};
  });
  if (!done.ok()) return done.error();
  return keys;
}

Result<ports::SinkWalk> PostgresRowSink::Edit(const std::string& schema,
                                              const core::sync::WantedTable& table,
                                              const Cells& behind, int limit,
                                              const ports::RowEdit& edit) {
  ports::SinkWalk walk;
  if (EditableColumns(table).empty()) return walk;
  const Status done = database_.Transact("sink.edit", [&](Transaction& transaction) -> Status {
    SinkWork work(transaction);
    if (Status turn = work.TakeTurn(schema); !turn.ok()) return turn;
    auto edited = EditRows(work, schema, table, behind, limit, edit);
    if (!edited.ok()) return edited.error();
    walk = std::move(*edited);
    return {};
  });
  if (!done.ok()) return done.error();
  return walk;
}

Result<std::map<std::string, bool>> PostgresRowSink::Known(const std::string& schema,
                                                           const Stream& stream,
                                                           const std::vector<std::string>& keys) {
  std::map<std::string, bool> known;
  const std::vector<Cells> wanted = KeysAsCells(stream, keys);
  if (stream.key.empty() || wanted.empty()) return known;
  const Status done = database_.Transact("sink.known", [&](Transaction& transaction) -> Status {
    const auto rows =
        SinkWork(transaction)
            .Run("sink.known", KnownSql(schema, stream), Columnar(wanted, stream.key.size()));
    if (!rows.ok()) return rows.error();
    known.clear();
    for (const pqxx::row& row : *rows)
      known[KeyTextOf(ReturnedKey(stream, row))] = FlagOf(row, "gone");
    return {};
  });
  if (!done.ok()) return done.error();
  return known;
}

Result<std::int64_t> PostgresRowSink::CountIn(const std::string& schema, const Stream& stream,
                                              const core::sync::Window& window) {
  std::int64_t count = 0;
  const Status done = database_.Transact("sink.count_in", [&](Transaction& transaction) -> Status {
    const auto rows =
        SinkWork(transaction)
            .Run("sink.count_in", CountInSql(schema, stream), WindowParams(stream, window));
    if (!rows.ok()) return rows.error();
    for (const pqxx::row& row : *rows) count = NumberOf(row, "count");
    return {};
  });
  if (!done.ok()) return done.error();
  return count;
}

Result<std::vector<ports::RowMark>> PostgresRowSink::MarksIn(const std::string& schema,
                                                             const Stream& stream,
                                                             const core::sync::Window& window,
                                                             const std::string& after, int limit) {
  std::vector<ports::RowMark> marks;
  const Status done = database_.Transact("sink.marks_in", [&](Transaction& transaction) -> Status {
    Params params = WindowParams(stream, window);
    const bool goes_on = !after.empty();
    if (goes_on) {
      for (const Cell& cell : KeyCells(stream, core::sync::CellsOfKey(stream, after)))
        params.Text(cell.value_or(""));
    }
    params.Number(limit);
    const auto rows =
        SinkWork(transaction).Run("sink.marks_in", MarksInSql(schema, stream, goes_on), params);
    if (!rows.ok()) return rows.error();
    for (const pqxx::row& row : *rows)
      marks.push_back({KeyTextOf(ReturnedKey(stream, row)), TimeOf(row, "_synced_at")});
    return {};
  });
  if (!done.ok()) return done.error();
  return marks;
}

Result<std::vector<ports::KeptRow>> PostgresRowSink::RowsOf(const std::string& schema,
                                                            const Stream& stream,
                                                            const std::vector<std::string>& keys) {
  std::vector<ports::KeptRow> kept;
  if (keys.empty()) return kept;
  const Params params = KeyParams(stream, keys);
  const Status done = database_.Transact("sink.rows_of", [&](Transaction& transaction) -> Status {
    SinkWork work(transaction);
    // A row and its parts as of one moment.
    Status step = work.Do("sink.rows_of",
                          "set transaction isolation level repeatable read, read only", Params());
    if (!step.ok()) return step;
    const auto rows = work.Run("sink.rows_of", RowsOfSql(schema, stream), params);
    if (!rows.ok()) return rows.error();
    for (const pqxx::row& row : *rows) kept.push_back(KeptRowOf(stream, row));
    for (std::size_t i = 0; i < stream.children.size() && step.ok(); ++i)
      step = ReadParts(work, schema, stream, i, params, kept);
    return step;
  });
  if (!done.ok()) return done.error();
  return kept;
}

}  // namespace sb::adapters::postgres
