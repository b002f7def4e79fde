#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/adapters/crypto/key_bytes.h"
#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/ports/wrapping_keys.h"

namespace sb::adapters::crypto {

/// The key-encryption keys, in locked memory. Thread-safe: it does not change once it is made.
///
/// Wrapped form, version 1: version (1 byte), id of the wrapping key (8), nonce, data key and tag
/// (24 + 32 + 16).
class SodiumKeys : public ports::WrappingKeys {
 public:
  /// 32 raw bytes each, the newest first; one that comes again is left out. Fails with kInvalid
  /// VAULT_KEY_INVALID when there is none, or one of another length.
  static Result<SodiumKeys> Create(const std::vector<Secret>& newest_first);

  const std::vector<std::string>& ids() const override { return ids_; }

  Result<ports::DataKey> Rewrap(const ports::DataKey& key) const override;

  bool Has(std::string_view key_id) const { return PlaceOf(key_id).has_value(); }

  /// Wraps with a key that is there.
  ports::DataKey Wrap(const KeyBytes& data_key, const std::string& owner,
                      const std::string& key_id) const;
  /// `bound_to` is the owner. Fails with kInternal VAULT_CANNOT_OPEN.
  Result<KeyBytes> Unwrap(std::string_view wrapped, std::string_view bound_to) const;

 private:
  explicit SodiumKeys(std::size_t count) : keys_(count) {}

  std::optional<std::size_t> PlaceOf(std::string_view key_id) const;

  std::vector<std::string> ids_;
  LockedKeys keys_;
};

/// How long a wrapped key is.
inline constexpr std::size_t kWrappedBytes = 9 + 24 + kKeyBytes + 16;

/// The refusal of something that does not open.
Error CannotOpen(std::string_view what, const std::string& why);

}  // namespace sb::adapters::crypto
