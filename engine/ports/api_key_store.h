#pragma once

#include <optional>
#include <string>

#include "engine/base/api_key_id.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/ports/page.h"
#include "engine/ports/tenant_scope.h"

namespace sb::ports {

/// From most to least powerful: each may do what those after it may.
enum class Role : std::int16_t { kAdmin = 1, kOperator = 2, kViewer = 3 };

/// A key of our own API. Only its hash is kept.
struct ApiKey {
  ApiKeyId id;
  std::string key_hash;  ///< SHA-256 (raw) of the key.
  std::string name;      ///< For people; several may bear the same.
  Role role = Role::kViewer;
  TenantScope scope;
  WallTime created_at;
  std::optional<WallTime> expires_at = {};    ///< From then on it opens nothing.
  std::optional<WallTime> revoked_at = {};    ///< Likewise.
  ApiKeyId successor = {};                    ///< The key that takes its place; none: it has none.
  std::optional<WallTime> last_used_at = {};  ///< Late by a minute or two.

  bool WorksAt(WallTime when) const { return !revoked_at && (!expires_at || when < *expires_at); }
};

/// Keys of our own API. Blocking; thread-safe; fails besides with kUnavailable
/// DATABASE_UNAVAILABLE, and writes with kInDoubt DATABASE_IN_DOUBT.
class ApiKeyStore {
 public:
  virtual ~ApiKeyStore() = default;
  /// The same key again changes nothing.
  virtual Status Insert(const ApiKey& key) = 0;
  /// Nothing when there is no such key. One that works no more is found as well.
  virtual Result<std::optional<ApiKey>> Find(const std::string& key_hash) = 0;
  /// kNotFound API_KEY_NOT_FOUND.
  virtual Result<ApiKey> Get(ApiKeyId id) = 0;
  /// Those that reach nothing beyond `scope`, newest first.
  virtual Result<Page<ApiKey>> List(const TenantScope& scope, const PageRequest& page) = 0;
  /// Stores `successor` and lets the key `id` work until `ends_at`, or until its own end if that
  /// comes first. kConflict API_KEY_ENDED when it works no more `now` or has a successor already.
  virtual Status Replace(ApiKeyId id, const ApiKey& successor, WallTime ends_at, WallTime now) = 0;
  /// The key works no more. Of several times the first counts. kNotFound API_KEY_NOT_FOUND.
  virtual Status Revoke(ApiKeyId id, WallTime now) = 0;
  /// The key was used at that time, or later.
  virtual Status NoteUse(ApiKeyId id, WallTime when) = 0;
  /// Whether some admin key of all tenants works at that time.
  virtual Result<bool> HasAdmin(WallTime when) = 0;
};

}  // namespace sb::ports
