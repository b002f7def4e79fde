#pragma once

#include "engine/adapters/postgres/database.h"
#include "engine/ports/delivery_history.h"

namespace sb::adapters::postgres {

/// eng.inbox, read by account.
class PostgresDeliveryHistory : public ports::DeliveryHistory {
 public:
  explicit PostgresDeliveryHistory(Database& database) : database_(database) {}

  Result<std::optional<WallTime>> LastDelivery(AccountId account) override;
  Result<std::set<std::string>> Told(AccountId account, const std::vector<std::string>& occurrences,
                                     WallTime received_from) override;
  Result<std::int64_t> CountRecovered(AccountId account, WallTime received_from) override;

 private:
  Database& database_;
};

}  // namespace sb::adapters::postgres
