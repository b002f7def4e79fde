#pragma once

#include "engine/adapters/postgres/database.h"
#include "engine/ports/data_key_store.h"

namespace sb::adapters::postgres {

/// Wrapped data keys in eng.data_key, and who has which key-encryption key.
class PostgresDataKeyStore : public ports::DataKeyStore {
 public:
  explicit PostgresDataKeyStore(Database& database) : database_(database) {}

  Result<std::optional<ports::DataKey>> Find(const std::string& owner) override;
  Result<bool> Add(const ports::DataKey& key) override;
  Result<std::vector<ports::DataKey>> NotUnder(const std::string& key_id, const std::string& after,
                                               int most) override;
  Result<int> Rewrap(const std::vector<Rewrapping>& keys) override;
  Result<bool> MoveCheck(const Rewrapping& check) override;
  Result<std::vector<ports::KeyUse>> Uses() override;
  Status Hold(InstanceId instance, const std::vector<std::string>& key_ids) override;
  Result<std::vector<InstanceId>> Lacking(const std::string& key_id) override;

 private:
  Database& database_;
};

}  // namespace sb::adapters::postgres
