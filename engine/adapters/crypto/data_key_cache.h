#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/adapters/crypto/key_bytes.h"

namespace sb::adapters::crypto {

/// Unwrapped data keys of the owners that were last met, in locked memory, so that opening a
/// credential costs no round trip. Thread-safe.
class DataKeyCache {
 public:
  explicit DataKeyCache(std::size_t most) : keys_(most), owners_(most) {}

  std::optional<KeyBytes> Find(const std::string& owner) const;
  /// Takes the place of the one that was kept longest, when there is no room.
  void Keep(const std::string& owner, const KeyBytes& key);

 private:
  mutable std::mutex mutex_;
  LockedKeys keys_;
  std::vector<std::string> owners_;  ///< By place; empty: free.
  std::map<std::string, std::size_t> places_;
  std::size_t next_ = 0;
};

}  // namespace sb::adapters::crypto
