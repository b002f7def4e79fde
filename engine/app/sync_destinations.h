#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "engine/adapters/postgres/database.h"
#include "engine/adapters/postgres/postgres_row_sink.h"
#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/core/twoway/definition.h"
#include "engine/ports/record_side.h"

namespace sb::app {

/// What a file of destinations says: a line for each, NAME=postgresql://..., or "host=..." in the
/// words of libpq. Empty lines and those that begin with # say nothing. Fails with kInvalid
/// CONFIG_INVALID, naming the line, never what stands in it.
Result<std::map<std::string, Secret>> ParseDestinations(std::string_view text);

/// The databases that tables of syncs are kept in: the engine's own, and those that the operator
/// named. Thread-safe. A database that is down is no hindrance to a start.
class SyncDestinations {
 public:
  SyncDestinations(adapters::postgres::Database& own, const std::map<std::string, Secret>& urls);

  /// The destination of this name; empty: the engine's own. Null: there is none.
  ports::RowSink* Find(const std::string& name);

  /// The table on one side of a two-way sync, in the destination that the side names as its
  /// connection (empty: the engine's own). `feed`: a name of the sync that it keeps for as long as
  /// it lives (its account, namespace and name do). Asks no database. Fails with kNotFound
  /// SYNC_CONNECTION_NOT_FOUND. What it gives borrows this.
  Result<std::unique_ptr<ports::RecordSide>> TableOf(const core::twoway::Definition& definition,
                                                     core::twoway::Side side,
                                                     const std::string& feed);

 private:
  struct Named {
    explicit Named(adapters::postgres::DatabaseSettings settings);

    adapters::postgres::Database database;
    adapters::postgres::PostgresRowSink sink;
  };

  adapters::postgres::Database& own_database_;
  adapters::postgres::PostgresRowSink own_;
  std::map<std::string, std::unique_ptr<Named>> named_;
};

}  // namespace sb::app
