#include "engine/adapters/postgres/postgres_gap_store.h"

#include <nlohmann/json.hpp>
#include <pqxx/result>

#include "engine/adapters/postgres/pages.h"
#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/queries.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {
namespace {

using ports::Gap;
using ports::GapPosition;

std::int64_t SecondsOf(WallTime when) {
  return std::chrono::floor<std::chrono::seconds>(when).time_since_epoch().count();
}

WallTime TimeAt(const Json& seconds) {
  return WallTime(std::chrono::seconds(seconds.get<std::int64_t>()));
}

Json ToJson(const GapPosition& position) {
  Json windows = Json::array();
  for (const auto& window : position.walk.windows)
    windows.push_back({SecondsOf(window.from), SecondsOf(window.to)});
  Json json = {{"list", position.list},         {"begun", position.begun},
               {"windows", std::move(windows)}, {"page", position.walk.page},
               {"read", position.walk.read},    {"total", position.walk.total}};
  if (position.numbers) json["numbers"] = *position.numbers;
  return json;
}

GapPosition ReadGapPosition(const Json& json) {
  GapPosition position;
  position.list = json.value("list", 0);
  position.begun = json.value("begun", false);
  for (const Json& window : Member(json, "windows"))
    position.walk.windows.push_back({TimeAt(window.at(0)), TimeAt(window.at(1))});
  position.walk.page = json.value("page", 1);
  position.walk.read = json.value("read", std::int64_t{0});
  position.walk.total = json.value("total", std::int64_t{0});
  if (json.contains("numbers")) position.numbers = json["numbers"].get<std::vector<std::string>>();
  return position;
}

Gap ReadGap(const pqxx::row& row) {
  Gap gap;
  gap.slot = static_cast<Slot>(NumberOf(row, "slot"));
  gap.account = AccountId(NumberOf(row, "account_id"));
  gap.id = ports::GapId(NumberOf(row, "gap_id"));
  gap.reason = static_cast<ports::GapReason>(NumberOf(row, "reason"));
  gap.state = static_cast<ports::GapState>(NumberOf(row, "state"));
  gap.from = TimeOf(row, "from_time");
  gap.to = OptionalTimeOf(row, "to_time");
  gap.recovered = NumberOf(row, "recovered");
  gap.open = NumberOf(row, "open_count");
  gap.records = NumberOf(row, "records");
  gap.position = ReadGapPosition(JsonOf(row, "position"));
  gap.step = static_cast<int>(NumberOf(row, "step"));
  gap.found_at = TimeOf(row, "found_at");
  gap.reading_at = OptionalTimeOf(row, "reading_at");
  gap.closed_at = OptionalTimeOf(row, "closed_at");
  gap.told = FlagOf(row, "told");
  return gap;
}

}  // namespace

Result<bool> PostgresGapStore::Open(const Gap& gap) {
  const auto rows = database_.Write(kGapOpen, Params()
                                                  .Number(gap.slot)
                                                  .Number(gap.account.number())
                                                  .Number(gap.id.number())
                                                  .Number(static_cast<int>(gap.reason))
                                                  .Time(gap.from)
                                                  .Text(DumpJson(ToJson(gap.position)))
                                                  .Time(gap.found_at));
  if (!rows.ok()) return rows.error();
  return !rows->empty();
}

Result<ports::Page<Gap>> PostgresGapStore::List(AccountId account, const ports::PageRequest& page) {
  const auto rows = database_.Read(
      kGapList, Params().Number(account.number()).Number(BoundOf(page)).Number(SizeOf(page) + 1));
  if (!rows.ok()) return rows.error();
  return PageOf<Gap>(*rows, page, ReadGap, [](const Gap& gap) { return gap.id.number(); });
}

Result<std::vector<Gap>> PostgresGapStore::Unfinished(const std::vector<Slot>& slots, int limit) {
  ArrayText mine;
  for (const Slot slot : slots) mine.AddNumber(slot);
  const auto rows = database_.Read(kGapUnfinished, Params().Array(mine).Number(limit));
  if (!rows.ok()) return rows.error();
  std::vector<Gap> gaps;
  for (const pqxx::row& row : *rows) gaps.push_back(ReadGap(row));
  return gaps;
}

Result<int> PostgresGapStore::Save(const Gap& gap) {
  const auto rows = database_.Write(kGapSave, Params()
                                                  .Number(gap.slot)
                                                  .Number(gap.account.number())
                                                  .Number(gap.id.number())
                                                  .Number(gap.step)
                                                  .Number(static_cast<int>(gap.state))
                                                  .Time(gap.from)
                                                  .TimeOrNull(gap.to)
                                                  .Number(gap.recovered)
                                                  .Number(gap.open)
                                                  .Number(gap.records)
                                                  .Text(DumpJson(ToJson(gap.position)))
                                                  .TimeOrNull(gap.reading_at)
                                                  .TimeOrNull(gap.closed_at)
                                                  .Number(gap.told ? 1 : 0));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return Conflict("GAP_MOVED", "somebody else went on with this gap");
  return static_cast<int>(NumberOf(rows->front(), "step"));
}

Result<ports::WebhookWatch> PostgresGapStore::Watch(AccountId account) {
  const auto rows = database_.Read(kWatchGet, Params().Number(account.number()));
  if (!rows.ok()) return rows.error();
  ports::WebhookWatch watch{.account = account};
  if (rows->empty()) return watch;
  watch.good_at = OptionalTimeOf(rows->front(), "good_at");
  watch.probed_at = OptionalTimeOf(rows->front(), "probed_at");
  const Json since = JsonOf(rows->front(), "since");
  for (const auto& [event, when] : since.items()) watch.since[event] = TimeAt(when);
  return watch;
}

Status PostgresGapStore::Note(Slot slot, const ports::WebhookWatch& watch) {
  Json since = Json::object();
  for (const auto& [event, when] : watch.since) since[event] = SecondsOf(when);
  const auto rows = database_.Write(kWatchNote, Params()
                                                    .Number(slot)
                                                    .Number(watch.account.number())
                                                    .TimeOrNull(watch.good_at)
                                                    .TimeOrNull(watch.probed_at)
                                                    .Text(DumpJson(since)));
  return rows.ok() ? Status() : Status(rows.error());
}

}  // namespace sb::adapters::postgres
