#include "engine/adapters/postgres/postgres_account_history.h"

#include <algorithm>
#include <limits>

#include <pqxx/result>

#include "engine/adapters/postgres/pages.h"
#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/queries.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {
namespace {

ports::AccountChange ReadChange(const pqxx::row& row) {
  ports::AccountChange change;
  change.account = AccountId(NumberOf(row, "account_id"));
  change.slot = static_cast<Slot>(NumberOf(row, "slot"));
  change.revision = static_cast<int>(NumberOf(row, "revision"));
  change.at = TimeOf(row, "at");
  if (!IsNull(row, "from_state"))
    change.from = static_cast<ports::AccountState>(NumberOf(row, "from_state"));
  change.to = static_cast<ports::AccountState>(NumberOf(row, "to_state"));
  change.code = TextOf(row, "code");
  change.reason = TextOf(row, "reason");
  change.by = TextOf(row, "by");
  return change;
}

}  // namespace

Result<ports::Page<ports::AccountChange>> PostgresAccountHistory::List(
    AccountId account, const ports::PageRequest& page) {
  const std::int64_t below = std::min<std::int64_t>(BoundOf(page), std::numeric_limits<int>::max());
  const auto rows = database_.Read(
      kAccountHistory, Params().Number(account.number()).Number(below).Number(SizeOf(page) + 1));
  if (!rows.ok()) return rows.error();
  return PageOf<ports::AccountChange>(
      *rows, page, ReadChange, [](const ports::AccountChange& change) { return change.revision; });
}

Result<std::vector<ports::AccountChange>> PostgresAccountHistory::Untold(
    const std::vector<Slot>& slots, int limit) {
  ArrayText mine;
  for (const Slot slot : slots) mine.AddNumber(slot);
  const auto rows = database_.Read(kAccountUntold, Params().Array(mine).Number(limit));
  if (!rows.ok()) return rows.error();
  std::vector<ports::AccountChange> changes;
  for (const pqxx::row& row : *rows) changes.push_back(ReadChange(row));
  return changes;
}

Status PostgresAccountHistory::MarkTold(AccountId account, int revision) {
  const auto rows =
      database_.Write(kAccountMarkTold, Params().Number(account.number()).Number(revision));
  return rows.ok() ? Status() : Status(rows.error());
}

}  // namespace sb::adapters::postgres
