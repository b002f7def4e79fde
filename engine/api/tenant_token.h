#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/base/time.h"

namespace sb::api {

/// What a browser holds for one tenant, for minutes.
struct TenantToken {
  std::string tenant;
  bool connect_only = false;  ///< May connect accounts and nothing else; otherwise a viewer.
  WallTime expires_at;
  std::string key_name;  ///< Of the API key that made it, for the log.
};

/// Signs tenant tokens and knows its own again, without asking a store: they cannot be taken back,
/// so they are short-lived. Immutable; thread-safe.
///
/// "sbt_", the token as JSON in hexadecimal, a dot, HMAC-SHA-256 of that in hexadecimal. What it
/// says is readable by whoever holds it.
class TenantTokens {
 public:
  /// 32 random bytes, the same for all instances.
  explicit TenantTokens(Secret key) : key_(std::move(key)) {}

  std::string Sign(const TenantToken& token) const;
  /// kUnauthorized TENANT_TOKEN_INVALID, TENANT_TOKEN_EXPIRED.
  Result<TenantToken> Read(const std::string& text, WallTime now) const;

  /// Whether a text has the form of a token at all.
  static bool LooksLikeToken(std::string_view text) { return text.starts_with("sbt_"); }

 private:
  std::string SignatureOf(std::string_view payload) const;

  const Secret key_;
};

}  // namespace sb::api
