#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace sb::ports {

/// Whose things an API key reaches: everybody's, or those of the tenants that it names. One that
/// was made of nothing reaches nobody.
class TenantScope {
 public:
  TenantScope() = default;

  static TenantScope All() {
    TenantScope scope;
    scope.all_ = true;
    return scope;
  }

  static TenantScope Of(std::set<std::string> tenants) {
    TenantScope scope;
    scope.tenants_ = std::move(tenants);
    return scope;
  }

  bool IsAll() const { return all_; }

  /// Empty where it is everybody.
  const std::set<std::string>& tenants() const { return tenants_; }

  bool Includes(const std::string& tenant) const { return all_ || tenants_.contains(tenant); }

  /// Whether `other` reaches nothing beyond this.
  bool Includes(const TenantScope& other) const {
    if (all_ || other.all_) return all_;
    return std::ranges::includes(tenants_, other.tenants_);
  }

  bool operator==(const TenantScope&) const = default;

 private:
  bool all_ = false;
  std::set<std::string> tenants_;
};

}  // namespace sb::ports
