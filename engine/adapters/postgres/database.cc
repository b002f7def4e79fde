#include "engine/adapters/postgres/database.h"

#include <utility>

#include <pqxx/result>

#include "engine/adapters/postgres/connection.h"
#include "engine/adapters/postgres/params.h"
#include "engine/adapters/postgres/rows.h"

namespace sb::adapters::postgres {

Database::Database(DatabaseSettings settings) : settings_(std::move(settings)) {}

Database::~Database() = default;

Status Database::Check() {
  constexpr Statement kCheck = {"database.check", "select 1"};
  const auto answer = Read(kCheck, Params());
  return answer.ok() ? Status() : Status(answer.error());
}

Result<WallTime> Database::Now() {
  constexpr Statement kNow = {"database.now", "select eng.now_() as now"};
  const auto answer = Read(kNow, Params());
  if (!answer.ok()) return answer.error();
  return TimeOf(answer->front(), "now");
}

Result<pqxx::result> Database::Read(const Statement& statement, const Params& params,
                                    std::string* sqlstate) {
  return Run(statement, params, Access::kRead, sqlstate);
}

Result<pqxx::result> Database::Write(const Statement& statement, const Params& params) {
  return Run(statement, params, Access::kWrite, nullptr);
}

Result<pqxx::result> Database::Run(const Statement& statement, const Params& params, Access access,
                                   std::string* told) {
  auto taken = Take();
  if (!taken.ok()) return taken.error();
  std::unique_ptr<Connection> connection = std::move(*taken);
  try {
    pqxx::result rows = connection->Run(statement, params);
    GiveBack(std::move(connection));
    return rows;
  } catch (const std::exception& error) {
    const std::string sqlstate = SqlStateOf(error);
    if (told != nullptr) *told = sqlstate;
    if (sqlstate.empty() || connection->IsStale()) {
      Forget();
    } else {
      GiveBack(std::move(connection));
    }
    if (sqlstate.empty()) return AnswerLost(statement.name, access);
    return FromSqlState(sqlstate, error.what(), statement.name, access);
  }
}

Status Database::Transact(const char* name, const std::function<Status(Transaction&)>& body) {
  constexpr Statement kBegin = {"transaction.begin", "begin", Planning::kEachTime};
  constexpr Statement kRollback = {"transaction.rollback", "rollback", Planning::kEachTime};
  auto taken = Take();
  if (!taken.ok()) return taken.error();
  std::unique_ptr<Connection> connection = std::move(*taken);
  Transaction transaction(*connection);
  const auto begun = transaction.Run(kBegin, Params());
  Status done = begun.ok() ? body(transaction) : Status(begun.error());
  bool intact = true;
  if (done.ok()) {
    done = Commit(name, *connection);
    intact = done.ok();
  } else {
    intact = transaction.Run(kRollback, Params()).ok();
  }
  if (intact && !connection->IsStale())
    GiveBack(std::move(connection));
  else
    Forget();
  return done;
}

Status Database::Commit(const char* name, Connection& connection) {
  constexpr Statement kCommit = {"transaction.commit", "commit", Planning::kEachTime};
  try {
    connection.Run(kCommit, Params());
    return {};
  } catch (const std::exception& error) {
    const std::string sqlstate = SqlStateOf(error);
    if (sqlstate.empty()) return AnswerLost(name, Access::kWrite);
    return FromSqlState(sqlstate, error.what(), name, Access::kWrite);
  }
}

Result<pqxx::result> Transaction::Run(const Statement& statement, const Params& params) {
  try {
    return connection_.Run(statement, params);
  } catch (const std::exception& error) {
    sqlstate_ = SqlStateOf(error);
    refusal_ = SafeText(sqlstate_, error.what());
    if (sqlstate_.empty()) return AnswerLost(statement.name, Access::kRead);
    return FromSqlState(sqlstate_, error.what(), statement.name, Access::kRead);
  }
}

Result<std::unique_ptr<Connection>> Database::Take() {
  std::vector<std::unique_ptr<Connection>> stale;  // closed after the lock is released
  {
    std::unique_lock lock(mutex_);
    const auto has_place = [this] { return in_use_ < settings_.connections; };
    if (!returned_.wait_for(lock, settings_.wait_for_connection, has_place)) {
      return Unavailable(
          "DATABASE_UNAVAILABLE",
          "all connections to the database are busy; it is slow, or needs more of them");
    }
    ++in_use_;
    while (!idle_.empty()) {
      std::unique_ptr<Connection> connection = std::move(idle_.back());
      idle_.pop_back();
      if (!connection->IsStale()) return connection;
      stale.push_back(std::move(connection));
    }
  }
  return Connect();
}

Result<std::unique_ptr<Connection>> Database::Connect() {
  try {
    return std::make_unique<Connection>(settings_);
  } catch (const std::exception& error) {
    Forget();
    return NotReachable(error.what());
  }
}

void Database::GiveBack(std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  --in_use_;
  idle_.push_back(std::move(connection));
  returned_.notify_one();
}

void Database::Forget() {
  const std::lock_guard lock(mutex_);
  --in_use_;
  returned_.notify_one();
}

}  // namespace sb::adapters::postgres
