#include "engine/adapters/system/service_user.h"

#include <pwd.h>
#include <unistd.h>

namespace sb::adapters::system {

Result<ServiceUser> FindServiceUser() {
  if (geteuid() != 0) {
    const passwd* self = getpwuid(geteuid());
    if (self == nullptr) {
      // PostgreSQL's peer check goes by name.
      return Unavailable(
          "POSTGRES_NO_USER",
          "user number " + std::to_string(geteuid()) +
              " has no name on this machine, which the private database needs; add it to "
              "/etc/passwd, or use a database of your own with --database-url");
    }
    return ServiceUser{geteuid(), getegid(), self->pw_name, false};
  }
  for (const char* name : {"postgres", "nobody"}) {
    const passwd* entry = getpwnam(name);
    if (entry != nullptr) return ServiceUser{entry->pw_uid, entry->pw_gid, name, true};
  }
  return Unavailable(
      "POSTGRES_NO_USER",
      "the private database does not run as root, and there is neither a user postgres nor "
      "nobody; run switchboard as another user, or use --database-url");
}

}  // namespace sb::adapters::system
