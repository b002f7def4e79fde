#pragma once

#include <exception>
#include <set>
#include <string>

#include <pqxx/connection>
#include <pqxx/result>

#include "engine/adapters/postgres/database.h"
#include "engine/adapters/postgres/params.h"

namespace sb::adapters::postgres {

/// One session, for one thread at a time. Its methods throw what libpqxx throws: Database and
/// Migrator, which use it, translate.
class Connection {
 public:
  /// Connects and sets up the session: time limits, UTC, terse errors (their details quote values).
  explicit Connection(const DatabaseSettings& settings);

  /// Runs one statement as its own transaction, in one round trip.
  pqxx::result Run(const Statement& statement, const Params& params);

  /// Whether the server has ended the session, or said something unasked, while it was idle.
  bool IsStale() const;

  pqxx::connection& raw() { return connection_; }

 private:
  pqxx::connection connection_;
  std::set<std::string> prepared_;
};

/// The SQLSTATE of what libpqxx threw; empty when the connection was lost, or nobody can tell. For
/// some states the library has classes that do not say their own.
std::string SqlStateOf(const std::exception& error);

}  // namespace sb::adapters::postgres
