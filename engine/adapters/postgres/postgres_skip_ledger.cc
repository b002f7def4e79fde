#include "engine/adapters/postgres/postgres_skip_ledger.h"

#include <utility>

#include <pqxx/result>

#include "engine/adapters/postgres/pages.h"
#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/queries.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {
namespace {

using ports::FirstImport;
using ports::Skip;
using ports::SkippedRecord;
using ports::SyncPlace;

Params AtSkips(const SyncPlace& place) {
  return Params()
      .Number(place.slot)
      .Number(place.account.number())
      .Number(place.sync.number())
      .Text(place.stream);
}

ArrayText KeyArray(const std::vector<std::string>& keys) {
  ArrayText array;
  for (const std::string& key : keys) array.AddText(key);
  return array;
}

SkippedRecord ReadSkippedRecord(const pqxx::row& row) {
  SkippedRecord record;
  record.sync = ports::SyncId(NumberOf(row, "sync_id"));
  record.stream = TextOf(row, "stream");
  record.skip = {TextOf(row, "object_key"), TextOf(row, "code"),    TextOf(row, "rule"),
                 TextOf(row, "reason"),     TimeOf(row, "aged_at"), TimeOf(row, "looked_at")};
  record.first_at = TimeOf(row, "first_at");
  record.looks = NumberOf(row, "looks");
  record.imported_at = OptionalTimeOf(row, "imported_at");
  record.number = NumberOf(row, "entry_id");
  return record;
}

}  // namespace

Status PostgresSkipLedger::Enter(const SyncPlace& place, const std::vector<Skip>& skips) {
  const std::map<std::string, Skip> newest = ports::NewestSkips(skips);
  if (newest.empty()) return {};
  ArrayText keys;
  ArrayText codes;
  ArrayText rules;
  ArrayText reasons;
  ArrayText ages;
  ArrayText instants;
  for (const auto& [key, skip] : newest) {
    keys.AddText(key);
    codes.AddText(skip.code);
    rules.AddText(skip.rule);
    reasons.AddText(skip.reason);
    ages.AddTime(skip.age);
    instants.AddTime(skip.at);
  }
  const auto rows = database_.Write(
      kSkipEnter,
      AtSkips(place).Array(keys).Array(codes).Array(rules).Array(reasons).Array(ages).Array(
          instants));
  return rows.ok() ? Status() : Status(rows.error());
}

Status PostgresSkipLedger::Import(const SyncPlace& place, const std::vector<std::string>& keys,
                                  WallTime at) {
  if (keys.empty()) return {};
  const auto rows = database_.Write(kSkipImport, AtSkips(place).Array(KeyArray(keys)).Time(at));
  return rows.ok() ? Status() : Status(rows.error());
}

Result<std::set<std::string>> PostgresSkipLedger::Skipped(const SyncPlace& place,
                                                          const std::vector<std::string>& keys) {
  std::set<std::string> skipped;
  if (keys.empty()) return skipped;
  const auto rows = database_.Read(kSkipSkipped, AtSkips(place).Array(KeyArray(keys)));
  if (!rows.ok()) return rows.error();
  for (const pqxx::row& row : *rows) skipped.insert(TextOf(row, "object_key"));
  return skipped;
}

Result<std::optional<SkippedRecord>> PostgresSkipLedger::Find(const SyncPlace& place,
                                                              const std::string& key) {
  const auto rows = database_.Read(kSkipFind, AtSkips(place).Text(key));
  if (!rows.ok()) return rows.error();
  std::optional<SkippedRecord> record;
  if (!rows->empty()) record = ReadSkippedRecord((*rows)[0]);
  return record;
}

Result<ports::Page<SkippedRecord>> PostgresSkipLedger::List(Slot slot, AccountId account,
                                                            const std::string& code,
                                                            const std::string& rule,
                                                            const ports::PageRequest& page) {
  const auto rows = database_.Read(kSkipList, Params()
                                                  .Number(slot)
                                                  .Number(account.number())
                                                  .Text(code)
                                                  .Text(rule)
                                                  .Number(BoundOf(page))
                                                  .Number(SizeOf(page) + 1));
  if (!rows.ok()) return rows.error();
  return PageOf<SkippedRecord>(*rows, page, ReadSkippedRecord,
                               [](const SkippedRecord& record) { return record.number; });
}

Result<std::map<std::string, std::int64_t>> PostgresSkipLedger::Counts(const SyncPlace& place) {
  const auto rows = database_.Read(kSkipCounts, AtSkips(place));
  if (!rows.ok()) return rows.error();
  std::map<std::string, std::int64_t> counts;
  for (const pqxx::row& row : *rows) counts[TextOf(row, "rule")] = NumberOf(row, "skipped");
  return counts;
}

Result<std::optional<FirstImport>> PostgresSkipLedger::FirstImportOf(const SyncPlace& place) {
  const auto rows = database_.Read(kSkipFirstImport, AtSkips(place));
  if (!rows.ok()) return rows.error();
  std::optional<FirstImport> first;
  if (rows->empty()) return first;
  const pqxx::row row = (*rows)[0];
  first.emplace();
  first->most = NumberOf(row, "most");
  if (!IsNull(row, "line_at"))
    first->line = core::sync::ImportLine{TimeOf(row, "line_at"), TextOf(row, "line_key")};
  first->drawn_at = TimeOf(row, "drawn_at");
  return first;
}

Result<FirstImport> PostgresSkipLedger::DrawLine(const SyncPlace& place, std::int64_t most,
                                                 WallTime at) {
  const auto drawn = database_.Write(kSkipDrawLine, AtSkips(place).Number(most).Time(at));
  if (!drawn.ok()) return drawn.error();
  auto first = FirstImportOf(place);
  if (!first.ok()) return first.error();
  if (*first) return **std::move(first);
  return Unavailable("DATABASE_UNAVAILABLE", "the line that was drawn is not there yet");
}

}  // namespace sb::adapters::postgres
