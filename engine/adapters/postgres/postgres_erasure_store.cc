#include "engine/adapters/postgres/postgres_erasure_store.h"

#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>
#include <pqxx/result>

#include "engine/adapters/postgres/pages.h"
#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/personal_places.h"
#include "engine/adapters/postgres/place_queries.h"
#include "engine/adapters/postgres/queries.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {
namespace {

using ports::Erasure;
using ports::ErasurePosition;
using ports::PlaceContent;
using ports::PlaceRow;

struct Known {
  Place place;
  PlaceQueries queries;
};

const Known* FindPlace(const std::string& name) {
  static const std::map<std::string, Known> kKnown = [] {
    std::map<std::string, Known> known;
    for (const Place& place : Places()) known[place.table] = {place, QueriesOf(place)};
    return known;
  }();
  const auto found = kKnown.find(name);
  return found == kKnown.end() ? nullptr : &found->second;
}

Error NoSuchPlace(const std::string& name) {
  return Internal("ERASURE_PLACE_UNKNOWN", "there is no place '" + name + "' any more");
}

Error Moved() {
  return Conflict("ERASURE_MOVED", "somebody else went on with this erasure, or a row changed");
}

ArrayText RunIds(const std::vector<RunId>& ids) {
  ArrayText array;
  for (const RunId id : ids) array.AddNumber(id.number());
  return array;
}

Json ToJson(const ErasurePosition& position) {
  Json only = Json::array();
  for (const RunId id : position.only) only.push_back(id.number());
  return {{"account", position.account.number()},
          {"place", position.place},
          {"after", {position.after.first, position.after.second}},
          {"round", position.round},
          {"only", std::move(only)},
          {"found_anything", position.found_anything}};
}

ErasurePosition ReadErasurePosition(const Json& json) {
  const Json& after = Member(json, "after");
  return {AccountId(json.value("account", std::int64_t{0})),
          TextMember(json, "place"),
          {after.at(0).get<std::int64_t>(), after.at(1).get<std::int64_t>()},
          json.value("round", 1),
          RunIdsOf(Member(json, "only")),
          json.value("found_anything", false)};
}

Erasure ReadErasure(const pqxx::row& row) {
  Erasure erasure;
  erasure.id = ports::ErasureId(NumberOf(row, "erasure_id"));
  erasure.kind = static_cast<ports::ErasureKind>(NumberOf(row, "kind"));
  erasure.state = static_cast<ports::ErasureState>(NumberOf(row, "state"));
  erasure.tenant = TextOf(row, "tenant");
  erasure.account = AccountId(NumberOf(row, "account_id"));
  erasure.count_only = FlagOf(row, "count_only");
  erasure.fingerprint = BytesOf(row, "fingerprint");
  erasure.sealed = BytesOf(row, "sealed");
  erasure.counts = JsonOf(row, "counts").get<std::map<std::string, std::int64_t>>();
  erasure.live_runs = RunIdsOf(JsonOf(row, "live_runs"));
  erasure.position = ReadErasurePosition(JsonOf(row, "position"));
  erasure.step = static_cast<int>(NumberOf(row, "step"));
  erasure.created_at = TimeOf(row, "created_at");
  erasure.finished_at = OptionalTimeOf(row, "finished_at");
  return erasure;
}

void AddProgress(Params& params, const Erasure& erasure) {
  params.Number(erasure.id.number())
      .Number(erasure.step)
      .Number(static_cast<std::int64_t>(erasure.state))
      .Bytes(erasure.sealed)
      .Text(DumpJson(Json(erasure.counts)))
      .Array(RunIds(erasure.live_runs))
      .Text(DumpJson(ToJson(erasure.position)))
      .TimeOrNull(erasure.finished_at);
}

PlaceRow ReadPlaceRow(const pqxx::row& row, const Place& place) {
  PlaceRow read;
  read.key = {NumberOf(row, "k1"), NumberOf(row, "k2")};
  read.version = TextOf(row, "version");
  read.live = FlagOf(row, "live");
  for (std::size_t i = 0; i < place.columns.size(); ++i) {
    const std::string name = "c" + std::to_string(i + 1);
    const bool is_text = place.columns[i].type == PlaceColumn::Type::kText;
    const bool is_bytes = place.columns[i].type == PlaceColumn::Type::kBytes;
    read.contents.push_back({is_text ? PlaceContent::Form::kText : PlaceContent::Form::kJson,
                             is_bytes ? BytesOf(row, name.c_str()) : TextOf(row, name.c_str())});
  }
  return read;
}

Result<int> NewStep(const Result<pqxx::result>& rows) {
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return Moved();
  return static_cast<int>(NumberOf(rows->front(), "step"));
}

Params ScopeParams(const ports::PlaceScope& scope) {
  return std::move(Params().Number(scope.slot).Number(scope.account.number()));
}

}  // namespace

Status PostgresErasureStore::Insert(const Erasure& erasure) {
  const auto account =
      erasure.account.IsNone() ? std::nullopt : std::optional(erasure.account.number());
  const auto rows = database_.Write(kErasureInsert, Params()
                                                        .Number(erasure.id.number())
                                                        .Number(static_cast<int>(erasure.kind))
                                                        .Number(static_cast<int>(erasure.state))
                                                        .Text(erasure.tenant)
                                                        .NumberOrNull(account)
                                                        .Number(erasure.count_only ? 1 : 0)
                                                        .Bytes(erasure.fingerprint)
                                                        .Bytes(erasure.sealed)
                                                        .Text(DumpJson(ToJson(erasure.position)))
                                                        .Time(erasure.created_at));
  return rows.ok() ? Status() : Status(rows.error());
}

Result<Erasure> PostgresErasureStore::Get(ports::ErasureId id) {
  const auto rows = database_.Read(kErasureGet, Params().Number(id.number()));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return NotFound("ERASURE_NOT_FOUND", "there is no such erasure");
  return ReadErasure(rows->front());
}

Result<ports::Page<Erasure>> PostgresErasureStore::List(const std::string& tenant,
                                                        const ports::PageRequest& page) {
  const auto rows = database_.Read(
      kErasureList, Params().Text(tenant).Number(BoundOf(page)).Number(SizeOf(page) + 1));
  if (!rows.ok()) return rows.error();
  return PageOf<Erasure>(*rows, page, ReadErasure,
                         [](const Erasure& erasure) { return erasure.id.number(); });
}

Result<std::vector<Erasure>> PostgresErasureStore::Open() {
  const auto rows = database_.Read(kErasureOpen, Params());
  if (!rows.ok()) return rows.error();
  std::vector<Erasure> open;
  for (const auto& row : *rows) open.push_back(ReadErasure(row));
  return open;
}

Result<std::string> PostgresErasureStore::FingerprintKey(const std::string& tenant,
                                                         const std::string& sealed) {
  const auto left = database_.Write(kErasureKeyLeave, Params().Text(tenant).Bytes(sealed));
  if (!left.ok()) return left.error();
  const auto found = database_.Read(kErasureKeyFind, Params().Text(tenant));
  if (!found.ok()) return found.error();
  return BytesOf(found->front(), "sealed");
}

std::vector<std::string> PostgresErasureStore::PlacesOfPersons() const {
  std::vector<std::string> names;
  for (const Place& place : Places()) {
    if (!place.columns.empty()) names.push_back(place.table);
  }
  return names;
}

std::vector<std::string> PostgresErasureStore::PlacesOfAccounts() const {
  std::vector<std::string> names;
  for (const Place& place : Places()) {
    if (!place.survives_account) names.push_back(place.table);
  }
  std::ranges::reverse(names);
  return names;
}

Result<std::vector<PlaceRow>> PostgresErasureStore::Read(const ports::PlaceScope& scope,
                                                         ports::PlaceKey after,
                                                         const std::vector<RunId>& only,
                                                         int limit) {
  const Known* known = FindPlace(scope.place);
  if (known == nullptr || known->place.columns.empty()) return NoSuchPlace(scope.place);
  const auto rows = database_.Read(
      {"erasure.read", known->queries.read.c_str(), Planning::kEachTime}, ScopeParams(scope)
                                                                              .Number(after.first)
                                                                              .Number(after.second)
                                                                              .Array(RunIds(only))
                                                                              .Number(limit));
  if (!rows.ok()) return rows.error();
  std::vector<PlaceRow> read;
  for (const auto& row : *rows) read.push_back(ReadPlaceRow(row, known->place));
  return read;
}

Result<int> PostgresErasureStore::Rewrite(const ports::PlaceScope& scope,
                                          const std::vector<PlaceRow>& rows,
                                          const Erasure& erasure) {
  const Known* known = FindPlace(scope.place);
  if (known == nullptr || known->place.columns.empty()) return NoSuchPlace(scope.place);
  ArrayText first;
  ArrayText second;
  ArrayText versions;
  std::vector<ArrayText> columns(known->place.columns.size());
  for (const PlaceRow& row : rows) {
    first.AddNumber(row.key.first);
    second.AddNumber(row.key.second);
    versions.AddText(row.version);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const bool is_bytes = known->place.columns[i].type == PlaceColumn::Type::kBytes;
      is_bytes ? columns[i].AddBytes(row.contents[i].value)
               : columns[i].AddText(row.contents[i].value);
    }
  }
  Params params = ScopeParams(scope);
  params.Array(first).Array(second).Array(versions).Number(static_cast<std::int64_t>(rows.size()));
  AddProgress(params, erasure);
  for (const ArrayText& column : columns) params.Array(column);
  return NewStep(database_.Write(
      {"erasure.rewrite", known->queries.rewrite.c_str(), Planning::kEachTime}, params));
}

Result<int> PostgresErasureStore::Save(const Erasure& erasure) {
  static const std::string kSave = SaveErasureSql(1) + " returning e.step";
  Params params;
  AddProgress(params, erasure);
  return NewStep(database_.Write({"erasure.save", kSave.c_str()}, params));
}

Result<int> PostgresErasureStore::Delete(const ports::PlaceScope& scope, ports::ErasureId erasure,
                                         int limit) {
  const Known* known = FindPlace(scope.place);
  if (known == nullptr) return NoSuchPlace(scope.place);
  const auto rows =
      database_.Write({"erasure.delete", known->queries.remove.c_str(), Planning::kEachTime},
                      ScopeParams(scope).Number(limit).Number(erasure.number()).Text(scope.place));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return NotFound("ERASURE_NOT_FOUND", "there is no such erasure");
  return static_cast<int>(NumberOf(rows->front(), "removed"));
}

}  // namespace sb::adapters::postgres
