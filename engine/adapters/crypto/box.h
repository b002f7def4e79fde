#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "engine/adapters/crypto/key_bytes.h"

namespace sb::adapters::crypto {

inline constexpr std::size_t kKeyIdBytes = 8;
inline constexpr std::size_t kHeaderBytes = 1 + kKeyIdBytes;  ///< A version and a key's id.
inline constexpr std::size_t kBoxOverhead = 24 + 16;          ///< Nonce and tag.

/// What names a key without giving it away. `sort` keeps the names of different sorts apart.
std::string IdOf(const KeyBytes& key, std::string_view sort);

/// XChaCha20-Poly1305: a nonce and the ciphertext, bound to `bound_to`.
std::string Encrypt(std::string_view plain, const KeyBytes& key, std::string_view bound_to);
/// Nothing when the key or what it is bound to is another one, or on damage.
std::optional<std::string> Decrypt(std::string_view box, const KeyBytes& key,
                                   std::string_view bound_to);

/// What a box is bound to. `sort` tells boxes with keys from boxes with secrets, so that neither
/// can stand in for the other.
std::string BoundTo(char sort, std::string_view header, std::string_view context);

}  // namespace sb::adapters::crypto
