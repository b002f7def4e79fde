#pragma once

#include <filesystem>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/secret.h"

namespace sb::adapters::crypto {

/// The key-encryption keys in `path`, a file as ParseKeys reads it that its owner alone may use.
///
/// Fails with kInvalid VAULT_KEY_MISSING when there is no such file, VAULT_KEY_INVALID when it
/// holds no keys or others may read it, and with kUnavailable VAULT_KEY_UNREADABLE when it cannot
/// be read.
Result<std::vector<Secret>> LoadKeyFile(const std::filesystem::path& path);

/// The same; but a file that does not exist is created with a fresh random key and mode 0600; of
/// several processes that do so at once, all get the same key. Fails besides with kUnavailable
/// VAULT_KEY_UNREADABLE when it cannot be created.
Result<std::vector<Secret>> LoadOrCreateKeyFile(const std::filesystem::path& path);

}  // namespace sb::adapters::crypto
