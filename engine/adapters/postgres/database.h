#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/adapters/postgres/errors.h"
#include "engine/base/result.h"
#include "engine/base/time.h"

namespace pqxx {
class result;
}

namespace sb::adapters::postgres {

class Connection;
class Params;
class Transaction;

struct DatabaseSettings {
  std::string url;  ///< Holds the password: never log it.
  int connections = 6;
  Millis statement_timeout{10'000};
  Millis lock_timeout{3'000};
  Millis wait_for_connection{10'000};  ///< When all are in use.
};

enum class Planning {
  kOnce,      ///< Prepared under its name.
  kEachTime,  ///< Planned with its values: for lists whose filters may be absent.
};

/// One SQL statement and how to speak of it in errors ("run.commit").
struct Statement {
  const char* name;
  const char* text;
  Planning planning = Planning::kOnce;
};

/// A pool of blocking connections. Thread-safe. Connections are made when needed and dropped when
/// they break; nothing is repeated here, because only the caller knows whether it may be.
///
/// Every statement is its own transaction, but for Transact. Errors: kUnavailable
/// DATABASE_UNAVAILABLE (nothing took effect), kInDoubt DATABASE_IN_DOUBT (a write whose answer was
/// lost), kInvalid DATABASE_URL_INVALID, kInternal DATABASE_REFUSED, and kConflict WRITER_FENCED
/// and RUN_SEQUENCE_CONFLICT as our SQL raises them.
class Database {
 public:
  explicit Database(DatabaseSettings settings);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Whether a connection can be had and answers; for start-up and readiness.
  Status Check();
  /// What time it is there.
  Result<WallTime> Now();

  /// `sqlstate`, where it is given: of a failure; empty when the connection was lost.
  Result<pqxx::result> Read(const Statement& statement, const Params& params,
                            std::string* sqlstate = nullptr);
  Result<pqxx::result> Write(const Statement& statement, const Params& params);

  /// Several statements as one transaction, which is rolled back when `body` fails. Until it
  /// commits nothing is in doubt: kInDoubt means that the answer to the commit was lost. `name` is
  /// what errors call it.
  Status Transact(const char* name, const std::function<Status(Transaction&)>& body);

  const DatabaseSettings& settings() const { return settings_; }

 private:
  Result<pqxx::result> Run(const Statement& statement, const Params& params, Access access,
                           std::string* sqlstate);
  static Status Commit(const char* name, Connection& connection);
  Result<std::unique_ptr<Connection>> Take();
  Result<std::unique_ptr<Connection>> Connect();
  void GiveBack(std::unique_ptr<Connection> connection);
  void Forget();  ///< A connection broke: its place is free.

  const DatabaseSettings settings_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<Connection>> idle_;
  int in_use_ = 0;
};

/// What a transaction may do while it lasts. For one thread.
class Transaction {
 public:
  /// Fails as Database::Read. Once it has failed, so does everything after it.
  Result<pqxx::result> Run(const Statement& statement, const Params& params);

  /// Of the last failure; empty when the connection was lost.
  const std::string& sqlstate() const { return sqlstate_; }

  /// What the server said to it, as far as that names no values; see SafeText.
  const std::string& refusal() const { return refusal_; }

 private:
  friend class Database;

  explicit Transaction(Connection& connection) : connection_(connection) {}

  Connection& connection_;
  std::string sqlstate_;
  std::string refusal_;
};

}  // namespace sb::adapters::postgres
