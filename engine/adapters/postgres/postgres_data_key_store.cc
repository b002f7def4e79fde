#include "engine/adapters/postgres/postgres_data_key_store.h"

#include <pqxx/result>

#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/queries.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {
namespace {

ports::DataKey ReadDataKey(const pqxx::row& row) {
  return {TextOf(row, "owner"), TextOf(row, "key_id"), BytesOf(row, "wrapped")};
}

}  // namespace

Result<std::optional<ports::DataKey>> PostgresDataKeyStore::Find(const std::string& owner) {
  const auto rows = database_.Read(kDataKeyFind, Params().Text(owner));
  if (!rows.ok()) return rows.error();
  if (rows->empty()) return std::optional<ports::DataKey>();
  return std::optional(ReadDataKey(rows->front()));
}

Result<bool> PostgresDataKeyStore::Add(const ports::DataKey& key) {
  const Statement& statement = key.owner == ports::kKeyCheck ? kDataKeyAddCheck : kDataKeyAdd;
  const auto rows =
      database_.Write(statement, Params().Text(key.owner).Text(key.key_id).Bytes(key.wrapped));
  if (!rows.ok()) return rows.error();
  return !rows->empty();
}

Result<std::vector<ports::DataKey>> PostgresDataKeyStore::NotUnder(const std::string& key_id,
                                                                   const std::string& after,
                                                                   int most) {
  const auto rows =
      database_.Read(kDataKeyNotUnder, Params().Text(key_id).Text(after).Number(most));
  if (!rows.ok()) return rows.error();
  std::vector<ports::DataKey> keys;
  for (const pqxx::row& row : *rows) keys.push_back(ReadDataKey(row));
  return keys;
}

Result<int> PostgresDataKeyStore::Rewrap(const std::vector<Rewrapping>& keys) {
  ArrayText owners, before, key_ids, wrapped;
  for (const Rewrapping& key : keys) {
    owners.AddText(key.before.owner);
    before.AddBytes(key.before.wrapped);
    key_ids.AddText(key.after.key_id);
    wrapped.AddBytes(key.after.wrapped);
  }
  const auto rows = database_.Write(
      kDataKeyRewrap, Params().Array(owners).Array(before).Array(key_ids).Array(wrapped));
  if (!rows.ok()) return rows.error();
  return static_cast<int>(rows->size());
}

Result<bool> PostgresDataKeyStore::MoveCheck(const Rewrapping& check) {
  const auto rows = database_.Write(
      kDataKeyMoveCheck,
      Params().Bytes(check.before.wrapped).Text(check.after.key_id).Bytes(check.after.wrapped));
  if (!rows.ok()) return rows.error();
  return !rows->empty();
}

Result<std::vector<ports::KeyUse>> PostgresDataKeyStore::Uses() {
  const auto rows = database_.Read(kVaultKeyUses, Params());
  if (!rows.ok()) return rows.error();
  std::vector<ports::KeyUse> uses;
  for (const pqxx::row& row : *rows) {
    uses.push_back(
        {TextOf(row, "key_id"), NumberOf(row, "data_keys"), NumberOf(row, "early_values")});
  }
  return uses;
}

Status PostgresDataKeyStore::Hold(InstanceId instance, const std::vector<std::string>& key_ids) {
  ArrayText ids;
  for (const std::string& id : key_ids) ids.AddText(id);
  const auto rows = database_.Write(kVaultKeyHold, Params().Number(instance.number()).Array(ids));
  return rows.ok() ? Status() : Status(rows.error());
}

Result<std::vector<InstanceId>> PostgresDataKeyStore::Lacking(const std::string& key_id) {
  const auto rows = database_.Read(kVaultKeyLacking, Params().Text(key_id));
  if (!rows.ok()) return rows.error();
  std::vector<InstanceId> lacking;
  for (const pqxx::row& row : *rows) lacking.emplace_back(NumberOf(row, "instance_id"));
  return lacking;
}

}  // namespace sb::adapters::postgres
