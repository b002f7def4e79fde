#pragma once

#include <map>
#include <mutex>

#include "engine/ports/api_key_store.h"

namespace sb::testing {

class MemoryApiKeyStore : public ports::ApiKeyStore {
 public:
  Status Insert(const ports::ApiKey& key) override {
    const std::lock_guard lock(mutex_);
    keys_.emplace(key.key_hash, key);
    return {};
  }

  Result<std::optional<ports::ApiKey>> Find(const std::string& key_hash) override {
    const std::lock_guard lock(mutex_);
    const auto found = keys_.find(key_hash);
    return found == keys_.end() ? std::optional<ports::ApiKey>() : std::optional(found->second);
  }

  Result<bool> Any() override {
    const std::lock_guard lock(mutex_);
    return !keys_.empty();
  }

 private:
  std::mutex mutex_;
  std::map<std::string, ports::ApiKey> keys_;
};

}  // namespace sb::testing
