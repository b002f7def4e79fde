#include "engine/adapters/crypto/sodium_vault.h"

#include <utility>

#include "engine/adapters/crypto/box.h"

namespace sb::adapters::crypto {
namespace {

constexpr char kEarlyVersion = 1;
constexpr char kSealVersion = 2;
constexpr std::size_t kMostCachedKeys = 4096;
constexpr int kTries = 5;

std::string DataKeyIdOf(const KeyBytes& key) {
  return IdOf(key, "switchboard data key id");
}

Error Damaged(const ports::SealContext& context) {
  return CannotOpen(context.value, "it is damaged, or belongs to another row");
}

Error Busy() {
  return Unavailable("VAULT_BUSY", "the vault key was changed again and again; try once more");
}

}  // namespace

SodiumVault::SodiumVault(const SodiumKeys& keys, ports::DataKeyStore& data_keys)
    : keys_(keys), data_keys_(data_keys), cache_(kMostCachedKeys) {}

Status SodiumVault::CheckKeys() const {
  const auto id = WrappingKeyId();
  return id.ok() ? Status() : Status(id.error());
}

// The database says it and not our own list: an instance that got a new key before the others must
// not wrap with it what they then cannot read.
Result<std::string> SodiumVault::WrappingKeyId() const {
  for (int i = 0; i < kTries; ++i) {
    const auto check = data_keys_.Find(ports::kKeyCheck);
    if (!check.ok()) return check.error();
    if (!*check) {
      const auto added =
          data_keys_.Add(keys_.Wrap(KeyBytes::Fresh(), ports::kKeyCheck, keys_.ids().front()));
      if (!added.ok()) return added.error();
      continue;
    }
    if (!keys_.Has((*check)->key_id)) {
      return Invalid("VAULT_KEY_DIFFERENT",
                     "the stored credentials are sealed with vault key " + (*check)->key_id +
                         ", but this instance was given " + keys_.ids().front() +
                         "; give every instance the same vault key (see --vault-key-file)");
    }
    const auto opened = keys_.Unwrap((*check)->wrapped, ports::kKeyCheck);
    return opened.ok() ? Result<std::string>((*check)->key_id) : opened.error();
  }
  return Busy();
}

Result<std::optional<KeyBytes>> SodiumVault::Find(const std::string& owner) const {
  const auto stored = data_keys_.Find(owner);
  if (!stored.ok()) return stored.error();
  if (!*stored) return std::optional<KeyBytes>();
  const auto key = keys_.Unwrap((*stored)->wrapped, owner);
  if (!key.ok()) return key.error();
  cache_.Keep(owner, *key);
  return std::optional(*key);
}

Result<KeyBytes> SodiumVault::FindOrMake(const std::string& owner) const {
  if (const auto cached = cache_.Find(owner)) return *cached;
  for (int i = 0; i < kTries; ++i) {
    const auto found = Find(owner);
    if (!found.ok()) return found.error();
    if (*found) return **found;
    const auto wrapping_key = WrappingKeyId();
    if (!wrapping_key.ok()) return wrapping_key.error();
    // Read back in any case: of several that make one at once, one is kept.
    const auto added = data_keys_.Add(keys_.Wrap(KeyBytes::Fresh(), owner, *wrapping_key));
    if (!added.ok()) return added.error();
  }
  return Busy();
}

Result<std::string> SodiumVault::Seal(const Secret& secret,
                                      const ports::SealContext& context) const {
  const auto key = FindOrMake(context.owner);
  if (!key.ok()) return key.error();
  const std::string header = kSealVersion + DataKeyIdOf(*key);
  return header + Encrypt(secret.Reveal(), *key, BoundTo('d', header, context.value));
}

Result<KeyBytes> SodiumVault::KeyOf(std::string_view header,
                                    const ports::SealContext& context) const {
  const std::string_view id = header.substr(1);
  const auto cached = cache_.Find(context.owner);
  if (cached && DataKeyIdOf(*cached) == id) return *cached;
  const auto found = Find(context.owner);
  if (!found.ok()) return found.error();
  if (!*found || DataKeyIdOf(**found) != id) return Damaged(context);
  return **found;
}

Result<Secret> SodiumVault::Open(std::string_view sealed, const ports::SealContext& context) const {
  if (!sealed.empty() && sealed.front() == kEarlyVersion) return OpenEarly(sealed, context);
  if (sealed.size() < kHeaderBytes + kBoxOverhead || sealed.front() != kSealVersion) {
    return CannotOpen(context.value,
                      "it is damaged, or was written by a newer version of this program");
  }
  const std::string_view header = sealed.substr(0, kHeaderBytes);
  const auto key = KeyOf(header, context);
  if (!key.ok()) return key.error();
  auto secret = Decrypt(sealed.substr(kHeaderBytes), *key, BoundTo('d', header, context.value));
  if (!secret) return Damaged(context);
  return Secret(std::move(*secret));
}

Result<Secret> SodiumVault::OpenEarly(std::string_view sealed,
                                      const ports::SealContext& context) const {
  if (sealed.size() < kWrappedBytes + kBoxOverhead) return Damaged(context);
  const auto key = keys_.Unwrap(sealed.substr(0, kWrappedBytes), context.value);
  if (!key.ok()) return key.error();
  auto secret = Decrypt(sealed.substr(kWrappedBytes), *key,
                        BoundTo('d', sealed.substr(0, kHeaderBytes), context.value));
  if (!secret) return Damaged(context);
  return Secret(std::move(*secret));
}

}  // namespace sb::adapters::crypto
