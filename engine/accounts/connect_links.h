#pragma once

#include <string>
#include <vector>

#include "engine/accounts/connection_dependencies.h"
#include "engine/accounts/oauth_applications.h"

namespace sb::accounts {

struct SessionRequest {
  std::string tenant;
  std::string connector = "aircall";
  std::string return_url;  ///< Empty: our own last page.
  Millis lifetime = std::chrono::minutes(30);
  std::vector<ports::AuthMethod> methods = {};  ///< Empty: all that there are.
  AccountId reconnects = {};                    ///< Connect this account again, and no other.
  std::string opener_origin = {};  ///< Who opens it in a pop-up and is told of its end.
  bool from_provider = false;      ///< It began there, and the browser ends there.
  ports::Branding branding = {};
};

struct SessionLink {
  ports::ConnectSession session;
  std::string url;  ///< To open in a browser; holds the secret part.
};

/// The links by which a tenant's person connects an account. Thread-safe; blocks.
class ConnectLinks {
 public:
  ConnectLinks(const ConnectionDependencies& dependencies, const OAuthApplications& applications)
      : deps_(dependencies), applications_(applications) {}

  /// As Connections::CreateSession.
  Result<SessionLink> Create(const SessionRequest& request);
  /// kNotFound SESSION_NOT_FOUND, kConflict SESSION_EXPIRED.
  Result<ports::ConnectSession> Find(const std::string& token);
  /// The same, also when it has expired: to say so as its platform looks.
  Result<ports::ConnectSession> FindAnyway(const std::string& token);
  /// Binds the link to one browser, and ends what another had begun with it. Returns the cookie
  /// that proves to be that browser. kConflict SESSION_FINISHED.
  Result<std::string> BindToBrowser(const ports::ConnectSession& session);
  /// Writes down how it ended. A link that failed may be tried again.
  void Close(const ports::ConnectSession& session, const Result<ports::Account>& account);
  /// Whether that account may be connected again; none may. kNotFound ACCOUNT_NOT_FOUND, also when
  /// it is another tenant's; kConflict ACCOUNT_DISCONNECTED.
  Status MayReconnect(AccountId id, const std::string& tenant, const std::string& connector) const;

 private:
  Status Check(const SessionRequest& request) const;
  Status CheckMethods(const SessionRequest& request, const connector::Connector& connector) const;

  const ConnectionDependencies& deps_;
  const OAuthApplications& applications_;
};

/// kConflict SESSION_FINISHED.
Error SessionFinished();
/// kForbidden SESSION_METHOD_FORBIDDEN.
Error MethodNotOffered();
/// kInvalid OAUTH_NOT_CONFIGURED.
Error NoApplication(const std::string& connector);
/// kConflict SESSION_EXPIRED.
Error SessionExpired();

}  // namespace sb::accounts
