#pragma once

#include "engine/adapters/postgres/database.h"
#include "engine/ports/secret_store.h"

namespace sb::adapters::postgres {

/// Named secrets in eng.secret.
class PostgresSecretStore : public ports::SecretStore {
 public:
  explicit PostgresSecretStore(Database& database) : database_(database) {}

  Status Put(const ports::StoredSecret& secret) override;
  Result<std::optional<ports::StoredSecret>> Find(const std::string& tenant,
                                                  const std::string& name) override;
  Result<std::vector<ports::SecretName>> Names(const std::string& tenant) override;
  Result<bool> Delete(const std::string& tenant, const std::string& name) override;

 private:
  Database& database_;
};

}  // namespace sb::adapters::postgres
