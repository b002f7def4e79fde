#pragma once

#include <string>

#include "engine/base/result.h"
#include "engine/ports/api_key_store.h"

namespace sb::api {

/// Who makes a call, as its API key or tenant token says.
struct Caller {
  std::string key_name;
  ports::Role role = ports::Role::kViewer;
  ports::TenantScope scope;
  bool connect_only = false;  ///< May do what connects an account, and nothing else.

  bool ReachesAllTenants() const { return scope.IsAll(); }

  bool Reaches(const std::string& tenant) const { return scope.Includes(tenant); }
};

/// "admin", "operator", "viewer".
const char* ToString(ports::Role role);

/// "every tenant", "tenant 'acme'", "the tenants 'acme' and 'globex'".
std::string ToText(const ports::TenantScope& scope);

/// kForbidden ROLE_INSUFFICIENT unless the caller's role is `least` or above it.
Status RequireRole(const Caller& caller, ports::Role least);

/// kForbidden TENANT_FORBIDDEN unless the caller reaches every tenant. `what` completes "... needs
/// a key of all tenants".
Status RequireAllTenants(const Caller& caller, const std::string& what);

/// The tenant that a request is about: the one it names, or the caller's only one where it names
/// none; empty: all of them. kForbidden TENANT_FORBIDDEN when it is not the caller's; kInvalid
/// TENANT_MISSING when it names none and the caller has several.
Result<std::string> TenantOf(const Caller& caller, const std::string& requested);

}  // namespace sb::api
