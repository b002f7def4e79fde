#pragma once

#include <string>
#include <sys/types.h>

#include "engine/base/result.h"

namespace sb::adapters::system {

/// Who the database server runs as.
struct ServiceUser {
  uid_t uid = 0;
  gid_t gid = 0;
  std::string name;
  bool differs = false;  ///< From us: a child must switch to it, and files must be given to it.
};

/// We ourselves; but where we are root, `postgres`, or `nobody` if there is no such user:
/// PostgreSQL refuses to run as root. kUnavailable POSTGRES_NO_USER.
Result<ServiceUser> FindServiceUser();

}  // namespace sb::adapters::system
