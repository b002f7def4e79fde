#include "engine/adapters/postgres/postgres_secret_store.h"

#include <pqxx/result>

#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/queries.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {

Status PostgresSecretStore::Put(const ports::StoredSecret& secret) {
  const auto rows = database_.Write(
      kSecretPut,
      Params().Text(secret.tenant).Text(secret.name).Bytes(secret.sealed).Time(secret.updated_at));
  return rows.ok() ? Status() : Status(rows.error());
}

Result<std::optional<ports::StoredSecret>> PostgresSecretStore::Find(const std::string& tenant,
                                                                     const std::string& name) {
  const auto rows = database_.Read(kSecretFind, Params().Text(tenant).Text(name));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return std::optional<ports::StoredSecret>();
  const pqxx::row row = rows->front();
  return std::optional(ports::StoredSecret{TextOf(row, "tenant"), TextOf(row, "name"),
                                           BytesOf(row, "sealed"), TimeOf(row, "updated_at")});
}

Result<std::vector<ports::SecretName>> PostgresSecretStore::Names(const std::string& tenant) {
  const auto rows = database_.Read(kSecretNames, Params().Text(tenant));
  if (!rows.ok()) return rows.error();
  std::vector<ports::SecretName> names;
  for (const auto& row : *rows) names.push_back({TextOf(row, "name"), TimeOf(row, "updated_at")});
  return names;
}

Result<bool> PostgresSecretStore::Delete(const std::string& tenant, const std::string& name) {
  const auto rows = database_.Write(kSecretDelete, Params().Text(tenant).Text(name));
  if (!rows.ok()) return rows.error();
  return !rows->empty();
}

}  // namespace sb::adapters::postgres
