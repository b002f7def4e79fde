#pragma once

#include <algorithm>
#include <map>
#include <mutex>

#include "engine/ports/api_key_store.h"
#include "tests/support/memory_pages.h"

namespace sb::testing {

class MemoryApiKeyStore : public ports::ApiKeyStore {
 public:
  Status Insert(const ports::ApiKey& key) override {
    const std::lock_guard lock(mutex_);
    if (ByHash(key.key_hash) == nullptr) keys_.emplace(key.id, key);
    return {};
  }

  Result<std::optional<ports::ApiKey>> Find(const std::string& key_hash) override {
    const std::lock_guard lock(mutex_);
    const ports::ApiKey* key = ByHash(key_hash);
    return key == nullptr ? std::optional<ports::ApiKey>() : std::optional(*key);
  }

  Result<ports::ApiKey> Get(ApiKeyId id) override {
    const std::lock_guard lock(mutex_);
    const auto found = keys_.find(id);
    if (found == keys_.end()) return Missing();
    return found->second;
  }

  Result<ports::Page<ports::ApiKey>> List(const ports::TenantScope& scope,
                                          const ports::PageRequest& page) override {
    const std::lock_guard lock(mutex_);
    return PageOf<ports::ApiKey>(
        keys_, page, [&](const ports::ApiKey& key) { return scope.Includes(key.scope); },
        [](const ports::ApiKey& key) { return key; });
  }

  Status Replace(ApiKeyId id, const ports::ApiKey& successor, WallTime ends_at,
                 WallTime now) override {
    const std::lock_guard lock(mutex_);
    const auto found = keys_.find(id);
    if (found == keys_.end() || !found->second.WorksAt(now) || !found->second.successor.IsNone())
      return Conflict("API_KEY_ENDED", "the key works no more, or was replaced already");
    ports::ApiKey& old = found->second;
    old.successor = successor.id;
    old.expires_at = old.expires_at ? std::min(*old.expires_at, ends_at) : ends_at;
    keys_.emplace(successor.id, successor);
    return {};
  }

  Status Revoke(ApiKeyId id, WallTime now) override {
    const std::lock_guard lock(mutex_);
    const auto found = keys_.find(id);
    if (found == keys_.end()) return Missing();
    if (!found->second.revoked_at) found->second.revoked_at = now;
    return {};
  }

  Status NoteUse(ApiKeyId id, WallTime when) override {
    const std::lock_guard lock(mutex_);
    const auto found = keys_.find(id);
    if (found == keys_.end()) return {};
    auto& last = found->second.last_used_at;
    last = last ? std::max(*last, when) : when;
    return {};
  }

  Result<bool> HasAdmin(WallTime when) override {
    const std::lock_guard lock(mutex_);
    return std::ranges::any_of(keys_, [when](const auto& entry) {
      const ports::ApiKey& key = entry.second;
      return key.role == ports::Role::kAdmin && key.scope.IsAll() && key.WorksAt(when);
    });
  }

 private:
  static Error Missing() { return NotFound("API_KEY_NOT_FOUND", "there is no such API key"); }

  const ports::ApiKey* ByHash(const std::string& key_hash) const {
    for (const auto& [id, key] : keys_) {
      if (key.key_hash == key_hash) return &key;
    }
    return nullptr;
  }

  std::mutex mutex_;
  std::map<ApiKeyId, ports::ApiKey> keys_;
};

}  // namespace sb::testing
