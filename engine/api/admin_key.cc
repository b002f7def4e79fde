#include "engine/api/admin_key.h"

#include "engine/base/encoding.h"
#include "engine/base/file.h"

namespace sb::api {

Result<bool> EnsureAdminKey(ports::ApiKeyStore& keys, ports::Random& random,
                            const std::filesystem::path& path, WallTime now) {
  const auto any = keys.Any();
  if (!any.ok()) return any.error();
  if (*any) return false;
  const std::string key = "sbk_" + ToBase64Url(random.Bytes(32));
  // The file comes first: a crash in between leaves a file without meaning, which the next start
  // replaces. The other order would leave a key that nobody can read.
  if (auto written = WriteFileAtomically(path, key + "\n", 0600); !written.ok())
    return written.error();
  ports::ApiKey row;
  row.key_hash = Sha256(key);
  row.name = "admin";
  row.role = ports::Role::kAdmin;
  row.created_at = now;
  if (auto stored = keys.Insert(row); !stored.ok()) return stored.error();
  return true;
}

}  // namespace sb::api
