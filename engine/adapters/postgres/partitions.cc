#include "engine/adapters/postgres/partitions.h"

#include <pqxx/result>

#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/queries.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {

Result<int> Partitions::RunOnce() {
  const WallTime today = std::chrono::floor<std::chrono::days>(clock_.Now());
  const auto rows = database_.Write(
      kPartitionsEnsure,
      Params().Time(today - std::chrono::days(1)).Time(today + std::chrono::days(days_ahead_)));
  if (!rows.ok()) return rows.error();
  return static_cast<int>(NumberOf(rows->front(), "made"));
}

}  // namespace sb::adapters::postgres
