#pragma once

#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "engine/ports/secret_store.h"

namespace sb::testing {

class MemorySecretStore : public ports::SecretStore {
 public:
  Status Put(const ports::StoredSecret& secret) override {
    const std::lock_guard lock(mutex_);
    secrets_[{secret.tenant, secret.name}] = secret;
    return {};
  }

  Result<std::optional<ports::StoredSecret>> Find(const std::string& tenant,
                                                  const std::string& name) override {
    const std::lock_guard lock(mutex_);
    const auto found = secrets_.find({tenant, name});
    return found == secrets_.end() ? std::optional<ports::StoredSecret>()
                                   : std::optional(found->second);
  }

  Result<std::vector<ports::SecretName>> Names(const std::string& tenant) override {
    const std::lock_guard lock(mutex_);
    std::vector<ports::SecretName> names;
    for (const auto& [key, secret] : secrets_) {
      if (key.first == tenant) names.push_back({key.second, secret.updated_at});
    }
    return names;
  }

  /// For MemoryEarlyValueStore: by tenant and name.
  std::vector<ports::StoredSecret> All() {
    const std::lock_guard lock(mutex_);
    std::vector<ports::StoredSecret> all;
    for (const auto& [key, secret] : secrets_) all.push_back(secret);
    return all;
  }

  Result<bool> Delete(const std::string& tenant, const std::string& name) override {
    const std::lock_guard lock(mutex_);
    return secrets_.erase({tenant, name}) > 0;
  }

 private:
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, ports::StoredSecret> secrets_;
};

}  // namespace sb::testing
