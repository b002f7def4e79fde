#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/adapters/postgres/database.h"
#include "engine/ports/sync_store.h"

namespace sb::adapters::postgres {

/// eng.sync_receipt, eng.sync_reject, eng.sync_suspect and eng.sync_named.
class PostgresSyncLedger : public ports::SyncLedger {
 public:
  explicit PostgresSyncLedger(Database& database) : database_(database) {}

  Status Receive(const ports::SyncPlace& place, const ports::SyncReceipt& receipt) override;
  Result<std::vector<ports::SyncReceipt>> Receipts(const ports::SyncPlace& place,
                                                   int limit) override;
  Status Reject(const ports::SyncPlace& place,
                const std::vector<ports::SyncReject>& rejects) override;
  Result<std::vector<ports::SyncReject>> Rejected(const ports::SyncPlace& place,
                                                  int limit) override;
  Result<std::vector<ports::SyncReject>> RejectsOf(const ports::SyncPlace& place,
                                                   const std::string& key) override;
  Status Suspect(const ports::SyncPlace& place, const std::vector<core::sync::Suspect>& watch,
                 const std::vector<std::string>& clear) override;
  Result<std::vector<core::sync::Suspect>> Suspects(const ports::SyncPlace& place) override;
  Status Name(const ports::SyncPlace& place, const std::vector<ports::SyncNamed>& named) override;
  Result<std::vector<ports::SyncNamed>> Named(const ports::SyncPlace& place, WallTime now,
                                              int limit) override;
  Result<std::optional<WallTime>> NextNamed(const ports::SyncPlace& place) override;
  Status Unname(const ports::SyncPlace& place, const std::vector<ports::SyncNamed>& done,
                const std::vector<ports::SyncNamed>& later) override;

 private:
  Database& database_;
};

}  // namespace sb::adapters::postgres
