#include "engine/app/vault_keys.h"

#include <vector>

#include "engine/adapters/crypto/key_file.h"
#include "engine/adapters/crypto/key_text.h"
#include "engine/adapters/system/command_output.h"

namespace sb::app {
namespace {

namespace crypto = adapters::crypto;

constexpr Millis kCommandTime = std::chrono::seconds(30);
constexpr std::size_t kMostOutput = 4096;
constexpr const char* kDefaultFile = "vault.key";

using Keys = Result<std::vector<Secret>>;

Keys FromCommand(const std::string& command) {
  const auto text = adapters::system::OutputOf(command, kCommandTime, kMostOutput);
  if (text.ok()) return crypto::ParseKeys(*text, "the output of --vault-key-command");
  return Unavailable("VAULT_KEY_COMMAND_FAILED",
                     "--vault-key-command gave no key: " + text.error().message +
                         "; run it by hand as this user to see why");
}

Keys FromFile(const ServeConfig& config, ports::DataKeyStore& data_keys) {
  const auto path =
      config.vault_key_file.empty() ? config.data_dir / kDefaultFile : config.vault_key_file;
  const auto uses = data_keys.Uses();
  if (!uses.ok()) return uses.error();
  return uses->empty() ? crypto::LoadOrCreateKeyFile(path) : crypto::LoadKeyFile(path);
}

}  // namespace

Result<crypto::SodiumKeys> LoadVaultKeys(const ServeConfig& config,
                                         ports::DataKeyStore& data_keys) {
  const Keys keys = config.vault_key ? crypto::ParseKeys(*config.vault_key, kVaultKeyVariable)
                    : config.vault_key_command.empty() ? FromFile(config, data_keys)
                                                       : FromCommand(config.vault_key_command);
  if (!keys.ok()) return keys.error();
  return crypto::SodiumKeys::Create(*keys);
}

// In this order: a rotation that begins in between either learns of this instance, or is seen by
// it.
Status CheckVaultKeys(InstanceId instance, const crypto::SodiumKeys& keys,
                      const crypto::SodiumVault& vault, ports::DataKeyStore& data_keys) {
  if (Status same = vault.CheckKeys(); !same.ok()) return same;
  if (Status held = data_keys.Hold(instance, keys.ids()); !held.ok()) return held;
  const auto uses = data_keys.Uses();
  if (!uses.ok()) return uses.error();
  for (const ports::KeyUse& use : *uses) {
    if (keys.Has(use.key_id)) continue;
    return Invalid("VAULT_KEY_MISSING",
                   "vault key " + use.key_id + " is still needed by " +
                       std::to_string(use.data_keys + use.early_values) +
                       " stored values, but this instance was not given it: give it again, after "
                       "the new one, and run 'switchboard keys rotate'");
  }
  return {};
}

}  // namespace sb::app
