#include "engine/adapters/postgres/postgres_settling_store.h"

#include <pqxx/result>

#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/queries.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {
namespace {

using ports::Settling;

Settling ReadSettling(const pqxx::row& row) {
  Settling settling;
  settling.slot = static_cast<Slot>(NumberOf(row, "slot"));
  settling.account = AccountId(NumberOf(row, "account_id"));
  settling.id = ports::SettlingId(NumberOf(row, "settling_id"));
  settling.key = BytesOf(row, "record_key");
  settling.entity = TextOf(row, "entity");
  settling.subject = TextOf(row, "subject");
  settling.record = TextOf(row, "record_id");
  settling.state = static_cast<ports::SettlingState>(NumberOf(row, "state"));
  settling.ended_at = TimeOf(row, "ended_at");
  settling.seen_at = TimeOf(row, "seen_at");
  settling.content = BytesOf(row, "content");
  settling.due_at = OptionalTimeOf(row, "due_at");
  settling.confirmed_by = EventId(NumberOf(row, "confirmed_by"));
  settling.looks = static_cast<int>(NumberOf(row, "looks"));
  settling.step = static_cast<int>(NumberOf(row, "step"));
  return settling;
}

std::optional<std::int64_t> NumberOrNothing(EventId event) {
  return event == EventId() ? std::nullopt : std::optional(event.number());
}

}  // namespace

Result<bool> PostgresSettlingStore::Open(const Settling& settling) {
  const auto rows =
      database_.Write(kSettlingOpen, Params()
                                         .Number(settling.slot)
                                         .Number(settling.account.number())
                                         .Number(settling.id.number())
                                         .Bytes(settling.key)
                                         .Text(settling.entity)
                                         .Text(settling.subject)
                                         .Text(settling.record)
                                         .Number(static_cast<int>(settling.state))
                                         .Time(settling.ended_at)
                                         .Time(settling.seen_at)
                                         .Bytes(settling.content)
                                         .TimeOrNull(settling.due_at)
                                         .NumberOrNull(NumberOrNothing(settling.confirmed_by))
                                         .Number(settling.looks));
  if (!rows.ok()) return rows.error();
  return !rows->empty();
}

Result<std::optional<Settling>> PostgresSettlingStore::Find(Slot slot, AccountId account,
                                                            const std::string& key) {
  const auto rows =
      database_.Read(kSettlingFind, Params().Number(slot).Number(account.number()).Bytes(key));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return std::optional<Settling>();
  return std::optional(ReadSettling(rows->front()));
}

Result<std::vector<Settling>> PostgresSettlingStore::Due(const std::vector<Slot>& slots,
                                                         WallTime now,
                                                         const std::set<AccountId>& without,
                                                         int limit) {
  ArrayText mine;
  for (const Slot slot : slots) mine.AddNumber(slot);
  ArrayText others;
  for (const AccountId account : without) others.AddNumber(account.number());
  const auto rows =
      database_.Read(kSettlingDue, Params().Array(mine).Time(now).Array(others).Number(limit));
  if (!rows.ok()) return rows.error();
  std::vector<Settling> due;
  for (const pqxx::row& row : *rows) due.push_back(ReadSettling(row));
  return due;
}

Result<int> PostgresSettlingStore::Save(const Settling& settling) {
  const auto rows =
      database_.Write(kSettlingSave, Params()
                                         .Number(settling.slot)
                                         .Number(settling.account.number())
                                         .Number(settling.id.number())
                                         .Number(settling.step)
                                         .Number(static_cast<int>(settling.state))
                                         .Time(settling.ended_at)
                                         .Time(settling.seen_at)
                                         .Bytes(settling.content)
                                         .TimeOrNull(settling.due_at)
                                         .NumberOrNull(NumberOrNothing(settling.confirmed_by))
                                         .Number(settling.looks));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return Conflict("SETTLING_MOVED", "somebody else went on with this record");
  return static_cast<int>(NumberOf(rows->front(), "step"));
}

}  // namespace sb::adapters::postgres
