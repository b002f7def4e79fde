#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "engine/adapters/postgres/database.h"
#include "engine/adapters/system/data_directory.h"
#include "engine/adapters/system/embedded_postgres.h"
#include "tests/support/temp_dir.h"

namespace sb::testing {

/// A PostgreSQL server for the tests of one process: made at first use below a fresh directory,
/// gone at exit.
class PostgresCluster {
 public:
  static PostgresCluster& Shared();

  /// For maintenance: sees every database of the cluster.
  const std::string& admin_url() const { return server_->url(); }

  /// The same server, another database.
  std::string UrlOf(const std::string& database) const;
  /// Runs one SQL statement as administrator; a test fails when it is refused.
  void Administer(const std::string& sql);
  /// The name of a fresh database; `migrated` ones are copies of one that was migrated and has its
  /// partitions from the day before kStoryTime to two days after.
  std::string Create(bool migrated);
  void Drop(const std::string& database);

 private:
  PostgresCluster();

  void MakeTemplate();

  TempDir directory_;
  std::unique_ptr<adapters::system::DataDirectory> lock_;
  std::unique_ptr<adapters::system::EmbeddedPostgres> server_;
  std::mutex mutex_;
  bool has_template_ = false;
  int created_ = 0;
};

/// A database of its own for one test.
class TestDatabase {
 public:
  enum class Schema { kMigrated, kEmpty };

  explicit TestDatabase(Schema schema = Schema::kMigrated);
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  const std::string& name() const { return name_; }

  std::string url() const { return PostgresCluster::Shared().UrlOf(name_); }

  adapters::postgres::DatabaseSettings settings() const;

  /// Runs a statement and answers its first value as text; "" when there is none. A test fails when
  /// it is refused.
  std::string Ask(const std::string& sql);
  /// Asks until the answer is `wanted`, up to ten seconds; whether it came.
  bool AskUntil(const std::string& sql, const std::string& wanted);

 private:
  const std::string name_;
};

}  // namespace sb::testing
