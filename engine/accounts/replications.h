#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "engine/accounts/connection_dependencies.h"
#include "engine/accounts/stream_reader.h"
#include "engine/core/sync/replication.h"
#include "engine/core/sync/table_plan.h"
#include "engine/ports/row_sink.h"
#include "engine/ports/sync_store.h"

namespace sb::accounts {

/// What a deployment would do.
struct ReplicationPlan {
  std::string schema;
  core::sync::TablePlan tables;
};

/// The replications of accounts: planned, deployed, paused, and worked off stream by stream.
/// Thread-safe; blocks.
class Replications {
 public:
  struct Dependencies {
    ConnectionDependencies world;
    ports::SyncStore& syncs;
    ports::SyncLedger& ledger;
    /// The destination of this name; empty: the database of the engine. Null: there is none.
    std::function<ports::RowSink*(const std::string& connection)> sink_of;
    std::function<std::vector<Slot>()> our_slots;
  };

  explicit Replications(Dependencies dependencies);

  /// Changes nothing. kInvalid SYNC_SOURCE_OTHER: the account is of another connector; kNotFound
  /// SYNC_CONNECTION_NOT_FOUND; besides as RowSink.
  Result<ReplicationPlan> Plan(const ports::Account& account,
                               const core::sync::Replication& replication);

  /// Makes or widens the tables and stores the sync, paused where it is new. `yaml` is the text
  /// that `replication` was read from. The same again changes nothing. Fails as Plan, and with
  /// kConflict: SYNC_TABLES_CONFLICT (existing tables cannot be used), SYNC_VERSION_EXISTS (this
  /// version says something else), SYNC_SCHEMA_FIXED (a sync stays where it is), SYNC_SCHEMA_TAKEN,
  /// SYNC_MOVED.
  Result<ports::Sync> Deploy(const ports::Account& account,
                             const core::sync::Replication& replication, const std::string& yaml);

  /// Starts, pauses or deletes it; its tables stay. Fails as SyncStore.
  Result<ports::Sync> SetState(AccountId account, ports::SyncId id, ports::SyncState state);

  /// Streams of our accounts that are due.
  Result<std::vector<ports::SyncStream>> Due(int limit);

  enum class Pace {
    kMore,  ///< Go on at once.
    kRest   ///< Nothing is due of it now, or something hinders.
  };

  /// Takes one step of a stream. Whatever hinders it is noted in the stream and tried again in a
  /// minute. For one caller at a time for each stream.
  Pace Step(ports::SyncStream& at);

 private:
  /// A definition, read once for each version.
  struct Reading {
    std::string version;
    core::sync::Replication replication;
  };

  Result<StreamReader::Pace> TakeStep(ports::SyncStream& at);
  Result<std::shared_ptr<const Reading>> ReadingOf(const ports::Sync& sync);
  Result<ports::RowSink*> SinkOf(const std::string& connection) const;
  Result<ports::Sync> Renew(ports::Sync sync, const core::sync::Replication& replication,
                            const std::string& yaml);
  void Hinder(const Error& error, ports::SyncStream& at);

  Dependencies deps_;
  StreamReader reader_;
  std::mutex mutex_;
  // shared: a step goes on with what it has when a new version comes
  std::map<ports::SyncId, std::shared_ptr<const Reading>> readings_;
};

}  // namespace sb::accounts
