#pragma once

#include "engine/adapters/postgres/database.h"
#include "engine/ports/erasure_store.h"

namespace sb::adapters::postgres {

/// Erasures in `eng.erasure`, over the tables of personal_places.h.
class PostgresErasureStore : public ports::ErasureStore {
 public:
  explicit PostgresErasureStore(Database& database) : database_(database) {}

  Status Insert(const ports::Erasure& erasure) override;
  Result<ports::Erasure> Get(ports::ErasureId id) override;
  Result<ports::Page<ports::Erasure>> List(const std::string& tenant,
                                           const ports::PageRequest& page) override;
  Result<std::vector<ports::Erasure>> Open() override;
  Result<std::string> FingerprintKey(const std::string& tenant, const std::string& sealed) override;
  std::vector<std::string> PlacesOfPersons() const override;
  std::vector<std::string> PlacesOfAccounts() const override;
  Result<std::vector<ports::PlaceRow>> Read(const ports::PlaceScope& scope, ports::PlaceKey after,
                                            const std::vector<RunId>& only, int limit) override;
  Result<int> Rewrite(const ports::PlaceScope& scope, const std::vector<ports::PlaceRow>& rows,
                      const ports::Erasure& erasure) override;
  Result<int> Save(const ports::Erasure& erasure) override;
  Result<int> Delete(const ports::PlaceScope& scope, ports::ErasureId erasure, int limit) override;

 private:
  Database& database_;
};

}  // namespace sb::adapters::postgres
