#pragma once

#include <functional>
#include <map>

#include "engine/ports/erasure_store.h"
#include "tests/support/memory_account_store.h"
#include "tests/support/memory_database.h"

namespace sb::testing {

/// Erasures over the tables that the memory stores share.
class MemoryErasureStore : public ports::ErasureStore {
 public:
  MemoryErasureStore(MemoryDatabase& database, MemoryAccountStore& accounts)
      : database_(database), accounts_(accounts) {}

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
  /// One value in the tables, and how it is written.
  struct Cell {
    ports::PlaceContent content;
    std::function<void(const std::string&)> write;
  };

  struct Row {
    ports::PlaceKey key;
    bool live = false;
    std::vector<Cell> cells;
    std::function<void()> remove;
  };

  std::vector<Row> RowsOf(const ports::PlaceScope& scope);
  void AddEvents(const ports::PlaceScope& scope, std::vector<Row>& rows);
  void AddLetters(const ports::PlaceScope& scope, std::vector<Row>& rows);
  void AddRuns(const ports::PlaceScope& scope, std::vector<Row>& rows);
  void AddAccount(const ports::PlaceScope& scope, std::vector<Row>& rows);
  static std::string VersionOf(const Row& row);

  MemoryDatabase& database_;
  MemoryAccountStore& accounts_;
  std::map<ports::ErasureId, ports::Erasure> erasures_;
  std::map<std::string, std::string> keys_;
};

}  // namespace sb::testing
