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

Status RequireRole(const Caller& caller, ports::Role least) {
  if (caller.role <= least) return {};  // the enumeration goes from most to least powerful
  return Forbidden("ROLE_INSUFFICIENT", std::string("this call needs the role ") + ToString(least) +
                                            ", but the API key '" + caller.key_name + "' is a " +
                                            ToString(caller.role) + ": use another key");
}

Status RequireAllTenants(const Caller& caller, const std::string& what) {
  if (caller.ReachesAllTenants()) return {};
  return Forbidden("TENANT_FORBIDDEN",
                   what + " needs an API key of all tenants, but this one is for tenant '" +
                       caller.tenant + "' only");
}

Result<std::string> TenantOf(const Caller& caller, const std::string& requested) {
  if (requested.empty()) return caller.tenant;
  if (caller.Reaches(requested)) return requested;
  return Forbidden("TENANT_FORBIDDEN", "this API key is for tenant '" + caller.tenant +
                                           "' only: name that tenant, or none");
}

}  // namespace sb::api
