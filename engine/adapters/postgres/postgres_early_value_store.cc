#include "engine/adapters/postgres/postgres_early_value_store.h"

#include <pqxx/result>

#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/queries.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {

Result<std::vector<ports::EarlyCredential>> PostgresEarlyValueStore::Credentials(AccountId after,
                                                                                 int most) {
  const auto rows = database_.Read(kEarlyCredentials, Params().Number(after.number()).Number(most));
  if (!rows.ok()) return rows.error();
  std::vector<ports::EarlyCredential> credentials;
  for (const pqxx::row& row : *rows) {
    credentials.push_back({AccountId(NumberOf(row, "account_id")),
                           TextOf(row, "connector"),
                           {NumberOf(row, "generation"), BytesOf(row, "sealed")}});
  }
  return credentials;
}

Result<bool> PostgresEarlyValueStore::Replace(const ports::EarlyCredential& early,
                                              const std::string& sealed) {
  const auto rows = database_.Write(
      kEarlyCredentialReplace,
      Params().Number(early.account.number()).Bytes(early.stored.sealed).Bytes(sealed));
  if (!rows.ok()) return rows.error();
  return !rows->empty();
}

Result<std::vector<ports::StoredSecret>> PostgresEarlyValueStore::Secrets(
    const ports::StoredSecret& after, int most) {
  const auto rows =
      database_.Read(kEarlySecrets, Params().Text(after.tenant).Text(after.name).Number(most));
  if (!rows.ok()) return rows.error();
  std::vector<ports::StoredSecret> secrets;
  for (const pqxx::row& row : *rows) {
    secrets.push_back({TextOf(row, "tenant"), TextOf(row, "name"), BytesOf(row, "sealed"),
                       TimeOf(row, "updated_at")});
  }
  return secrets;
}

Result<bool> PostgresEarlyValueStore::Replace(const ports::StoredSecret& early,
                                              const std::string& sealed) {
  const auto rows = database_.Write(
      kEarlySecretReplace,
      Params().Text(early.tenant).Text(early.name).Bytes(early.sealed).Bytes(sealed));
  if (!rows.ok()) return rows.error();
  return !rows->empty();
}

}  // namespace sb::adapters::postgres
