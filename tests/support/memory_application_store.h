#pragma once

#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <utility>

#include "engine/ports/application_store.h"
#include "tests/support/memory_account_store.h"

namespace sb::testing {

class MemoryApplicationStore : public ports::ApplicationStore {
 public:
  /// `accounts` are those that are renewed with them.
  explicit MemoryApplicationStore(MemoryAccountStore& accounts) : accounts_(accounts) {}

  Result<ports::OAuthApplication> Put(const ports::OAuthApplication& application) override {
    const std::lock_guard lock(mutex_);
    ports::OAuthApplication& kept = applications_[{application.tenant, application.connector}];
    if (!kept.client_id.empty() && kept.client_id != application.client_id)
      Retire(kept, application.updated_at);
    former_.erase({application.tenant, application.connector, application.client_id});
    const std::string key = kept.install_key.empty() ? application.install_key : kept.install_key;
    kept = application;
    kept.install_key = key;
    return kept;
  }

  Result<std::optional<ports::OAuthApplication>> Find(const std::string& tenant,
                                                      const std::string& connector) override {
    const std::lock_guard lock(mutex_);
    const auto found = applications_.find({tenant, connector});
    return found == applications_.end() ? std::optional<ports::OAuthApplication>()
                                        : std::optional(found->second);
  }

  Result<std::optional<ports::OAuthApplication>> FindByInstallKey(
      const std::string& install_key) override {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, application] : applications_) {
      if (application.install_key == install_key) return std::optional(application);
    }
    return std::optional<ports::OAuthApplication>();
  }

  Result<std::vector<ports::OAuthApplication>> List(
      const std::optional<std::string>& tenant) override {
    const std::lock_guard lock(mutex_);
    std::vector<ports::OAuthApplication> found;
    for (const auto& [key, application] : applications_) {
      if (!tenant || application.tenant == *tenant) found.push_back(application);
    }
    return found;
  }

  Result<bool> Delete(const std::string& tenant, const std::string& connector,
                      WallTime now) override {
    const std::lock_guard lock(mutex_);
    const auto found = applications_.find({tenant, connector});
    if (found == applications_.end()) return false;
    Retire(found->second, now);
    applications_.erase(found);
    return true;
  }

  Result<std::optional<std::string>> FindSecret(const std::string& connector,
                                                const ports::ApplicationKey& key) override {
    const std::lock_guard lock(mutex_);
    const auto present = applications_.find({key.tenant, connector});
    if (present != applications_.end() && present->second.client_id == key.client_id)
      return std::optional(present->second.sealed_secret);
    const auto former = former_.find({key.tenant, connector, key.client_id});
    return former == former_.end() ? std::optional<std::string>()
                                   : std::optional(former->second.sealed_secret);
  }

  Result<std::vector<ports::FormerApplication>> ListFormer(
      const std::optional<std::string>& tenant) override {
    const std::lock_guard lock(mutex_);
    std::vector<ports::FormerApplication> found;
    for (const auto& [key, application] : former_) {
      if (!tenant || application.key.tenant == *tenant) found.push_back(application);
    }
    return found;
  }

  Result<std::vector<ports::ApplicationUse>> Uses(
      const std::optional<std::string>& tenant) override {
    std::vector<ports::ApplicationUse> uses;
    for (const auto& [key, accounts] : AccountsByKey()) {
      const auto& [owner, connector, client_id] = key;
      if (!tenant || owner == *tenant) uses.push_back({{owner, client_id}, connector, accounts});
    }
    return uses;
  }

  Status ForgetUnused(WallTime retired_before) override {
    const auto uses = AccountsByKey();
    const std::lock_guard lock(mutex_);
    std::erase_if(former_, [&](const auto& each) {
      return each.second.retired_at < retired_before && !uses.contains(each.first);
    });
    return {};
  }

 private:
  using Key = std::tuple<std::string, std::string, std::string>;  ///< Tenant, connector, client id.

  void Retire(const ports::OAuthApplication& application, WallTime now) {
    former_[{application.tenant, application.connector, application.client_id}] = {
        {application.tenant, application.client_id},
        application.connector,
        application.sealed_secret,
        now};
  }

  std::map<Key, std::int64_t> AccountsByKey() {
    std::map<Key, std::int64_t> uses;
    for (const ports::Account& account : accounts_.All()) {
      const ports::ApplicationKey key = accounts_.GetCredential(account.id)->application;
      if (!key.client_id.empty()) ++uses[{key.tenant, account.connector, key.client_id}];
    }
    return uses;
  }

  MemoryAccountStore& accounts_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, ports::OAuthApplication> applications_;
  std::map<Key, ports::FormerApplication> former_;
};

}  // namespace sb::testing
