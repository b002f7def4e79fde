#pragma once

#include "engine/adapters/postgres/database.h"
#include "engine/ports/session_store.h"

namespace sb::adapters::postgres {

/// Connect sessions in eng.connect_session.
class PostgresSessionStore : public ports::SessionStore {
 public:
  explicit PostgresSessionStore(Database& database) : database_(database) {}

  Status Insert(const ports::ConnectSession& session) override;
  Result<ports::ConnectSession> Get(SessionId id) override;
  Result<ports::ConnectSession> FindByToken(const std::string& token_hash) override;
  Status BeginAuthorization(SessionId id, const std::string& state_hash,
                            const std::string& browser_hash) override;
  Result<ports::ConnectSession> SpendState(const std::string& state_hash) override;
  Status Finish(SessionId id, AccountId account, const std::string& error) override;

 private:
  /// Runs a change that answers `changed` and `known`.
  Status Change(const Statement& statement, const Params& params);

  Database& database_;
};

}  // namespace sb::adapters::postgres
