#pragma once

#include <cstdint>
#include <map>
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
  Result<ports::SinkWalk> Edit(const std::string& schema, const core::sync::WantedTable& table,
                               const core::sync::Cells& behind, int limit,
                               const ports::RowEdit& edit) override;
  Result<std::map<std::string, bool>> Known(const std::string& schema,
                                            const core::sync::Stream& stream,
                                            const std::vector<std::string>& keys) override;
  Result<std::int64_t> CountIn(const std::string& schema, const core::sync::Stream& stream,
                               const core::sync::Window& window) override;
  Result<std::vector<ports::RowMark>> MarksIn(const std::string& schema,
                                              const core::sync::Stream& stream,
                                              const core::sync::Window& window,
                                              const std::string& after, int limit) override;
  Result<std::vector<ports::KeptRow>> RowsOf(const std::string& schema,
                                             const core::sync::Stream& stream,
                                             const std::vector<std::string>& keys) override;
  Result<ports::SinkViews> MakeViews(const std::string& schema,
                                     const std::vector<core::sync::AnalyticsView>& views) override;
  Result<ports::SinkTable> Ask(const std::string& schema, const ports::SinkQuery& query) override;

 private:
  Database& database_;
  const Home home_;
};

}  // namespace sb::adapters::postgres
