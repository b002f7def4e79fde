#include "engine/adapters/postgres/place_queries.h"

namespace sb::adapters::postgres {
namespace {

std::string Parameter(std::size_t number) {
  return "$" + std::to_string(number);
}

std::string Column(std::size_t index) {
  return "c" + std::to_string(index + 1);
}

std::string Listed(const std::vector<std::string>& names, const std::string& prefix) {
  std::string listed;
  for (const std::string& name : names) listed += (listed.empty() ? "" : ", ") + prefix + name;
  return listed;
}

/// Every statement takes a slot, whether or not the table has one.
std::string ScopeSql(const Place& place) {
  return place.has_slot ? "t.slot = $1::smallint and t.account_id = $2::bigint"
                        : "$1::smallint is not null and t.account_id = $2::bigint";
}

bool IsOfRuns(const Place& place) {
  return place.key.front() == "run_id";
}

bool HasSecondKey(const Place& place) {
  return place.key.size() > 1;
}

std::string ReadSql(const Place& place) {
  const std::string& k1 = place.key[0];
  const std::string k2 = HasSecondKey(place) ? "t." + place.key[1] : "0";
  std::string sql = "select t." + k1 + " as k1, " + k2 + " as k2, t.xmin::text as version, " +
                    (place.live.empty() ? "false" : place.live) + " as live";
  for (std::size_t i = 0; i < place.columns.size(); ++i) {
    const PlaceColumn& column = place.columns[i];
    const bool is_json = column.type == PlaceColumn::Type::kJson;
    sql += ", t." + column.name + (is_json ? "::text" : "") + " as " + Column(i);
  }
  sql += " from eng." + place.table + " t where " + ScopeSql(place) + " and (t." + k1 + ", " + k2 +
         ") > ($3::bigint, $4::bigint) and (cardinality($5::bigint[]) = 0";
  sql += IsOfRuns(place) ? " or t.run_id = any ($5::bigint[]))" : ")";
  return sql + " order by " + Listed(place.key, "t.") + " limit $6::bigint";
}

const char* ArrayTypeOf(PlaceColumn::Type type) {
  return type == PlaceColumn::Type::kBytes ? "::bytea[]" : "::text[]";
}

std::string RewriteSql(const Place& place) {
  constexpr std::size_t kFirstOfErasure = 7;
  std::string set;
  std::string arrays;
  std::string names;
  for (std::size_t i = 0; i < place.columns.size(); ++i) {
    const PlaceColumn& column = place.columns[i];
    const bool is_json = column.type == PlaceColumn::Type::kJson;
    const std::string value = "u." + Column(i);
    set += (i == 0 ? "" : ", ") + column.name + " = " +
           (is_json ? "nullif(" + value + ", '')::json" : value);
    arrays += ", " + Parameter(kFirstOfErasure + kSaveErasureParams + i) + ArrayTypeOf(column.type);
    names += ", " + Column(i);
  }
  if (!place.also_set.empty()) set += ", " + place.also_set;
  const std::string second = HasSecondKey(place) ? " and t." + place.key[1] + " = u.k2" : "";
  return "with changed as (update eng." + place.table + " t set " + set +
         " from unnest($3::bigint[], $4::bigint[], $5::text[]" + arrays +
         ") as u (k1, k2, version" + names + ") where " + ScopeSql(place) + " and t." +
         place.key[0] + " = u.k1" + second + " and t.xmin::text = u.version returning 1) " +
         SaveErasureSql(kFirstOfErasure) +
         " and (select count(*) from changed) = $6::bigint returning e.step";
}

std::string RemoveSql(const Place& place) {
  return "with gone as (delete from eng." + place.table + " t where " + ScopeSql(place) + " and (" +
         Listed(place.key, "t.") + ") in (select " + Listed(place.key, "t.") + " from eng." +
         place.table + " t where " + ScopeSql(place) +
         " limit $3::bigint) returning 1), counted as (select count(*) as n from gone)"
         " update eng.erasure e set counts = case when c.n = 0 then e.counts else e.counts || "
         "jsonb_build_object($5::text, coalesce((e.counts ->> $5::text)::bigint, 0) + c.n) end"
         " from counted c where e.erasure_id = $4::bigint returning c.n as removed";
}

}  // namespace

PlaceQueries QueriesOf(const Place& place) {
  PlaceQueries queries;
  if (!place.columns.empty()) {
    queries.read = ReadSql(place);
    queries.rewrite = RewriteSql(place);
  }
  queries.remove = RemoveSql(place);
  return queries;
}

std::string SaveErasureSql(int first) {
  const auto at = [first](int offset) { return "$" + std::to_string(first + offset); };
  return "update eng.erasure e set step = e.step + 1, state = " + at(2) +
         "::smallint, sealed = " + at(3) + "::bytea, counts = " + at(4) +
         "::jsonb, live_runs = " + at(5) + "::bigint[], position = " + at(6) +
         "::json, finished_at = " + at(7) + "::timestamptz where e.erasure_id = " + at(0) +
         "::bigint and e.step = " + at(1) + "::integer";
}

}  // namespace sb::adapters::postgres
