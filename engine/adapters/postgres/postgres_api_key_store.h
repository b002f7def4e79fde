#pragma once

#include "engine/adapters/postgres/database.h"
#include "engine/ports/api_key_store.h"

namespace sb::adapters::postgres {

/// Keys of our own API in eng.api_key. Inserting the same key again changes nothing.
class PostgresApiKeyStore : public ports::ApiKeyStore {
 public:
  explicit PostgresApiKeyStore(Database& database) : database_(database) {}

  Status Insert(const ports::ApiKey& key) override;
  Result<std::optional<ports::ApiKey>> Find(const std::string& key_hash) override;
  Result<bool> Any() override;

 private:
  Database& database_;
};

}  // namespace sb::adapters::postgres
