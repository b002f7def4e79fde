#pragma once

#include <string>

#include <pqxx/connection>
#include <pqxx/transaction>

namespace sb::testing {

/// A transaction that a test keeps open to hold others up.
class OpenTransaction {
 public:
  explicit OpenTransaction(const std::string& url) : connection_(url), transaction_(connection_) {}

  void Run(const std::string& sql) { transaction_.exec(sql); }

  void Commit() { transaction_.commit(); }

  void Rollback() { transaction_.abort(); }

 private:
  pqxx::connection connection_;
  pqxx::work transaction_;
};

/// How many sessions of this database wait for a lock.
inline constexpr const char* kWaiting =
    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type "
    "= 'Lock'";
/// Ends those sessions' backends, as a failing server would.
inline constexpr const char* kCutWaiting =
    "select count(pg_terminate_backend(pid)) from pg_stat_activity "
    "where datname = current_database() and wait_event_type = 'Lock'";

}  // namespace sb::testing
