#pragma once

#include <map>
#include <mutex>

#include "engine/ports/session_store.h"

namespace sb::testing {

class MemorySessionStore : public ports::SessionStore {
 public:
  Status Insert(const ports::ConnectSession& session) override;
  Result<ports::ConnectSession> Get(SessionId id) override;
  Result<ports::ConnectSession> FindByToken(const std::string& token_hash) override;
  Status BeginAuthorization(SessionId id, const std::string& state_hash,
                            const std::string& browser_hash) override;
  Result<ports::ConnectSession> SpendState(const std::string& state_hash) override;
  Status Finish(SessionId id, AccountId account, const std::string& error) override;

 private:
  std::mutex mutex_;
  std::map<SessionId, ports::ConnectSession> sessions_;
};

}  // namespace sb::testing
