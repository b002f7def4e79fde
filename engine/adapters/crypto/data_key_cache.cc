#include "engine/adapters/crypto/data_key_cache.h"

namespace sb::adapters::crypto {

std::optional<KeyBytes> DataKeyCache::Find(const std::string& owner) const {
  const std::lock_guard lock(mutex_);
  const auto found = places_.find(owner);
  if (found == places_.end()) return {};
  return keys_.Get(found->second);
}

void DataKeyCache::Keep(const std::string& owner, const KeyBytes& key) {
  const std::lock_guard lock(mutex_);
  const auto [found, is_new] = places_.try_emplace(owner, next_);
  if (is_new) {
    if (!owners_[next_].empty()) places_.erase(owners_[next_]);
    owners_[next_] = owner;
    next_ = (next_ + 1) % owners_.size();
  }
  keys_.Put(found->second, key);
}

}  // namespace sb::adapters::crypto
