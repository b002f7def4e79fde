#include "engine/api/new_api_key.h"

#include <utility>

#include "engine/base/encoding.h"

namespace sb::api {

NewApiKey MakeApiKey(IdGenerator& ids, ports::Random& random, WallTime now, std::string name,
                     ports::Role role, ports::TenantScope scope, Millis lifetime) {
  const std::string text = "sbk_" + ToBase64Url(random.Bytes(32));
  ports::ApiKey row;
  row.id = ids.Next<ApiKeyTag>(now);
  row.key_hash = Sha256(text);
  row.name = std::move(name);
  row.role = role;
  row.scope = std::move(scope);
  row.created_at = now;
  if (lifetime > Millis(0)) row.expires_at = now + lifetime;
  return {Secret(text), std::move(row)};
}

}  // namespace sb::api
