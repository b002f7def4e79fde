#pragma once

#include <functional>
#include <vector>

#include "engine/adapters/postgres/database.h"
#include "engine/ports/sync_store.h"

namespace sb::adapters::postgres {

/// Runs a statement: by itself, or in a transaction.
using RunStatement = std::function<Result<pqxx::result>(const Statement&, const Params&)>;

/// SyncStore::SaveStream, wherever the statement is run: tables in the same database are written in
/// the transaction that stores the position.
Result<int> SaveSyncStream(const ports::SyncStream& stream, const RunStatement& run);

/// eng.sync and eng.sync_stream.
class PostgresSyncStore : public ports::SyncStore {
 public:
  explicit PostgresSyncStore(Database& database) : database_(database) {}

  Status Open(const ports::Sync& sync, const std::vector<ports::SyncStream>& streams) override;
  Result<ports::Sync> Get(AccountId account, ports::SyncId id) override;
  Result<std::vector<ports::Sync>> List(AccountId account) override;
  Result<int> Save(const ports::Sync& sync) override;
  Result<std::vector<ports::SyncStream>> Streams(Slot slot, AccountId account,
                                                 ports::SyncId sync) override;
  Status AddStreams(const std::vector<ports::SyncStream>& streams) override;
  Result<int> SaveStream(const ports::SyncStream& stream) override;
  Result<std::vector<ports::Sync>> Running(const std::vector<Slot>& slots,
                                           ports::SyncKind kind) override;
  Result<std::vector<ports::Sync>> Left(const std::vector<Slot>& slots, int limit) override;
  Status SaveHeard(const ports::Sync& sync, const ports::FeedPosition& heard) override;
  Result<std::vector<ports::SyncStream>> Due(const std::vector<Slot>& slots, WallTime now,
                                             int limit) override;

 private:
  Database& database_;
};

}  // namespace sb::adapters::postgres
