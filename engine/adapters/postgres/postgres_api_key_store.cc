#include "engine/adapters/postgres/postgres_api_key_store.h"

#include <pqxx/result>

#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/queries.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {

Status PostgresApiKeyStore::Insert(const ports::ApiKey& key) {
  const auto rows = database_.Write(kApiKeyInsert, Params()
                                                       .Bytes(key.key_hash)
                                                       .Text(key.name)
                                                       .Number(static_cast<std::int64_t>(key.role))
                                                       .Text(key.tenant)
                                                       .Time(key.created_at));
  return rows.ok() ? Status() : Status(rows.error());
}

Result<std::optional<ports::ApiKey>> PostgresApiKeyStore::Find(const std::string& key_hash) {
  const auto rows = database_.Read(kApiKeyFind, Params().Bytes(key_hash));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return std::optional<ports::ApiKey>();
  const pqxx::row row = rows->front();
  return std::optional(ports::ApiKey{BytesOf(row, "key_hash"), TextOf(row, "name"),
                                     static_cast<ports::Role>(NumberOf(row, "role")),
                                     TextOf(row, "tenant"), TimeOf(row, "created_at")});
}

Result<bool> PostgresApiKeyStore::Any() {
  const auto rows = database_.Read(kApiKeyAny, Params());
  if (!rows.ok()) return rows.error();
  return FlagOf(rows->front(), "any_key");
}

}  // namespace sb::adapters::postgres
