#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/ports/vault.h"

namespace sb::ports {

/// An OAuth application as it is registered at a provider.
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

/// What a sealed client secret is bound to: it does not open as another one.
inline SealContext ApplicationContext(const std::string& tenant, const std::string& connector) {
  return {"tenant/" + tenant, "application/" + connector + "/" + tenant};
}

/// OAuth applications, one for each tenant and connector. Blocking; thread-safe; fails besides with
/// kUnavailable DATABASE_UNAVAILABLE, and writes with kInDoubt DATABASE_IN_DOUBT.
class ApplicationStore {
 public:
  virtual ~ApplicationStore() = default;

  /// Writes it, in the place of the one of that tenant and connector; that one's install key stays.
  /// Returns it as stored.
  virtual Result<OAuthApplication> Put(const OAuthApplication& application) = 0;
  /// Of exactly this tenant. Nothing when there is none.
  virtual Result<std::optional<OAuthApplication>> Find(const std::string& tenant,
                                                       const std::string& connector) = 0;
  virtual Result<std::optional<OAuthApplication>> FindByInstallKey(
      const std::string& install_key) = 0;
  /// By tenant and connector; of one tenant only, or of all.
  virtual Result<std::vector<OAuthApplication>> List(const std::optional<std::string>& tenant) = 0;
  /// Whether there was one.
  virtual Result<bool> Delete(const std::string& tenant, const std::string& connector) = 0;
};

}  // namespace sb::ports
