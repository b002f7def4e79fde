#include "engine/adapters/postgres/table_picture.h"

#include <algorithm>
#include <map>

#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/rows.h"
#include "engine/adapters/postgres/sink_sql.h"

namespace sb::adapters::postgres {
namespace {

// A view has its rows guarded by what it reads: where that is anything but plain tables without row
// security, nobody can tell that a row which is not seen is not there.
constexpr Statement kTableLook = {"table.look", R"sql(
  select c.oid::text as relation, c.relkind::text as kind, current_user::text as role_name,
         current_database()::text as database_name,
         current_setting('server_version_num') as version,
         getdatabaseencoding() = 'UTF8' as unicode,
         case when c.relkind = 'v' then exists (
                select from pg_rewrite w
                  join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid
                   and d.refclassid = 'pg_class'::regclass and d.refobjid <> c.oid
                  join pg_class b on b.oid = d.refobjid
                 where w.ev_class = c.oid and (b.relrowsecurity or b.relkind not in ('r', 'p')))
              else row_security_active(c.oid) end as guarded,
         pg_relation_is_updatable(c.oid, true) as updatable,
         has_schema_privilege(n.oid, 'USAGE') as may_enter,
         has_table_privilege(c.oid, 'SELECT') as may_read_all,
         has_table_privilege(c.oid, 'TRIGGER') as may_trigger,
         has_table_privilege(c.oid, 'DELETE') as may_delete,
         has_database_privilege(current_database(), 'CREATE') as may_make_schema,
         to_regnamespace('switchboard') is not null as has_home,
         coalesce(has_schema_privilege(to_regnamespace('switchboard')::oid, 'USAGE')
              and has_schema_privilege(to_regnamespace('switchboard')::oid, 'CREATE'), false)
           as may_use_home,
         c.reltuples::bigint as guess
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
   where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p', 'v', 'm', 'f'))sql",
                                  Planning::kEachTime};

constexpr Statement kTableColumns = {"table.columns", R"sql(
  select a.attname as column_name,
         format_type(coalesce(b.oid, t.oid), -1) as type_name,
         case when t.typtype = 'd' then t.typtypmod else a.atttypmod end as type_mod,
         a.attnotnull or t.typnotnull as not_null,
         a.atthasdef or a.attidentity <> '' or t.typdefault is not null as has_default,
         a.attgenerated = '' and a.attidentity <> 'a'
           and pg_column_is_updatable(a.attrelid, a.attnum, true) as settable,
         has_column_privilege(a.attrelid, a.attnum, 'SELECT') as may_read,
         has_column_privilege(a.attrelid, a.attnum, 'UPDATE') as may_update,
         has_column_privilege(a.attrelid, a.attnum, 'INSERT') as may_insert,
         exists (select from pg_index i
                  where i.indrelid = a.attrelid and i.indisunique and i.indisvalid
                    and i.indimmediate and i.indpred is null and i.indnkeyatts = 1
                    and i.indkey[0] = a.attnum) as is_unique,
         exists (select from pg_index i
                  where i.indrelid = a.attrelid and i.indisvalid and i.indpred is null
                    and i.indkey[0] = a.attnum) as is_indexed,
         exists (select from pg_index i
                  where i.indrelid = a.attrelid and i.indisvalid and i.indpred is null
                    and i.indkey[0] = 0
                    and pg_get_indexdef(i.indexrelid, 1, true) in (
                          '"right"(regexp_replace(' || quote_ident(a.attname)
                            || $$, '[^0-9]'::text, ''::text, 'g'::text), 7)$$,
                          '"right"(regexp_replace(' || quote_ident(a.attname)
                            || $$::text, '[^0-9]'::text, ''::text, 'g'::text), 7)$$))
           as is_phone_indexed,
         coalesce(col_description(a.attrelid, a.attnum), '') as comment
    from pg_attribute a
    join pg_type t on t.oid = a.atttypid
    left join pg_type b on b.oid = t.typbasetype and t.typtype = 'd'
   where a.attrelid = $1::oid and a.attnum > 0 and not a.attisdropped
   order by a.attnum)sql",
                                     Planning::kEachTime};

constexpr std::int64_t kLengthHeader = 4;  ///< What PostgreSQL adds to the n of varchar(n).

TableForm FormOfType(const std::string& type) {
  static const std::map<std::string, TableForm> kForms = {
      {"smallint", TableForm::kWhole},
      {"integer", TableForm::kWhole},
      {"bigint", TableForm::kWhole},
      {"real", TableForm::kFloat},
      {"double precision", TableForm::kFloat},
      {"numeric", TableForm::kDecimal},
      {"boolean", TableForm::kBoolean},
      {"date", TableForm::kInstant},
      {"timestamp without time zone", TableForm::kInstant},
      {"timestamp with time zone", TableForm::kInstant},
      {"json", TableForm::kJson},
      {"jsonb", TableForm::kJson},
      {"text[]", TableForm::kTexts},
      {"character varying[]", TableForm::kTexts}};
  const auto found = kForms.find(type);
  return found == kForms.end() ? TableForm::kText : found->second;
}

PicturedColumn ReadPicturedColumn(const pqxx::row& row) {
  PicturedColumn column;
  column.name = TextOf(row, "column_name");
  column.type = TextOf(row, "type_name");
  column.form = FormOfType(column.type);
  column.bytes = column.type == "bytea";
  const std::int64_t limit = NumberOf(row, "type_mod");
  const bool limited = column.type == "character varying" || column.type == "bpchar";
  if (limited && limit > kLengthHeader)
    column.most_chars = static_cast<std::size_t>(limit - kLengthHeader);
  column.not_null = FlagOf(row, "not_null");
  column.has_default = FlagOf(row, "has_default");
  column.settable = FlagOf(row, "settable");
  column.unique = FlagOf(row, "is_unique");
  column.indexed = FlagOf(row, "is_indexed");
  column.phone_indexed = FlagOf(row, "is_phone_indexed");
  column.may_read = FlagOf(row, "may_read");
  column.may_update = FlagOf(row, "may_update");
  column.may_insert = FlagOf(row, "may_insert");
  column.comment = TextOf(row, "comment");
  return column;
}

TablePicture ReadTablePicture(const pqxx::row& row) {
  constexpr std::int64_t kUpdates = 4;  // bits of pg_relation_is_updatable
  constexpr std::int64_t kInserts = 8;
  constexpr std::int64_t kDeletes = 16;
  TablePicture picture;
  picture.relation = TextOf(row, "relation");
  picture.kind = TextOf(row, "kind").front();
  picture.role = TextOf(row, "role_name");
  picture.database = TextOf(row, "database_name");
  picture.version = NumberOf(row, "version");
  picture.unicode = FlagOf(row, "unicode");
  picture.guarded = FlagOf(row, "guarded");
  const std::int64_t updatable = NumberOf(row, "updatable");
  picture.updates = (updatable & kUpdates) != 0;
  picture.inserts = (updatable & kInserts) != 0;
  picture.deletes = (updatable & kDeletes) != 0;
  picture.may_enter = FlagOf(row, "may_enter");
  picture.may_read_all = FlagOf(row, "may_read_all");
  picture.may_trigger = FlagOf(row, "may_trigger");
  picture.may_delete = FlagOf(row, "may_delete");
  picture.may_make_schema = FlagOf(row, "may_make_schema");
  picture.has_home = FlagOf(row, "has_home");
  picture.may_use_home = FlagOf(row, "may_use_home");
  picture.guess = NumberOf(row, "guess");
  return picture;
}

/// One name off the front of `rest`, up to a dot outside of quotes.
std::string NextName(std::string_view& rest) {
  std::string name;
  bool quoted = false;
  std::size_t at = 0;
  for (; at < rest.size() && (quoted || rest[at] != '.'); ++at) {
    if (rest[at] != '"') {
      name += rest[at];
    } else if (quoted && rest.substr(at).starts_with("\"\"")) {
      name += rest[at++];
    } else {
      quoted = !quoted;
    }
  }
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return name;
}

const char* NativeTypeOf(TableForm form) {
  switch (form) {
    case TableForm::kWhole:
    case TableForm::kFloat:
    case TableForm::kDecimal:
      return "number";
    case TableForm::kBoolean:
      return "boolean";
    case TableForm::kJson:
    case TableForm::kTexts:
      return "json";
    case TableForm::kText:
    case TableForm::kInstant:
      return "text";
  }
  return "text";
}

}  // namespace

const PicturedColumn* TablePicture::Find(const std::string& column) const {
  const auto found = std::ranges::find(columns, column, &PicturedColumn::name);
  return found == columns.end() ? nullptr : &*found;
}

std::vector<std::string> TablePicture::Names() const {
  std::vector<std::string> names;
  for (const PicturedColumn& column : columns) names.push_back(column.name);
  return names;
}

std::string TablePicture::Sql() const {
  return TableName(schema, name);
}

bool IsOneText(const PicturedColumn& column) {
  return column.form != TableForm::kTexts && column.form != TableForm::kJson;
}

std::pair<std::string, std::string> TableNameOf(const std::string& written) {
  std::string_view rest = written;
  const std::string first = NextName(rest);
  if (rest.empty()) return {"public", first};
  const std::string second = NextName(rest);
  return rest.empty() ? std::pair(first, second) : std::pair(std::string(), std::string());
}

Result<std::optional<TablePicture>> LookAtTable(Transaction& transaction, const std::string& schema,
                                                const std::string& table) {
  const auto rows = transaction.Run(kTableLook, Params().Text(schema).Text(table));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return std::optional<TablePicture>();
  TablePicture picture = ReadTablePicture(rows->front());
  picture.schema = schema;
  picture.name = table;
  const auto columns = transaction.Run(kTableColumns, Params().Text(picture.relation));
  if (!columns.ok()) return columns.error();
  for (const pqxx::row& row : *columns) picture.columns.push_back(ReadPicturedColumn(row));
  return std::optional(std::move(picture));
}

core::twoway::SideShape ShapeOfTable(const TablePicture& picture) {
  core::twoway::SideShape shape;
  for (const PicturedColumn& column : picture.columns) {
    core::twoway::FieldLimits limits;
    limits.type = NativeTypeOf(column.form);
    limits.most_chars = column.most_chars;
    limits.clears = !column.not_null;
    limits.writable = column.settable;
    limits.required = column.not_null && !column.has_default && column.settable;
    limits.comment = column.comment;
    shape.emplace(column.name, std::move(limits));
  }
  return shape;
}

}  // namespace sb::adapters::postgres
