#pragma once

#include <map>
#include <mutex>
#include <utility>

#include "engine/ports/application_store.h"

namespace sb::testing {

class MemoryApplicationStore : public ports::ApplicationStore {
 public:
  Result<ports::OAuthApplication> Put(const ports::OAuthApplication& application) override {
    const std::lock_guard lock(mutex_);
    ports::OAuthApplication& kept = applications_[{application.tenant, application.connector}];
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

  Result<bool> Delete(const std::string& tenant, const std::string& connector) override {
    const std::lock_guard lock(mutex_);
    return applications_.erase({tenant, connector}) > 0;
  }

 private:
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, ports::OAuthApplication> applications_;
};

}  // namespace sb::testing
