#pragma once

#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/ports/account_store.h"
#include "engine/ports/secret_store.h"

namespace sb::ports {

/// An account's credential in the early form.
struct EarlyCredential {
  AccountId account;
  std::string connector;
  StoredCredential stored;
};

/// The stored values of the early form, which was used before owners had data keys: each depends on
/// a key-encryption key by itself. New ones are not made. Blocking; thread-safe; fails besides with
/// kUnavailable DATABASE_UNAVAILABLE, and writes with kInDoubt DATABASE_IN_DOUBT.
class EarlyValueStore {
 public:
  virtual ~EarlyValueStore() = default;

  /// By account, from after `after` on.
  virtual Result<std::vector<EarlyCredential>> Credentials(AccountId after, int most) = 0;
  /// Keeps the generation: it is the same credential. False when it was replaced in between.
  virtual Result<bool> Replace(const EarlyCredential& early, const std::string& sealed) = 0;
  /// By tenant and name, from after those of `after` on.
  virtual Result<std::vector<StoredSecret>> Secrets(const StoredSecret& after, int most) = 0;
  /// False when it was replaced in between.
  virtual Result<bool> Replace(const StoredSecret& early, const std::string& sealed) = 0;
};

}  // namespace sb::ports
