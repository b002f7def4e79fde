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
  const auto rows = database_.Read(
      kApplicationList, Params().Text(tenant.value_or("")).Number(tenant.has_value() ? 1 : 0));
  if (!rows.ok()) return rows.error();
  std::vector<OAuthApplication> found;
  for (const auto& row : *rows) found.push_back(ReadApplication(row));
  return found;
}

Result<bool> PostgresApplicationStore::Delete(const std::string& tenant,
                                              const std::string& connector) {
  const auto rows = database_.Write(kApplicationDelete, Params().Text(tenant).Text(connector));
  if (!rows.ok()) return rows.error();
  return !rows->empty();
}

}  // namespace sb::adapters::postgres
