#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/adapters/crypto/data_key_cache.h"
#include "engine/adapters/crypto/sodium_keys.h"
#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/ports/data_key_store.h"
#include "engine/ports/vault.h"

namespace sb::adapters::crypto {

/// Seals with XChaCha20-Poly1305 (libsodium) under the owner's data key, which is made when it is
/// first needed and stored wrapped. The context is authenticated. Thread-safe.
///
/// Sealed form, version 2: version (1 byte), id of the data key (8), nonce and ciphertext
/// (24 + length + 16). Version 1, still opened and no longer made: a data key of its own, wrapped
/// and bound to the context instead of an owner, then nonce and ciphertext.
class SodiumVault : public ports::Vault {
 public:
  SodiumVault(const SodiumKeys& keys, ports::DataKeyStore& data_keys);

  /// Whether these are the keys of the database, which keeps the first ones that come. Fails with
  /// kInvalid VAULT_KEY_DIFFERENT, and as the store does.
  Status CheckKeys() const;

  Result<std::string> Seal(const Secret& secret, const ports::SealContext& context) const override;
  Result<Secret> Open(std::string_view sealed, const ports::SealContext& context) const override;

 private:
  Result<std::string> WrappingKeyId() const;
  Result<KeyBytes> FindOrMake(const std::string& owner) const;
  Result<std::optional<KeyBytes>> Find(const std::string& owner) const;
  Result<KeyBytes> KeyOf(std::string_view header, const ports::SealContext& context) const;
  Result<Secret> OpenEarly(std::string_view sealed, const ports::SealContext& context) const;

  const SodiumKeys& keys_;
  ports::DataKeyStore& data_keys_;
  mutable DataKeyCache cache_;
};

}  // namespace sb::adapters::crypto
