#pragma once

#include "engine/adapters/postgres/database.h"
#include "engine/ports/api_key_store.h"

namespace sb::adapters::postgres {

/// Keys of our own API in eng.api_key.
class PostgresApiKeyStore : public ports::ApiKeyStore {
 public:
  explicit PostgresApiKeyStore(Database& database) : database_(database) {}

  Status Insert(const ports::ApiKey& key) override;
  Result<std::optional<ports::ApiKey>> Find(const std::string& key_hash) override;
  Result<ports::ApiKey> Get(ApiKeyId id) override;
  Result<ports::Page<ports::ApiKey>> List(const ports::TenantScope& scope,
                                          const ports::PageRequest& page) override;
  Status Replace(ApiKeyId id, const ports::ApiKey& successor, WallTime ends_at,
                 WallTime now) override;
  Status Revoke(ApiKeyId id, WallTime now) override;
  Status NoteUse(ApiKeyId id, WallTime when) override;
  Result<bool> HasAdmin(WallTime when) override;

 private:
  Database& database_;
};

}  // namespace sb::adapters::postgres
