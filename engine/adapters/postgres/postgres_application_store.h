#pragma once

#include "engine/adapters/postgres/database.h"
#include "engine/ports/application_store.h"

namespace sb::adapters::postgres {

/// OAuth applications in PostgreSQL.
class PostgresApplicationStore : public ports::ApplicationStore {
 public:
  explicit PostgresApplicationStore(Database& database) : database_(database) {}

  Result<ports::OAuthApplication> Put(const ports::OAuthApplication& application) override;
  Result<std::optional<ports::OAuthApplication>> Find(const std::string& tenant,
                                                      const std::string& connector) override;
  Result<std::optional<ports::OAuthApplication>> FindByInstallKey(
      const std::string& install_key) override;
  Result<std::vector<ports::OAuthApplication>> List(
      const std::optional<std::string>& tenant) override;
  Result<bool> Delete(const std::string& tenant, const std::string& connector,
                      WallTime now) override;
  Result<std::optional<std::string>> FindSecret(const std::string& connector,
                                                const ports::ApplicationKey& key) override;
  Result<std::vector<ports::FormerApplication>> ListFormer(
      const std::optional<std::string>& tenant) override;
  Result<std::vector<ports::ApplicationUse>> Uses(
      const std::optional<std::string>& tenant) override;
  Status ForgetUnused(WallTime retired_before) override;

 private:
  Database& database_;
};

}  // namespace sb::adapters::postgres
