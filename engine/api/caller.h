#pragma once

#include <string>

#include "engine/base/result.h"
#include "engine/ports/api_key_store.h"

namespace sb::api {

/// Who makes a call, as its API key says.
struct Caller {
  std::string key_name;
  ports::Role role = ports::Role::kViewer;
  std::string tenant;  ///< Empty: every tenant.

  bool ReachesAllTenants() const { return tenant.empty(); }

  bool Reaches(const std::string& other) const { return tenant.empty() || tenant == other; }
};

/// "admin", "operator", "viewer".
const char* ToString(ports::Role role);

/// kForbidden ROLE_INSUFFICIENT unless the caller's role is `least` or above it.
Status RequireRole(const Caller& caller, ports::Role least);

/// kForbidden TENANT_FORBIDDEN unless the caller reaches every tenant. `what` completes "... needs
/// a key of all tenants".
Status RequireAllTenants(const Caller& caller, const std::string& what);

/// The tenant that a request is about: the one it names, or the caller's where it names none.
/// kForbidden TENANT_FORBIDDEN when it is not the caller's.
Result<std::string> TenantOf(const Caller& caller, const std::string& requested);

}  // namespace sb::api
