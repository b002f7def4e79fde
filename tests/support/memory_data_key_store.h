#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "engine/ports/data_key_store.h"
#include "tests/support/memory_database.h"

namespace sb::testing {

class MemoryDataKeyStore : public ports::DataKeyStore {
 public:
  /// `database` knows which instances live.
  explicit MemoryDataKeyStore(MemoryDatabase& database) : database_(database) {}

  /// Nobody lives there.
  MemoryDataKeyStore() : database_(own_) {}

  Result<std::optional<ports::DataKey>> Find(const std::string& owner) override {
    const std::lock_guard lock(mutex_);
    ++finds_;
    const auto found = keys_.find(owner);
    return found == keys_.end() ? std::optional<ports::DataKey>() : std::optional(found->second);
  }

  Result<bool> Add(const ports::DataKey& key) override {
    const std::lock_guard lock(mutex_);
    const auto check = keys_.find(ports::kKeyCheck);
    const bool wraps = check != keys_.end() && check->second.key_id == key.key_id;
    if (key.owner != ports::kKeyCheck && !wraps) return false;
    return keys_.try_emplace(key.owner, key).second;
  }

  Result<std::vector<ports::DataKey>> NotUnder(const std::string& key_id, const std::string& after,
                                               int most) override {
    const std::lock_guard lock(mutex_);
    std::vector<ports::DataKey> found;
    for (auto it = keys_.upper_bound(after); it != keys_.end(); ++it) {
      if (it->first == ports::kKeyCheck || it->second.key_id == key_id) continue;
      if (static_cast<int>(found.size()) < most) found.push_back(it->second);
    }
    return found;
  }

  Result<int> Rewrap(const std::vector<Rewrapping>& keys) override {
    const std::lock_guard lock(mutex_);
    int replaced = 0;
    for (const Rewrapping& key : keys) replaced += Replace(key) ? 1 : 0;
    return replaced;
  }

  Result<bool> MoveCheck(const Rewrapping& check) override {
    if (!Lacking(check.after.key_id)->empty()) return false;
    const std::lock_guard lock(mutex_);
    return Replace(check);
  }

  /// Without early values, of which it knows nothing.
  Result<std::vector<ports::KeyUse>> Uses() override {
    const std::lock_guard lock(mutex_);
    std::map<std::string, ports::KeyUse> uses;
    for (const auto& [owner, key] : keys_) {
      ports::KeyUse& use = uses[key.key_id];
      use.key_id = key.key_id;
      use.data_keys += owner == ports::kKeyCheck ? 0 : 1;
    }
    std::vector<ports::KeyUse> all;
    for (const auto& [id, use] : uses) all.push_back(use);
    return all;
  }

  Status Hold(InstanceId instance, const std::vector<std::string>& key_ids) override {
    const std::lock_guard lock(mutex_);
    held_[instance] = key_ids;
    return {};
  }

  /// Of those that noted their keys all count as if they had done so just now.
  Result<std::vector<InstanceId>> Lacking(const std::string& key_id) override {
    const std::lock_guard lock(mutex_);
    const std::lock_guard database_lock(database_.mutex);
    std::map<InstanceId, std::vector<std::string>> holders = held_;
    for (const auto& [id, instance] : database_.instances) {
      if (instance.live) holders.try_emplace(id);
    }
    std::vector<InstanceId> lacking;
    for (const auto& [id, keys] : holders) {
      if (std::ranges::find(keys, key_id) == keys.end()) lacking.push_back(id);
    }
    return lacking;
  }

  /// How often a data key was asked for.
  int finds() const {
    const std::lock_guard lock(mutex_);
    return finds_;
  }

 private:
  bool Replace(const Rewrapping& key) {
    const auto found = keys_.find(key.before.owner);
    if (found == keys_.end() || found->second.wrapped != key.before.wrapped) return false;
    found->second = key.after;
    return true;
  }

  MemoryDatabase own_;
  MemoryDatabase& database_;
  mutable std::mutex mutex_;
  std::map<std::string, ports::DataKey> keys_;
  std::map<InstanceId, std::vector<std::string>> held_;
  int finds_ = 0;
};

}  // namespace sb::testing
