#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/ports/application_key.h"
#include "engine/ports/vault.h"

namespace sb::ports {

/// An OAuth application as it is registered at a provider: the one that accounts of its tenant are
/// connected with from now on.
struct OAuthApplication {
  std::string tenant;  ///< Whose it is; empty: the server's own, for tenants without one.
  std::string connector;
  std::string client_id;
  std::string sealed_secret;  ///< Vault::Seal of the client secret, with ApplicationContext.
  std::string redirect_url;   ///< As registered; empty: "/oauth/callback" of our public address.
  std::string claim_url;      ///< Where an installation that begins at the provider goes to be
                              ///< claimed for a tenant; empty: it is for `tenant`.
  std::string install_key;    ///< The unguessable end of its install URL; unique.
  WallTime updated_at;

  bool operator==(const OAuthApplication&) const = default;
};

/// One that has been replaced or deleted. Accounts that were connected with it are renewed with it
/// until they are connected again.
struct FormerApplication {
  ApplicationKey key;
  std::string connector;
  std::string sealed_secret;  ///< As in OAuthApplication.
  WallTime retired_at;

  bool operator==(const FormerApplication&) const = default;
};

/// How many accounts are renewed with an application, wherever that is kept.
struct ApplicationUse {
  ApplicationKey key;
  std::string connector;
  std::int64_t accounts = 0;

  bool operator==(const ApplicationUse&) const = default;
};

/// What a sealed client secret is bound to: it does not open as another one.
inline SealContext ApplicationContext(const std::string& tenant, const std::string& connector) {
  return {"tenant/" + tenant, "application/" + connector + "/" + tenant};
}

/// OAuth applications: a present one for each tenant and connector, and the former ones. Blocking;
/// thread-safe; fails besides with kUnavailable DATABASE_UNAVAILABLE, and writes with kInDoubt
/// DATABASE_IN_DOUBT.
class ApplicationStore {
 public:
  virtual ~ApplicationStore() = default;

  /// Writes it, in the place of the one of that tenant and connector; that one's install key stays.
  /// With another client id that one becomes a former one, retired now (updated_at); a former one
  /// with this client id is present again, with the secret that is given. Returns it as stored.
  virtual Result<OAuthApplication> Put(const OAuthApplication& application) = 0;
  /// Of exactly this tenant. Nothing when there is none.
  virtual Result<std::optional<OAuthApplication>> Find(const std::string& tenant,
                                                       const std::string& connector) = 0;
  virtual Result<std::optional<OAuthApplication>> FindByInstallKey(
      const std::string& install_key) = 0;
  /// By tenant and connector; of one tenant only, or of all.
  virtual Result<std::vector<OAuthApplication>> List(const std::optional<std::string>& tenant) = 0;
  /// Makes it a former one. Whether there was one.
  virtual Result<bool> Delete(const std::string& tenant, const std::string& connector,
                              WallTime now) = 0;

  /// The sealed secret of exactly this application, present or former. Nothing when it is unknown.
  virtual Result<std::optional<std::string>> FindSecret(const std::string& connector,
                                                        const ApplicationKey& key) = 0;
  /// Former ones by tenant, connector and client id; of one tenant only, or of all.
  virtual Result<std::vector<FormerApplication>> ListFormer(
      const std::optional<std::string>& tenant) = 0;
  /// By tenant, connector and client id; of one tenant's applications only, or of all. None with no
  /// accounts.
  virtual Result<std::vector<ApplicationUse>> Uses(const std::optional<std::string>& tenant) = 0;
  /// Erases the former ones that were retired before then and with which no account is renewed.
  virtual Status ForgetUnused(WallTime retired_before) = 0;
};

}  // namespace sb::ports
