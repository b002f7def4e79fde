#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>

#include "engine/api/caller.h"
#include "engine/base/time.h"
#include "engine/ports/clock.h"

namespace sb::api {

class TenantTokens;

/// Knows callers by their API keys and tenant tokens. A key that was found is remembered for three
/// seconds, so that a busy client costs no query a call; a revoked key works that much longer.
/// Notes a key's use once a minute at most. Thread-safe.
class KeyRing {
 public:
  KeyRing(ports::ApiKeyStore& keys, const TenantTokens& tokens, const ports::Clock& clock)
      : keys_(keys), tokens_(tokens), clock_(clock) {}

  /// Who sent the metadata value `authorization` ("Bearer sbk_..."). May block on the store.
  /// `may_look_up` is asked before a key that was never good here is looked up; what it refuses
  /// with, Identify does. kUnauthorized API_KEY_MISSING, API_KEY_UNKNOWN, API_KEY_EXPIRED,
  /// API_KEY_REVOKED, TENANT_TOKEN_INVALID, TENANT_TOKEN_EXPIRED; and what the store fails with.
  Result<Caller> Identify(const std::string& authorization,
                          const std::function<Status()>& may_look_up);

  /// Whether a value has the form of a key or token at all; Identify says API_KEY_MISSING for those
  /// that have not.
  static bool LooksLikeKey(const std::string& authorization);
  static Error MissingKey();

 private:
  struct Remembered {
    Caller caller;
    WallTime until;  ///< Older ones only tell that the key was good once.
  };

  Result<Caller> IdentifyToken(const std::string& token,
                               const std::function<Status()>& may_look_up) const;
  Result<Caller> LookUp(const std::string& hash);
  void NoteUse(const ports::ApiKey& key, WallTime now);
  void Remember(const std::string& hash, const Caller& caller, WallTime until);

  ports::ApiKeyStore& keys_;
  const TenantTokens& tokens_;
  const ports::Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<std::string, Remembered> remembered_;  // by hash
};

}  // namespace sb::api
