#include "engine/adapters/postgres/postgres_api_key_store.h"

#include <nlohmann/json.hpp>
#include <pqxx/result>

#include "engine/adapters/postgres/pages.h"
#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/queries.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {
namespace {

Error KeyNotFound() {
  return NotFound("API_KEY_NOT_FOUND", "there is no such API key");
}

ArrayText TenantsOf(const ports::TenantScope& scope) {
  ArrayText tenants;
  for (const std::string& tenant : scope.tenants()) tenants.AddText(tenant);
  return tenants;
}

ports::TenantScope ScopeOf(const pqxx::row& row) {
  if (FlagOf(row, "all_tenants")) return ports::TenantScope::All();
  std::set<std::string> tenants;
  for (const Json& tenant : JsonOf(row, "tenants")) tenants.insert(tenant.get<std::string>());
  return ports::TenantScope::Of(std::move(tenants));
}

ports::ApiKey ReadApiKey(const pqxx::row& row) {
  ports::ApiKey key;
  key.id = ApiKeyId(NumberOf(row, "key_id"));
  key.key_hash = BytesOf(row, "key_hash");
  key.name = TextOf(row, "name");
  key.role = static_cast<ports::Role>(NumberOf(row, "role"));
  key.scope = ScopeOf(row);
  key.created_at = TimeOf(row, "created_at");
  key.expires_at = OptionalTimeOf(row, "expires_at");
  key.revoked_at = OptionalTimeOf(row, "revoked_at");
  key.successor = ApiKeyId(NumberOf(row, "successor"));
  key.last_used_at = OptionalTimeOf(row, "last_used_at");
  return key;
}

/// key_id ... expires_at: the order in which both Insert and Replace take a new key.
Params ParamsOf(const ports::ApiKey& key) {
  Params params;
  params.Number(key.id.number())
      .Bytes(key.key_hash)
      .Text(key.name)
      .Number(static_cast<std::int64_t>(key.role))
      .Text(key.scope.IsAll() ? "t" : "f")
      .Array(TenantsOf(key.scope))
      .Time(key.created_at)
      .TimeOrNull(key.expires_at);
  return params;
}

}  // namespace

Status PostgresApiKeyStore::Insert(const ports::ApiKey& key) {
  const auto rows = database_.Write(kApiKeyInsert, ParamsOf(key));
  return rows.ok() ? Status() : Status(rows.error());
}

Result<std::optional<ports::ApiKey>> PostgresApiKeyStore::Find(const std::string& key_hash) {
  const auto rows = database_.Read(kApiKeyFind, Params().Bytes(key_hash));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return std::optional<ports::ApiKey>();
  return std::optional(ReadApiKey(rows->front()));
}

Result<ports::ApiKey> PostgresApiKeyStore::Get(ApiKeyId id) {
  const auto rows = database_.Read(kApiKeyGet, Params().Number(id.number()));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return KeyNotFound();
  return ReadApiKey(rows->front());
}

Result<ports::Page<ports::ApiKey>> PostgresApiKeyStore::List(const ports::TenantScope& scope,
                                                             const ports::PageRequest& page) {
  const auto rows = database_.Read(kApiKeyList, Params()
                                                    .Number(BoundOf(page))
                                                    .Text(scope.IsAll() ? "t" : "f")
                                                    .Array(TenantsOf(scope))
                                                    .Number(SizeOf(page) + 1));
  if (!rows.ok()) return rows.error();
  return PageOf<ports::ApiKey>(*rows, page, ReadApiKey,
                               [](const ports::ApiKey& key) { return key.id.number(); });
}

Status PostgresApiKeyStore::Replace(ApiKeyId id, const ports::ApiKey& successor, WallTime ends_at,
                                    WallTime now) {
  const auto rows = database_.Write(
      kApiKeyReplace, ParamsOf(successor).Number(id.number()).Time(ends_at).Time(now));
  if (!rows.ok()) return rows.error();
  if (!rows->empty()) return {};
  return Conflict("API_KEY_ENDED", "the key works no more, or was replaced already");
}

Status PostgresApiKeyStore::Revoke(ApiKeyId id, WallTime now) {
  const auto rows = database_.Write(kApiKeyRevoke, Params().Number(id.number()).Time(now));
  if (!rows.ok()) return rows.error();
  return rows->empty() ? Status(KeyNotFound()) : Status();
}

Status PostgresApiKeyStore::NoteUse(ApiKeyId id, WallTime when) {
  const auto rows = database_.Write(kApiKeyNoteUse, Params().Number(id.number()).Time(when));
  return rows.ok() ? Status() : Status(rows.error());
}

Result<bool> PostgresApiKeyStore::HasAdmin(WallTime when) {
  const auto rows = database_.Read(kApiKeyHasAdmin, Params().Time(when));
  if (!rows.ok()) return rows.error();
  return FlagOf(rows->front(), "has_admin");
}

}  // namespace sb::adapters::postgres
