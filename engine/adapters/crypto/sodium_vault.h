#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/ports/vault.h"

namespace sb::adapters::crypto {

/// Seals with XChaCha20-Poly1305 (libsodium): a fresh data key encrypts the secret, the current
/// key-encryption key wraps the data key, and both authenticate the context. Thread-safe: it does
/// not change once it is made.
///
/// Sealed form, version 1: version (1 byte), id of the wrapping key (8), nonce and wrapped data key
/// (24 + 48), nonce and ciphertext (24 + length + 16).
class SodiumVault : public ports::Vault {
 public:
  /// `current` seals; `current` and `retired` open, so that a key can be replaced while old values
  /// still stand. Fails with kInvalid VAULT_KEY_INVALID when a key is not 32 bytes long.
  static Result<SodiumVault> Create(const Secret& current, const std::vector<Secret>& retired = {});

  Result<std::string> Seal(const Secret& secret, const ports::SealContext& context) const override;
  Result<Secret> Open(std::string_view sealed, const ports::SealContext& context) const override;

 private:
  SodiumVault() = default;

  std::map<std::string, Secret> keys_;  ///< By key id.
  std::string current_id_;
};

}  // namespace sb::adapters::crypto
