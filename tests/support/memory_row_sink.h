#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/ports/row_sink.h"

namespace sb::testing {

/// Tables in memory. Keeps the contract of PostgresRowSink; may be told to fail.
class MemoryRowSink : public ports::RowSink {
 public:
  /// With `syncs` it keeps checkpoints there.
  explicit MemoryRowSink(ports::SyncStore* syncs = nullptr) : syncs_(syncs) {}

  bool KeepsCheckpoints() const override { return syncs_ != nullptr; }

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
  /// It understands no SQL: it remembers the question in `asked` and gives `answer`.
  Result<ports::SinkTable> Ask(const std::string& schema, const ports::SinkQuery& query) override;

  /// What the table holds of a key; nothing: there is no such row.
  std::optional<core::sync::StoredRow> Row(const std::string& schema, const std::string& table,
                                           const std::string& key) const;

  /// Somebody else changes the tables behind our back: puts a row, or takes it away.
  void Tamper(const std::string& schema, const std::string& table, const std::string& key,
              std::optional<core::sync::StoredRow> row);

  /// While set, nothing can be written or read.
  std::optional<Error> failure;
  /// Rows with these keys are refused, as by a constraint that somebody has added.
  std::set<std::string> refused_keys;
  /// The last question, and what is answered to all.
  std::optional<ports::SinkQuery> asked;
  ports::SinkTable answer;

 private:
  struct Table {
    core::sync::ExistingTable shape;
    std::map<std::string, core::sync::StoredRow> rows;
  };

  /// Where the rows of a child table are.
  struct PartOf {
    std::string table;
    std::size_t child = 0;
  };

  std::int64_t EditParts(const std::string& schema, const core::sync::WantedTable& table,
                         const PartOf& part, const ports::RowEdit& edit);
  Table* Find(const std::string& schema, const std::string& table);
  void Mention(const std::string& schema, const std::string& table, const std::string& key);
  void MentionAll(const std::string& schema, const core::sync::Stream& stream,
                  const ports::SinkBatch& batch);

  ports::SyncStore* const syncs_;
  mutable std::mutex mutex_;
  std::map<std::string, std::map<std::string, Table>> schemas_;
  std::map<std::pair<std::string, std::string>, PartOf> parts_;  ///< By schema and table.
  std::map<std::string, std::map<std::string, core::sync::AnalyticsView>> views_;
};

}  // namespace sb::testing
