#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
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

  /// What the table holds of a key; nothing: there is no such row.
  std::optional<core::sync::StoredRow> Row(const std::string& schema, const std::string& table,
                                           const std::string& key) const;

  /// While set, nothing can be written or read.
  std::optional<Error> failure;

 private:
  struct Table {
    core::sync::ExistingTable shape;
    std::map<std::string, core::sync::StoredRow> rows;
  };

  Table* Find(const std::string& schema, const std::string& table);
  void Mention(const std::string& schema, const std::string& table, const std::string& key);
  void MentionAll(const std::string& schema, const core::sync::Stream& stream,
                  const ports::SinkBatch& batch);

  ports::SyncStore* const syncs_;
  mutable std::mutex mutex_;
  std::map<std::string, std::map<std::string, Table>> schemas_;
};

}  // namespace sb::testing
