#pragma once

#include <string>

#include "engine/base/secret.h"
#include "engine/ports/api_key_store.h"
#include "engine/ports/random.h"

namespace sb::api {

/// A key at the one moment in which its text is known.
struct NewApiKey {
  Secret text;  ///< "sbk_..."
  ports::ApiKey row;
};

/// Makes a key and stores nothing. `lifetime` zero: it works until it is revoked.
NewApiKey MakeApiKey(IdGenerator& ids, ports::Random& random, WallTime now, std::string name,
                     ports::Role role, ports::TenantScope scope, Millis lifetime);

}  // namespace sb::api
