#pragma once

#include <string>

#include "engine/accounts/connection_dependencies.h"

namespace sb::accounts {

struct SessionRequest {
  std::string tenant;
  std::string connector = "aircall";
  std::string return_url;  ///< Empty: our own last page.
  Millis lifetime = std::chrono::minutes(30);
};

struct SessionLink {
  ports::ConnectSession session;
  std::string url;  ///< To open in a browser; holds the secret part.
};

/// The links by which a tenant's person connects an account. Thread-safe; blocks.
class ConnectLinks {
 public:
  explicit ConnectLinks(const ConnectionDependencies& dependencies) : deps_(dependencies) {}

  /// kInvalid CONNECTOR_UNKNOWN, TENANT_MISSING.
  Result<SessionLink> Create(const SessionRequest& request);
  /// kNotFound SESSION_NOT_FOUND, kConflict SESSION_EXPIRED.
  Result<ports::ConnectSession> Find(const std::string& token);
  /// Writes down how it ended. A link that failed may be tried again.
  void Close(const ports::ConnectSession& session, const Result<ports::Account>& account);

 private:
  const ConnectionDependencies& deps_;
};

/// kConflict SESSION_EXPIRED.
Error SessionExpired();

}  // namespace sb::accounts
