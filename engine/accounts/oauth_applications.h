#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/accounts/connection_dependencies.h"

namespace sb::accounts {

/// An OAuth application to be stored.
struct ApplicationRequest {
  std::string tenant;  ///< Empty: the server's own.
  std::string connector;
  std::string client_id;
  Secret client_secret;
  std::string redirect_url;  ///< Empty: that of our public address.
  std::string claim_url;     ///< May be empty.
};

/// The application with which one tenant's accounts are connected.
struct ChosenApplication {
  std::string client_id;
  Secret client_secret;
  std::string redirect_url;
};

/// The OAuth applications: the server's own and those that tenants bring along. Thread-safe;
/// blocks.
class OAuthApplications {
 public:
  explicit OAuthApplications(const ConnectionDependencies& dependencies) : deps_(dependencies) {}

  /// Stores it sealed, in the place of the one of that tenant and connector. kInvalid
  /// CONNECTOR_UNKNOWN, CREDENTIAL_METHOD_UNSUPPORTED, APPLICATION_INVALID, ADDRESS_NOT_ALLOWED.
  Result<ports::OAuthApplication> Set(const ApplicationRequest& request);
  /// Of one tenant, or all.
  Result<std::vector<ports::OAuthApplication>> List(const std::optional<std::string>& tenant);
  /// kNotFound APPLICATION_NOT_FOUND.
  Status Delete(const std::string& tenant, const std::string& connector);

  /// The tenant's own, else the server's, else nothing.
  Result<std::optional<ChosenApplication>> For(const std::string& tenant,
                                               const std::string& connector) const;
  /// Where the pages of a tenant's links are: the provider sends the browser back to the same host,
  /// or its cookies would be missing. "https://connect.acme.example"
  Result<std::string> HostFor(const std::string& tenant, const std::string& connector) const;

  /// What is registered at the provider.
  std::string RedirectUrlOf(const ports::OAuthApplication& application) const;
  std::string InstallUrlOf(const ports::OAuthApplication& application) const;
  /// kNotFound INSTALL_UNKNOWN.
  Result<ports::OAuthApplication> FindInstall(const std::string& connector,
                                              const std::string& install_key) const;

 private:
  Status Check(const ApplicationRequest& request) const;
  Result<std::optional<ports::OAuthApplication>> Find(const std::string& tenant,
                                                      const std::string& connector) const;

  const ConnectionDependencies& deps_;
};

}  // namespace sb::accounts
