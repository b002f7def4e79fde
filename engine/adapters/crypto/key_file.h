#pragma once

#include <filesystem>

#include "engine/base/result.h"
#include "engine/base/secret.h"

namespace sb::adapters::crypto {

/// The key-encryption key in `path`: 64 hexadecimal characters and a line end, readable by its
/// owner alone. A file that does not exist is created with a fresh random key and mode 0600; of
/// several processes that do so at once, all get the same key. The result holds the 32 raw bytes.
///
/// Fails with kInvalid VAULT_KEY_INVALID when the file holds no such key or others may read it, and
/// with kUnavailable VAULT_KEY_UNREADABLE when it can be neither read nor created.
Result<Secret> LoadOrCreateKeyFile(const std::filesystem::path& path);

}  // namespace sb::adapters::crypto
