#pragma once

#include <filesystem>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/ports/api_key_store.h"
#include "engine/ports/random.h"

namespace sb::api {

/// Sees to it that somebody can keep the keys: where no admin key of all tenants works, which is so
/// in a new installation and after the last one has ended, makes one and writes it to `path` (mode
/// 0600), where the local command line finds it. True: a key was made. Blocking. Fails as the store
/// does, or with kUnavailable FILE_UNWRITABLE.
Result<bool> EnsureAdminKey(ports::ApiKeyStore& keys, IdGenerator& ids, ports::Random& random,
                            const std::filesystem::path& path, WallTime now);

}  // namespace sb::api
