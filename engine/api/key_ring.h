#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

#include "engine/api/caller.h"
#include "engine/base/time.h"
#include "engine/ports/clock.h"

namespace sb::api {

/// Knows callers by their API keys. A key that was found is remembered for 30 seconds, so that a
/// busy client costs no query a call; a withdrawn key therefore works that much longer.
/// Thread-safe.
class KeyRing {
 public:
  KeyRing(ports::ApiKeyStore& keys, const ports::Clock& clock) : keys_(keys), clock_(clock) {}

  /// Who sent the metadata value `authorization` ("Bearer sbk_..."). May block on the store.
  /// kUnauthorized API_KEY_MISSING, API_KEY_UNKNOWN; and what the store fails with.
  Result<Caller> Identify(const std::string& authorization);

  /// Whether a value has the form of a key at all; Identify says API_KEY_MISSING for those that
  /// have not.
  static bool LooksLikeKey(const std::string& authorization);
  static Error MissingKey();

 private:
  struct Remembered {
    Caller caller;
    WallTime until;
  };

  ports::ApiKeyStore& keys_;
  const ports::Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<std::string, Remembered> remembered_;  // by hash
};

}  // namespace sb::api
