#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/ports/data_key_store.h"
#include "engine/ports/early_value_store.h"
#include "engine/ports/vault.h"
#include "engine/ports/wrapping_keys.h"

namespace sb::accounts {

/// One key-encryption key, by its id.
struct EncryptionKey {
  ports::KeyUse use;
  bool here = false;   ///< This instance has it.
  bool wraps = false;  ///< New data keys are wrapped by it, at every instance.
};

/// Something that could not be moved: it does not open.
struct RotationFailure {
  std::string what;  ///< "account/acc_...", "secret/acme/petstore"
  Error error;
};

/// How far a rotation is.
struct RotationProgress {
  std::string key_id;  ///< Where all is moved to.
  std::int64_t total = 0;
  std::int64_t done = 0;  ///< Failed ones included, and those that somebody else moved meanwhile.
  std::int64_t failed = 0;
  std::vector<RotationFailure> failures;  ///< Since it was last told, at most 20.
};

/// Moves what is stored under the newest key-encryption key of this instance, while everything
/// goes on. It may end anywhere and be done again, at several instances at once: each step replaces
/// only what is still as it was read. Thread-safe; blocking.
class KeyRotation {
 public:
  struct Dependencies {
    ports::DataKeyStore& data_keys;
    ports::EarlyValueStore& early_values;
    const ports::WrappingKeys& wrapping_keys;
    const ports::Vault& vault;
  };

  /// Told now and then; false: nobody listens any more, which ends the rotation.
  using Tell = std::function<bool(const RotationProgress&)>;

  explicit KeyRotation(Dependencies dependencies) : deps_(dependencies) {}

  /// Every key that is needed or held here: the held ones newest first, then the others.
  Result<std::vector<EncryptionKey>> Keys();

  /// From now on the newest key wraps, and then all that other keys wrap is wrapped by it. Fails
  /// with kConflict VAULT_KEY_NOT_EVERYWHERE while an instance lacks that key, VAULT_KEY_CHANGED
  /// when somebody else changes it at the same time, and as the stores do.
  Result<RotationProgress> Rotate(const Tell& tell);

 private:
  class Round;

  Status MoveCheck();

  Dependencies deps_;
};

}  // namespace sb::accounts
