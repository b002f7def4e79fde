#pragma once

#include <string>
#include <vector>

#include "engine/adapters/postgres/database.h"
#include "engine/ports/row_sink.h"

namespace sb::adapters::postgres {

/// Tables of a PostgreSQL database: that of the engine, or another one with a pool of its own,
/// whose user needs no more than to create schemas in it (or to own the schema in question).
///
/// A batch is a handful of statements whatever its size: columns go as arrays. Batches for one
/// schema follow one another, whoever writes them, so that they cannot lock each other out.
class PostgresRowSink : public ports::RowSink {
 public:
  /// Whether the tables are in the database in which syncs are stored.
  enum class Home { kEngine, kElsewhere };

  explicit PostgresRowSink(Database& database, Home home = Home::kElsewhere)
      : database_(database), home_(home) {}

  bool KeepsCheckpoints() const override { return home_ == Home::kEngine; }

  Result<std::vector<core::sync::ExistingTable>> Describe(
      const std::string& schema, const std::vector<std::string>& tables) override;
  Status Prepare(const std::string& schema, const core::sync::TablePlan& plan) override;
  Result<ports::SinkCounts> Merge(const std::string& schema, const core::sync::Stream& stream,
                                  const ports::SinkBatch& batch) override;
  Result<std::vector<std::string>> KeysIn(const std::string& schema,
                                          const core::sync::Stream& stream,
                                          const core::sync::Window& window) override;

 private:
  Database& database_;
  const Home home_;
};

}  // namespace sb::adapters::postgres
