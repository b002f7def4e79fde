#pragma once

#include <cstdint>
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

/// The application with which one tenant's accounts are connected from now on.
struct ChosenApplication {
  std::string client_id;
  Secret client_secret;
  std::string redirect_url;
  std::string tenant;  ///< Whose it is; empty: the server's own.
};

/// An application as whoever keeps it sees it.
struct KnownApplication {
  ports::ApplicationKey key;
  std::string connector;
  std::int64_t accounts = 0;                       ///< So many are renewed with it.
  std::optional<ports::OAuthApplication> present;  ///< Nothing: it is a former one,
  std::optional<WallTime> retired_at;              ///< ... replaced or deleted then.
};

/// The OAuth applications: the server's own and those that tenants bring along. Thread-safe;
/// blocks.
class OAuthApplications {
 public:
  explicit OAuthApplications(const ConnectionDependencies& dependencies) : deps_(dependencies) {}

  /// Stores it sealed, in the place of the one of that tenant and connector. With the same client
  /// id it is that one with another secret, for all its accounts; with another, accounts that were
  /// connected before go on with the former one. kInvalid CONNECTOR_UNKNOWN,
  /// CREDENTIAL_METHOD_UNSUPPORTED, APPLICATION_INVALID, ADDRESS_NOT_ALLOWED.
  Result<ports::OAuthApplication> Set(const ApplicationRequest& request);
  /// Of one tenant, or all: by tenant and connector, the present one before former ones. Former
  /// ones with no accounts are not listed: nothing needs them any more.
  Result<std::vector<KnownApplication>> List(const std::optional<std::string>& tenant) const;
  /// Nobody is connected with it from now on; accounts that are go on with it. How many those are.
  /// kNotFound APPLICATION_NOT_FOUND.
  Result<std::int64_t> Delete(const std::string& tenant, const std::string& connector);

  /// The tenant's own, else the server's, else nothing.
  Result<std::optional<ChosenApplication>> For(const std::string& tenant,
                                               const std::string& connector) const;
  /// The application that renews a credential: exactly the one that it was given to, present,
  /// former or configured. Nothing: it is known no more. For a credential of which nobody wrote it
  /// down: the configured one, else as For.
  Result<std::optional<OAuthClient>> ClientOf(const ports::Account& account,
                                              const ports::ApplicationKey& application) const;
  /// Erases the former ones that nothing needs any more. Those that were retired within the last
  /// hour stay: somebody may be connecting with them.
  Status ForgetUnused();
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
  const OAuthClient* Configured(const std::string& connector) const;

  const ConnectionDependencies& deps_;
};

}  // namespace sb::accounts
