#include "engine/api/admin_key.h"

#include "engine/api/new_api_key.h"
#include "engine/base/file.h"

namespace sb::api {

Result<bool> EnsureAdminKey(ports::ApiKeyStore& keys, IdGenerator& ids, ports::Random& random,
                            const std::filesystem::path& path, WallTime now) {
  const auto some = keys.HasAdmin(now);
  if (!some.ok()) return some.error();
  if (*some) return false;
  const NewApiKey made = MakeApiKey(ids, random, now, "admin", ports::Role::kAdmin,
                                    ports::TenantScope::All(), Millis(0));
  // The file comes first: a crash in between leaves a file without meaning, which the next start
  // replaces. The other order would leave a key that nobody can read.
  if (auto written = WriteFileAtomically(path, made.text.Reveal() + "\n", 0600); !written.ok())
    return written.error();
  if (auto stored = keys.Insert(made.row); !stored.ok()) return stored.error();
  return true;
}

}  // namespace sb::api
