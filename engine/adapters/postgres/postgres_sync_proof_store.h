#pragma once

#include <vector>

#include "engine/adapters/postgres/database.h"
#include "engine/ports/sync_proof_store.h"

namespace sb::adapters::postgres {

/// Receipts of comparisons in eng.sync_proof. Borrows the database. Thread-safe.
class PostgresSyncProofStore : public ports::SyncProofStore {
 public:
  explicit PostgresSyncProofStore(Database& database) : database_(database) {}

  Status Keep(const ports::SyncProof& proof, int most) override;
  Result<ports::SyncProof> Get(AccountId account, ports::SyncProofId id) override;
  Result<std::vector<ports::SyncProof>> List(Slot slot, AccountId account, ports::SyncId sync,
                                             int limit) override;

 private:
  Database& database_;
};

}  // namespace sb::adapters::postgres
