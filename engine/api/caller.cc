#include "engine/api/caller.h"

namespace sb::api {

const char* ToString(ports::Role role) {
  switch (role) {
    case ports::Role::kAdmin:
      return "admin";
    case ports::Role::kOperator:
      return "operator";
    case ports::Role::kViewer:
      return "viewer";
  }
  return "unknown";
}

std::string ToText(const ports::TenantScope& scope) {
  if (scope.IsAll()) return "every tenant";
  std::string names;
  std::size_t left = scope.tenants().size();
  for (const std::string& tenant : scope.tenants()) {
    names += "'" + tenant + "'";
    if (--left > 0) names += left == 1 ? " and " : ", ";
  }
  return (scope.tenants().size() == 1 ? "tenant " : "the tenants ") + names;
}

Status RequireRole(const Caller& caller, ports::Role least) {
  if (caller.role <= least) return {};  // the enumeration goes from most to least powerful
  return Forbidden("ROLE_INSUFFICIENT", std::string("this call needs the role ") + ToString(least) +
                                            ", but the API key '" + caller.key_name + "' is a " +
                                            ToString(caller.role) + ": use another key");
}

Status RequireAllTenants(const Caller& caller, const std::string& what) {
  if (caller.ReachesAllTenants()) return {};
  return Forbidden("TENANT_FORBIDDEN",
                   what + " needs an API key of all tenants, but this one is for " +
                       ToText(caller.scope) + " only");
}

Result<std::string> TenantOf(const Caller& caller, const std::string& requested) {
  if (requested.empty()) {
    if (caller.ReachesAllTenants()) return std::string();
    if (caller.scope.tenants().size() == 1) return *caller.scope.tenants().begin();
    return Invalid("TENANT_MISSING", "this API key is for " + ToText(caller.scope) +
                                         ": say in `tenant` which one is meant");
  }
  if (caller.Reaches(requested)) return requested;
  return Forbidden("TENANT_FORBIDDEN",
                   "this API key is for " + ToText(caller.scope) + " only: name one of those");
}

}  // namespace sb::api
