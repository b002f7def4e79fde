#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/secret.h"

namespace sb::ports {

/// Encrypts what must not be readable in the database. Thread-safe.
///
/// Each secret gets a data key of its own, wrapped by a key-encryption key that never leaves the
/// process. The context ("credential/<account>/<connector>/<generation>") is authenticated: a
/// sealed value copied to another row does not open there.
class Vault {
 public:
  virtual ~Vault() = default;

  virtual std::string Seal(const Secret& secret, std::string_view context) const = 0;
  /// Fails with kInternal VAULT_CANNOT_OPEN: wrong key, wrong context or damage.
  virtual Result<Secret> Open(std::string_view sealed, std::string_view context) const = 0;
};

}  // namespace sb::ports
