#include "engine/adapters/postgres/postgres_delivery_history.h"

#include <pqxx/result>

#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/queries.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {

Result<std::optional<WallTime>> PostgresDeliveryHistory::LastDelivery(AccountId account) {
  const auto rows = database_.Read(kDeliveryLast, Params().Number(account.number()));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return std::optional<WallTime>();
  return std::optional(TimeOf(rows->front(), "received_at"));
}

Result<std::set<std::string>> PostgresDeliveryHistory::Told(
    AccountId account, const std::vector<std::string>& occurrences, WallTime received_from) {
  ArrayText wanted;
  for (const std::string& occurrence : occurrences) wanted.AddBytes(occurrence);
  const auto rows = database_.Read(
      kDeliveryTold,
      Params().Number(account.number()).Number(LowestIdNumberAt(received_from)).Array(wanted));
  if (!rows.ok()) return rows.error();
  std::set<std::string> told;
  for (const pqxx::row& row : *rows) told.insert(BytesOf(row, "occurrence"));
  return told;
}

Result<std::int64_t> PostgresDeliveryHistory::CountRecovered(AccountId account,
                                                             WallTime received_from) {
  const auto rows =
      database_.Read(kDeliveryRecovered,
                     Params().Number(account.number()).Number(LowestIdNumberAt(received_from)));
  if (!rows.ok()) return rows.error();
  return NumberOf(rows->front(), "recovered");
}

}  // namespace sb::adapters::postgres
