#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/adapters/postgres/database.h"
#include "engine/ports/skip_ledger.h"

namespace sb::adapters::postgres {

/// eng.sync_skip and eng.sync_first_import.
class PostgresSkipLedger : public ports::SkipLedger {
 public:
  explicit PostgresSkipLedger(Database& database) : database_(database) {}

  Status Enter(const ports::SyncPlace& place, const std::vector<ports::Skip>& skips) override;
  Status Import(const ports::SyncPlace& place, const std::vector<std::string>& keys,
                WallTime at) override;
  Result<std::set<std::string>> Skipped(const ports::SyncPlace& place,
                                        const std::vector<std::string>& keys) override;
  Result<std::optional<ports::SkippedRecord>> Find(const ports::SyncPlace& place,
                                                   const std::string& key) override;
  Result<ports::Page<ports::SkippedRecord>> List(Slot slot, AccountId account,
                                                 const std::string& code, const std::string& rule,
                                                 const ports::PageRequest& page) override;
  Result<std::map<std::string, std::int64_t>> Counts(const ports::SyncPlace& place) override;
  Result<std::optional<ports::FirstImport>> FirstImportOf(const ports::SyncPlace& place) override;
  Result<ports::FirstImport> DrawLine(const ports::SyncPlace& place, std::int64_t most,
                                      WallTime at) override;

 private:
  Database& database_;
};

}  // namespace sb::adapters::postgres
