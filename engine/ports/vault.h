#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/secret.h"

namespace sb::ports {

/// What a sealed value is, and whose. It opens as nothing else: a value that was copied to another
/// row, account, provider or generation stays closed.
struct SealContext {
  /// Who has the data key: "account/<account>", "tenant/<tenant>", or "installation" for what is
  /// nobody's.
  std::string owner;
  std::string
      value;  ///< "credential/<account>/<connector>/<generation>", "secret/<tenant>/<name>".
};

/// Encrypts what must not be readable in the database. Thread-safe; may block.
///
/// Each owner has a data key, which a key-encryption key wraps that never leaves the process.
class Vault {
 public:
  virtual ~Vault() = default;

  /// Fails where the owner's data key can be neither found nor made: kInternal VAULT_CANNOT_OPEN,
  /// or as the database does.
  virtual Result<std::string> Seal(const Secret& secret, const SealContext& context) const = 0;
  /// Fails with kInternal VAULT_CANNOT_OPEN: wrong key, wrong context or damage; and as the
  /// database does.
  virtual Result<Secret> Open(std::string_view sealed, const SealContext& context) const = 0;
};

}  // namespace sb::ports
