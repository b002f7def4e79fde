#pragma once

#include "engine/adapters/crypto/sodium_keys.h"
#include "engine/adapters/crypto/sodium_vault.h"
#include "engine/app/config.h"
#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/ports/data_key_store.h"

namespace sb::app {

/// The key-encryption keys from where the configuration says: the environment, a command or a file.
/// A file that does not exist is made for a database that holds nothing sealed, and for no other.
///
/// Fails with kInvalid VAULT_KEY_INVALID, VAULT_KEY_MISSING, and with kUnavailable
/// VAULT_KEY_UNREADABLE, VAULT_KEY_COMMAND_FAILED; and as the store does.
Result<adapters::crypto::SodiumKeys> LoadVaultKeys(const ServeConfig& config,
                                                   ports::DataKeyStore& data_keys);

/// Whether this instance can open whatever the database holds, and tells the others which keys it
/// has. Fails with kInvalid VAULT_KEY_DIFFERENT, VAULT_KEY_MISSING; and as the store does.
Status CheckVaultKeys(InstanceId instance, const adapters::crypto::SodiumKeys& keys,
                      const adapters::crypto::SodiumVault& vault, ports::DataKeyStore& data_keys);

}  // namespace sb::app
