#pragma once

#include "engine/adapters/postgres/database.h"
#include "engine/ports/early_value_store.h"

namespace sb::adapters::postgres {

/// The values in eng.credential and eng.secret that are sealed in the early form.
class PostgresEarlyValueStore : public ports::EarlyValueStore {
 public:
  explicit PostgresEarlyValueStore(Database& database) : database_(database) {}

  Result<std::vector<ports::EarlyCredential>> Credentials(AccountId after, int most) override;
  Result<bool> Replace(const ports::EarlyCredential& early, const std::string& sealed) override;
  Result<std::vector<ports::StoredSecret>> Secrets(const ports::StoredSecret& after,
                                                   int most) override;
  Result<bool> Replace(const ports::StoredSecret& early, const std::string& sealed) override;

 private:
  Database& database_;
};

}  // namespace sb::adapters::postgres
