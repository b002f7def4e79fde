#pragma once

#include <filesystem>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/ports/api_key_store.h"
#include "engine/ports/random.h"

namespace sb::api {

/// Sees to it that a new installation has an admin key: when the store holds no key at
/// all, makes one and writes it to `path` (mode 0600), where the local command line finds it. True:
/// a key was made. Blocking. Fails as the store does, or with kUnavailable FILE_UNWRITABLE.
Result<bool> EnsureAdminKey(ports::ApiKeyStore& keys, ports::Random& random,
                            const std::filesystem::path& path, WallTime now);

}  // namespace sb::api
