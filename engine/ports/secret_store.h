#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/ports/vault.h"

namespace sb::ports {

/// A tenant's named secret as stored: opaque here.
struct StoredSecret {
  std::string tenant;
  std::string name;
  std::string sealed;  ///< Vault::Seal of its JSON, with SecretContext.
  WallTime updated_at;
};

/// A secret as it is listed.
struct SecretName {
  std::string name;
  WallTime updated_at;
};

/// What a sealed secret is bound to: it does not open as another one.
inline SealContext SecretContext(const std::string& tenant, const std::string& name) {
  return {"tenant/" + tenant, "secret/" + tenant + "/" + name};
}

/// Named secrets of tenants, sealed. Blocking; thread-safe; fails besides with kUnavailable
/// DATABASE_UNAVAILABLE, and writes with kInDoubt DATABASE_IN_DOUBT.
class SecretStore {
 public:
  virtual ~SecretStore() = default;
  /// Writes it, in the place of the one with that name.
  virtual Status Put(const StoredSecret& secret) = 0;
  /// Nothing when there is no such secret.
  virtual Result<std::optional<StoredSecret>> Find(const std::string& tenant,
                                                   const std::string& name) = 0;
  /// All of a tenant's, by name.
  virtual Result<std::vector<SecretName>> Names(const std::string& tenant) = 0;
  /// Whether there was one.
  virtual Result<bool> Delete(const std::string& tenant, const std::string& name) = 0;
};

}  // namespace sb::ports
