#pragma once

#include <string>

#include "engine/base/result.h"
#include "engine/base/secret.h"
#include "engine/base/time.h"
#include "engine/ports/recording_store.h"

namespace sb::accounts {

/// Links of our own to recordings: whoever has one may fetch the file until it expires. Immutable;
/// thread-safe.
class RecordingLinks {
 public:
  static constexpr Millis kLongestLife = std::chrono::days(7);

  /// Another key for another purpose gives links that mean nothing to each other.
  explicit RecordingLinks(const Secret& installation_key);

  /// "/recordings/rec_...?expires=...&signature=...", to be put behind the public address. The
  /// expiry counts whole seconds.
  std::string PathFor(ports::RecordingId recording, WallTime expires_at) const;

  /// Whether this is such a link and still holds. `expires` and `signature` as they came. Fails
  /// with kForbidden RECORDING_LINK_INVALID and RECORDING_LINK_EXPIRED.
  Status Check(const std::string& recording, const std::string& expires,
               const std::string& signature, WallTime now) const;

 private:
  std::string SignatureOf(const std::string& recording, const std::string& expires) const;

  const Secret key_;
};

}  // namespace sb::accounts
