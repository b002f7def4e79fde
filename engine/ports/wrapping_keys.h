#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/ports/data_key_store.h"

namespace sb::ports {

/// The key-encryption keys of this process, which never leave it. Thread-safe.
class WrappingKeys {
 public:
  virtual ~WrappingKeys() = default;

  /// The newest first. An id says nothing about its key.
  virtual const std::vector<std::string>& ids() const = 0;
  /// The same data key, wrapped by the newest key. Fails with kInternal VAULT_CANNOT_OPEN.
  virtual Result<DataKey> Rewrap(const DataKey& key) const = 0;
};

}  // namespace sb::ports
