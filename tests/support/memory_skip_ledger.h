#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/ports/skip_ledger.h"

namespace sb::testing {

/// Skips in memory. Keeps the contract of PostgresSkipLedger; may be told to fail.
class MemorySkipLedger : public ports::SkipLedger {
 public:
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

  /// While set, nothing can be written or read.
  std::optional<Error> failure;

 private:
  /// A stream of a sync of an account.
  struct At {
    AccountId account;
    ports::SyncId sync;
    std::string stream;

    auto operator<=>(const At&) const = default;
  };

  using Entries = std::map<std::string, ports::SkippedRecord>;

  static At Of(const ports::SyncPlace& place) { return {place.account, place.sync, place.stream}; }

  std::mutex mutex_;
  std::map<At, Entries> entries_;
  std::int64_t made_ = 0;  ///< Entries, ever.
  std::map<At, ports::FirstImport> first_imports_;
};

}  // namespace sb::testing
