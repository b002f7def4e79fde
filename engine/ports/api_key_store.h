#pragma once

#include <optional>
#include <string>

#include "engine/base/result.h"
#include "engine/base/time.h"

namespace sb::ports {

enum class Role : std::int16_t { kAdmin = 1, kOperator = 2, kViewer = 3 };

/// A key of our own API. Only its hash is kept.
struct ApiKey {
  std::string key_hash;  ///< SHA-256 (raw) of the key.
  std::string name;
  Role role = Role::kViewer;
  std::string tenant;  ///< Empty: every tenant.
  WallTime created_at;
};

/// Keys of our own API. Blocking; thread-safe; fails besides with kUnavailable
/// DATABASE_UNAVAILABLE.
class ApiKeyStore {
 public:
  virtual ~ApiKeyStore() = default;
  virtual Status Insert(const ApiKey& key) = 0;
  /// Nothing when there is no such key.
  virtual Result<std::optional<ApiKey>> Find(const std::string& key_hash) = 0;
  virtual Result<bool> Any() = 0;
};

}  // namespace sb::ports
