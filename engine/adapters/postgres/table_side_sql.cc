#include "engine/adapters/postgres/table_side_sql.h"

#include <cstddef>

#include <nlohmann/json.hpp>

#include "engine/adapters/postgres/sink_sql.h"

namespace sb::adapters::postgres {
namespace {

/// jsonb_build_object takes a hundred arguments.
constexpr std::size_t kPairsAtOnce = 45;

std::string OfRow(const PicturedColumn& column) {
  return "t." + QuotedName(column.name);
}

/// A column of `t` as it travels: jsonb, or null.
std::string NativeSql(const PicturedColumn& column) {
  const std::string value = OfRow(column);
  switch (column.form) {
    case TableForm::kWhole:
    case TableForm::kFloat:
    case TableForm::kBoolean:
    case TableForm::kInstant:
    case TableForm::kTexts:
      return "to_jsonb(" + value + ")";
    case TableForm::kDecimal:
      // A double holds 15 digits of any number.
      return "case when length(trim_scale(" + value + ")::text) <= 15 then to_jsonb(trim_scale(" +
             value + ")) else to_jsonb(trim_scale(" + value + ")::text) end";
    case TableForm::kJson:
      return value + "::jsonb";
    case TableForm::kText:
      break;
  }
  return "to_jsonb(" + value + "::text)";
}

/// What a column is set to by the member of its name in the JSON object `values` ("$1").
std::string SetSql(const PicturedColumn& column, const std::string& values) {
  const std::string name = QuotedText(column.name);
  const std::string json = "(" + values + "::jsonb -> " + name + ")";
  const std::string text = "(" + values + "::jsonb ->> " + name + ")";
  switch (column.form) {
    case TableForm::kWhole:
      // 5.0 is whole; 5.5 is refused, not rounded.
      return "trim_scale(" + text + "::numeric)::text::" + column.type;
    case TableForm::kInstant:
      // Without zone it is in UTC, as it is read.
      if (column.type == "timestamp without time zone") return text + "::timestamptz::timestamp";
      break;
    case TableForm::kJson:
      return "nullif(" + json + ", 'null'::jsonb)::" + column.type;
    case TableForm::kTexts:
      return "case when jsonb_typeof(" + json +
             ") = 'array' then array(select u.v from jsonb_array_elements_text(" + json +
             ") with ordinality as u(v, n) order by u.n)::" + column.type + " else " + text +
             "::" + column.type + " end";
    default:
      break;
  }
  return text + "::" + column.type;
}

/// The table's oid at the moment of the statement: another one may have taken its name.
std::string RelationNow(const TablePicture& picture) {
  return "to_regclass(" + QuotedText(picture.Sql()) + ")::oid";
}

std::string KeyText(const PicturedColumn& key) {
  return OfRow(key) + "::text";
}

/// "t.id = $1::text::bigint"
std::string KeyIs(const PicturedColumn& key, const std::string& parameter) {
  return OfRow(key) + " = " + parameter + "::text::" + key.type;
}

/// "'first_name', to_jsonb(...), ..." in as many objects as it takes.
std::string NativeObject(const std::vector<const PicturedColumn*>& columns) {
  std::string objects;
  std::string pairs;
  std::size_t count = 0;
  const auto close = [&] {
    objects += (objects.empty() ? "" : " || ") + ("jsonb_build_object(" + pairs + ")");
    pairs.clear();
  };
  for (const PicturedColumn* column : columns) {
    pairs += (pairs.empty() ? "" : ", ") + QuotedText(column->name) + ", " + NativeSql(*column);
    if (++count % kPairsAtOnce == 0) close();
  }
  if (!pairs.empty() || objects.empty()) close();
  return "(" + objects + ")::text";
}

std::string RowList(const TableColumns& columns) {
  const std::string changed_at = columns.updated_at == nullptr
                                     ? "null::text"
                                     : OfRow(*columns.updated_at) + "::timestamptz::text";
  return KeyText(*columns.key) + " as key, " + changed_at + " as changed_at, " +
         NativeObject(columns.read) + " as native";
}

std::string SelectRows(const TablePicture& picture, const TableColumns& columns) {
  return "select " + RowList(columns) + " from " + picture.Sql() + " as t";
}

/// " and <column> is as <parameter> has it", for each member of `expected`.
std::string AsExpected(const TablePicture& picture, const Json& expected,
                       const std::string& parameter) {
  std::string terms;
  for (const auto& item : expected.items()) {
    const PicturedColumn* column = picture.Find(item.key());
    if (column == nullptr) continue;  // the caller has seen to it
    terms += " and nullif(" + NativeSql(*column) + ", 'null'::jsonb) is not distinct from nullif(" +
             parameter + "::jsonb -> " + QuotedText(column->name) + ", 'null'::jsonb)";
  }
  return terms;
}

/// A text without what NormalText takes for white space at its ends.
std::string TrimmedSql(const std::string& text, const TablePicture& picture) {
  constexpr const char* kSigns = R"( \t\r\n\f\u000b)";
  constexpr const char* kUnicodeSigns =
      R"(\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a)"
      R"(\u2028\u2029\u202f\u205f\u3000)";
  return "btrim(" + text + ", E'" + kSigns + (picture.unicode ? kUnicodeSigns : "") + "')";
}

/// "(a or b) order by ... limit $2", over what `term` says of each of the columns.
template <typename Term>
std::string AnyOf(const TablePicture& picture, const TableColumns& columns,
                  const std::vector<std::string>& names, const Term& term) {
  std::string terms;
  for (const std::string& name : names) {
    const PicturedColumn* column = picture.Find(name);
    if (column != nullptr) terms += (terms.empty() ? "" : " or ") + term(*column);
  }
  return SelectRows(picture, columns) + " where (" + (terms.empty() ? "false" : terms) +
         ") order by " + OfRow(*columns.key) + " limit $2::bigint";
}

}  // namespace

std::string ReadRowSql(const TablePicture& picture, const TableColumns& columns) {
  return SelectRows(picture, columns) + " where " + KeyIs(*columns.key, "$1");
}

std::string ScanRowsSql(const TablePicture& picture, const TableColumns& columns, bool behind) {
  const std::string key = OfRow(*columns.key);
  return SelectRows(picture, columns) +
         (behind ? " where " + key + " > $2::text::" + columns.key->type : "") + " order by " +
         key + " limit $1::bigint";
}

std::string FindPhoneSql(const TablePicture& picture, const TableColumns& columns,
                         const std::vector<std::string>& phones) {
  return AnyOf(picture, columns, phones, [](const PicturedColumn& column) {
    const std::string text = OfRow(column) + "::text";
    const std::string digits = "regexp_replace(" + text + ", '[^0-9]', '', 'g')";
    // The first is what an index can be made of: docs/adr/0050.
    return IsOneText(column) ? "right(" + digits + ", 7) = $1::text"
                             : digits + " like '%' || $1::text || '%'";
  });
}

std::string FindEmailSql(const TablePicture& picture, const TableColumns& columns,
                         const std::vector<std::string>& emails) {
  return AnyOf(picture, columns, emails, [&picture](const PicturedColumn& column) {
    const std::string text = OfRow(column) + "::text";
    return IsOneText(column) ? "lower(" + TrimmedSql(text, picture) + ") = $1::text"
                             : "position($1::text in lower(" + text + ")) > 0";
  });
}

std::string FindValueSql(const TablePicture& picture, const TableColumns& columns,
                         const PicturedColumn& column) {
  return SelectRows(picture, columns) + " where " + KeyIs(column, "$1") + " order by " +
         OfRow(*columns.key) + " limit $2::bigint";
}

std::string InsertRowSql(const TablePicture& picture, const PicturedColumn& key,
                         const Json& values) {
  std::string names;
  std::string sets;
  for (const auto& item : values.items()) {
    const PicturedColumn* column = picture.Find(item.key());
    // A null is left to the column's default.
    if (column == nullptr || item.value().is_null()) continue;
    names += (names.empty() ? "" : ", ") + QuotedName(column->name);
    sets += (sets.empty() ? "" : ", ") + SetSql(*column, "$1::text");
  }
  const std::string what =
      names.empty() ? " default values" : " (" + names + ") values (" + sets + ")";
  return "insert into " + picture.Sql() + " as t" + what + " returning " + KeyText(key) +
         " as key, $1::text is null as nothing";
}

std::string UpdateRowSql(const TablePicture& picture, const PicturedColumn& key, const Json& values,
                         const Json& expected) {
  std::string sets;
  for (const auto& item : values.items()) {
    const PicturedColumn* column = picture.Find(item.key());
    if (column == nullptr) continue;
    sets +=
        (sets.empty() ? "" : ", ") + QuotedName(column->name) + " = " + SetSql(*column, "$1::text");
  }
  return "update " + picture.Sql() + " as t set " + sets + " where " + KeyIs(key, "$3") +
         AsExpected(picture, expected, "$2::text") + " returning " + KeyText(key) +
         " as key, $2::text is null as nothing";
}

std::string DeleteRowSql(const TablePicture& picture, const PicturedColumn& key,
                         const Json& expected) {
  return "delete from " + picture.Sql() + " as t where " + KeyIs(key, "$2") +
         AsExpected(picture, expected, "$1::text") + " returning " + KeyText(key) +
         " as key, $1::text is null as nothing";
}

std::string UnclearKeySql(const TablePicture& picture, const PicturedColumn& key) {
  const std::string name = OfRow(key);
  return "select 1 from " + picture.Sql() + " as t group by " + name + " having count(*) > 1 or " +
         name + " is null limit 1";
}

std::string GoneSql(const TablePicture& picture, const PicturedColumn& key) {
  return "select exists (select from " + picture.Sql() + " as t where " + KeyIs(key, "$1") +
         ") as is_there, exists (select from switchboard.feeds f where f.feed = $2::text "
         "and f.relation = " +
         RelationNow(picture) + ") as same_table";
}

std::string LogPageSql(const TablePicture& picture, const TableColumns& columns,
                       const std::string& trigger) {
  const std::string relation = RelationNow(picture);
  return R"sql(
  with page as materialized (
    select l.xid, l.id, l.op, l.record_key
      from switchboard.change_log l
     where l.feed = $1::text and (l.xid, l.id) > ($2::text::xid8, $3::bigint)
       and l.xid < pg_snapshot_xmin(pg_current_snapshot())
     order by l.xid, l.id
     limit $4::bigint),
  last as (select p.xid, p.id from page p order by p.xid desc, p.id desc limit 1),
  told as (
    select distinct on (p.record_key) p.record_key, p.op
      from page p
     order by p.record_key, p.xid desc, p.id desc)
  select r.key, r.changed_at, r.native, told.op, told.record_key, last.xid::text as next_xid,
         last.id as next_id, (select count(*) from page) as told,
         $2::text::xid8 > pg_snapshot_xmax(pg_current_snapshot()) as ahead,
         exists (select from switchboard.feeds f where f.feed = $1::text and f.relation = )sql" +
         relation + R"sql() as same_table,
         exists (select from pg_trigger g
                  where g.tgrelid = )sql" +
         relation + " and g.tgname = " + QuotedText(trigger) + R"sql(
                    and g.tgenabled in ('O', 'A')) as has_trigger,
         coalesce((select l.at < now() - interval '1 day'
                     from switchboard.change_log l where l.feed = $1::text
                    order by l.xid, l.id limit 1), false) as stale
    from (select 1) as one
    left join last on true
    left join told on true
    left join lateral ()sql" +
         SelectRows(picture, columns) + " where " + KeyIs(*columns.key, "told.record_key") +
         ") as r on true";
}

std::string PolledRowsSql(const TablePicture& picture, const TableColumns& columns,
                          PollFrom from_where) {
  const std::string at = OfRow(*columns.updated_at);
  const std::string key = OfRow(*columns.key);
  const std::string instant = "$2::text::" + columns.updated_at->type;
  const std::string back = from_where == PollFrom::kBefore ? " - interval '10 minutes'" : "";
  const std::string from =
      from_where == PollFrom::kBehindRow
          ? "(" + at + ", " + key + ") > (" + instant + ", $3::text::" + columns.key->type + ")"
          : at + " >= " + instant + back + " and $3::text = ''";
  // Two edits within one tick of the clock differ by their transactions.
  const std::string version = picture.IsTable() && picture.may_read_all
                                  ? at + "::text || ' ' || t.xmin::text"
                                  : at + "::text";
  return "select " + RowList(columns) + ", " + at + "::text as changed_text, " + version +
         " as version, least(" + at + ", now()::" + columns.updated_at->type +
         ")::text as seen_text, exists (select from "
         "switchboard.feeds f where f.feed = $4::text and f.relation = " +
         RelationNow(picture) + ") as same_table from " + picture.Sql() + " as t where " + from +
         " order by " + at + ", " + key + " limit $1::bigint";
}

std::string PollNowSql(const PicturedColumn& updated_at) {
  return "select now()::" + updated_at.type + "::text as at";
}

}  // namespace sb::adapters::postgres
