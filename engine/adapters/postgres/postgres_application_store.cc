#include "engine/adapters/postgres/postgres_application_store.h"

#include <pqxx/result>

#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/queries.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {
namespace {

using ports::OAuthApplication;

OAuthApplication ReadApplication(const pqxx::row& row) {
  return {.tenant = TextOf(row, "tenant"),
          .connector = TextOf(row, "connector"),
          .client_id = TextOf(row, "client_id"),
          .sealed_secret = BytesOf(row, "sealed_secret"),
          .redirect_url = TextOf(row, "redirect_url"),
          .claim_url = TextOf(row, "claim_url"),
          .install_key = TextOf(row, "install_key"),
          .updated_at = TimeOf(row, "updated_at")};
}

/// Of one tenant, or of all: how the lists are asked.
Params OfTenant(const std::optional<std::string>& tenant) {
  return Params().Text(tenant.value_or("")).Number(tenant.has_value() ? 1 : 0);
}

ports::ApplicationKey ApplicationKeyOf(const pqxx::row& row) {
  return {TextOf(row, "tenant"), TextOf(row, "client_id")};
}

Result<std::optional<OAuthApplication>> FirstOf(const Result<pqxx::result>& rows) {
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return std::optional<OAuthApplication>();
  return std::optional(ReadApplication(rows->front()));
}

}  // namespace

Result<OAuthApplication> PostgresApplicationStore::Put(const OAuthApplication& application) {
  const auto rows = database_.Write(kApplicationPut, Params()
                                                         .Text(application.tenant)
                                                         .Text(application.connector)
                                                         .Text(application.client_id)
                                                         .Bytes(application.sealed_secret)
                                                         .Text(application.redirect_url)
                                                         .Text(application.claim_url)
                                                         .Text(application.install_key)
                                                         .Time(application.updated_at));
  if (!rows.ok()) return rows.error();
  return ReadApplication(rows->front());
}

Result<std::optional<OAuthApplication>> PostgresApplicationStore::Find(
    const std::string& tenant, const std::string& connector) {
  return FirstOf(database_.Read(kApplicationFind, Params().Text(tenant).Text(connector)));
}

Result<std::optional<OAuthApplication>> PostgresApplicationStore::FindByInstallKey(
    const std::string& install_key) {
  return FirstOf(database_.Read(kApplicationByInstallKey, Params().Text(install_key)));
}

Result<std::vector<OAuthApplication>> PostgresApplicationStore::List(
    const std::optional<std::string>& tenant) {
  const auto rows = database_.Read(kApplicationList, OfTenant(tenant));
  if (!rows.ok()) return rows.error();
  std::vector<OAuthApplication> found;
  for (const auto& row : *rows) found.push_back(ReadApplication(row));
  return found;
}

Result<bool> PostgresApplicationStore::Delete(const std::string& tenant,
                                              const std::string& connector, WallTime now) {
  const auto rows =
      database_.Write(kApplicationDelete, Params().Text(tenant).Text(connector).Time(now));
  if (!rows.ok()) return rows.error();
  return !rows->empty();
}

Result<std::optional<std::string>> PostgresApplicationStore::FindSecret(
    const std::string& connector, const ports::ApplicationKey& key) {
  const auto rows = database_.Read(kApplicationFindSecret,
                                   Params().Text(key.tenant).Text(connector).Text(key.client_id));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return std::optional<std::string>();
  return std::optional(BytesOf(rows->front(), "sealed_secret"));
}

Result<std::vector<ports::FormerApplication>> PostgresApplicationStore::ListFormer(
    const std::optional<std::string>& tenant) {
  const auto rows = database_.Read(kApplicationListFormer, OfTenant(tenant));
  if (!rows.ok()) return rows.error();
  std::vector<ports::FormerApplication> found;
  for (const auto& row : *rows) {
    found.push_back({ApplicationKeyOf(row), TextOf(row, "connector"), BytesOf(row, "sealed_secret"),
                     TimeOf(row, "retired_at")});
  }
  return found;
}

Result<std::vector<ports::ApplicationUse>> PostgresApplicationStore::Uses(
    const std::optional<std::string>& tenant) {
  const auto rows = database_.Read(kApplicationUses, OfTenant(tenant));
  if (!rows.ok()) return rows.error();
  std::vector<ports::ApplicationUse> uses;
  for (const auto& row : *rows)
    uses.push_back({ApplicationKeyOf(row), TextOf(row, "connector"), NumberOf(row, "accounts")});
  return uses;
}

Status PostgresApplicationStore::ForgetUnused(WallTime retired_before) {
  const auto rows = database_.Write(kApplicationForgetUnused, Params().Time(retired_before));
  return rows.ok() ? Status() : Status(rows.error());
}

}  // namespace sb::adapters::postgres
