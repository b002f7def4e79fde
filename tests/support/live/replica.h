#pragma once

#include <string>
#include <vector>

#include "tests/support/live/live_system.h"
#include "tests/support/postgres_cluster.h"

namespace sb::live {

/// A sync of the sandbox's company by a server that keeps its data in `home`, and what a reader of
/// the tables compares it with: the sandbox's own answers.
class Replica {
 public:
  static constexpr const char* kSchema = "warehouse";

  Replica(LiveSystem& system, std::string account, testing::TestDatabase& tables)
      : system_(system), account_(std::move(account)), tables_(tables) {}

  /// Deploys all streams and starts. `connection`: of the server; empty: its own database.
  void Start(const std::string& connection = "");
  /// Whether every stream is live by now. A wait for as long as the quota makes it take.
  bool IsLive();

  /// A value of a statement over the schema's tables.
  std::string Ask(const std::string& sql) { return tables_.Ask(Path() + sql); }

  bool AskUntil(const std::string& sql, const std::string& wanted) {
    return tables_.AskUntil(Path() + sql, wanted);
  }

  /// "id|status|raw_digits" of all calls, by id: in the table, and at the provider.
  std::string CallsInTable();
  std::string CallsAtProvider();
  /// Ids of what a list of the provider has ("contacts"), by id, and of the rows of its table.
  std::string IdsInTable(const std::string& table);
  std::string IdsAtProvider(const std::string& list);

 private:
  static std::string Path() { return std::string("set search_path = ") + kSchema + "; "; }

  std::vector<Json> All(const std::string& list);

  LiveSystem& system_;
  const std::string account_;
  testing::TestDatabase& tables_;
};

}  // namespace sb::live
