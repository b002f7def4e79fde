#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"

namespace sb::ports {

/// An owner's data key as stored: wrapped by a key-encryption key, opaque here.
struct DataKey {
  std::string owner;   ///< As in SealContext.
  std::string key_id;  ///< Of the key-encryption key: 16 hexadecimal digits.
  std::string wrapped;
};

/// The owner of a data key that protects nothing: the key check. Whoever cannot unwrap it has the
/// wrong keys, and the key that wraps it is the one that wraps new data keys, at every instance.
inline constexpr const char* kKeyCheck = "vault-check";

/// What needs one key-encryption key to be read.
struct KeyUse {
  std::string key_id;
  std::int64_t data_keys = 0;     ///< Without the key check.
  std::int64_t early_values = 0;  ///< Sealed before owners had data keys: see EarlyValueStore.

  bool operator==(const KeyUse&) const = default;
};

/// The data keys of accounts, tenants and the installation, wrapped. Blocking; thread-safe; fails
/// besides with kUnavailable DATABASE_UNAVAILABLE, and writes with kInDoubt DATABASE_IN_DOUBT.
class DataKeyStore {
 public:
  struct Rewrapping {
    DataKey before;
    DataKey after;
  };

  virtual ~DataKeyStore() = default;

  /// Nothing when the owner has none.
  virtual Result<std::optional<DataKey>> Find(const std::string& owner) = 0;
  /// Stores it unless the owner has one, or another key wraps the key check (by now): whether it
  /// did. The key check itself is stored unless there is one.
  virtual Result<bool> Add(const DataKey& key) = 0;
  /// Those that another key than this one wraps, by owner, from after `after` on, without the key
  /// check.
  virtual Result<std::vector<DataKey>> NotUnder(const std::string& key_id, const std::string& after,
                                                int most) = 0;
  /// Replaces those that are still as they were before; how many.
  virtual Result<int> Rewrap(const std::vector<Rewrapping>& keys) = 0;
  /// Replaces the key check where it is still as it was before and every instance holds the new
  /// key: whether it did.
  virtual Result<bool> MoveCheck(const Rewrapping& check) = 0;
  /// Every key that something needs, the key check included, by id.
  virtual Result<std::vector<KeyUse>> Uses() = 0;

  /// Notes which keys an instance has, in the place of what was noted before. To be called at its
  /// start, before it looks at Uses.
  virtual Status Hold(InstanceId instance, const std::vector<std::string>& key_ids) = 0;
  /// The instances that live, or noted their keys within the last minute, and lack this one.
  virtual Result<std::vector<InstanceId>> Lacking(const std::string& key_id) = 0;
};

}  // namespace sb::ports
