#include "tests/support/memory_session_store.h"

namespace sb::testing {
namespace {

Error SessionNotFound() {
  return NotFound("SESSION_NOT_FOUND", "there is no such connect session");
}

Error SessionFinished() {
  return Conflict("SESSION_FINISHED", "this connect session has succeeded already");
}

}  // namespace

Status MemorySessionStore::Insert(const ports::ConnectSession& session) {
  const std::lock_guard lock(mutex_);
  if (!sessions_.emplace(session.id, session).second) {
    return Internal("DATABASE_REFUSED", "a session id is used twice");
  }
  return {};
}

Result<ports::ConnectSession> MemorySessionStore::Get(SessionId id) {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return SessionNotFound();
  return found->second;
}

Result<ports::ConnectSession> MemorySessionStore::FindByToken(const std::string& token_hash) {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, session] : sessions_) {
    if (session.token_hash == token_hash) return session;
  }
  return SessionNotFound();
}

Status MemorySessionStore::BeginAuthorization(SessionId id, const std::string& state_hash,
                                              const std::string& browser_hash) {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return SessionNotFound();
  ports::ConnectSession& session = found->second;
  if (session.state == ports::SessionState::kSucceeded) return SessionFinished();
  session.state = ports::SessionState::kAuthorizing;
  session.state_hash = state_hash;
  session.browser_hash = browser_hash;
  session.error.clear();
  return {};
}

Result<ports::ConnectSession> MemorySessionStore::SpendState(const std::string& state_hash) {
  const std::lock_guard lock(mutex_);
  for (auto& [id, session] : sessions_) {
    if (state_hash.empty() || session.state_hash != state_hash) continue;
    session.state_hash.clear();
    return session;
  }
  return NotFound("SESSION_STATE_UNKNOWN",
                  "this authorisation was not started here, or was used already");
}

Status MemorySessionStore::Finish(SessionId id, AccountId account, const std::string& error) {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return SessionNotFound();
  ports::ConnectSession& session = found->second;
  const bool repeats = !account.IsNone() && session.account == account;
  if (session.state == ports::SessionState::kSucceeded && !repeats) return SessionFinished();
  session.state = account.IsNone() ? ports::SessionState::kFailed : ports::SessionState::kSucceeded;
  session.account = account;
  session.error = error;
  session.state_hash.clear();
  return {};
}

}  // namespace sb::testing
