#include "engine/adapters/crypto/sodium_keys.h"

#include <algorithm>
#include <cstring>
#include <sodium.h>

#include "engine/adapters/crypto/box.h"
#include "engine/base/encoding.h"

namespace sb::adapters::crypto {
namespace {

constexpr char kWrapVersion = 1;
static_assert(kWrappedBytes == kHeaderBytes + kKeyBytes + kBoxOverhead);

std::string HexIdOf(const KeyBytes& key) {
  return ToHex(IdOf(key, "switchboard vault key id"));
}

KeyBytes KeyFrom(std::string_view raw) {
  KeyBytes key;
  std::memcpy(key.data(), raw.data(), kKeyBytes);
  return key;
}

}  // namespace

Error CannotOpen(std::string_view what, const std::string& why) {
  return Internal("VAULT_CANNOT_OPEN",
                  "what is stored as " + std::string(what) + " cannot be opened: " + why);
}

Result<SodiumKeys> SodiumKeys::Create(const std::vector<Secret>& newest_first) {
  if (sodium_init() < 0) return Internal("VAULT_KEY_INVALID", "libsodium did not start");
  if (newest_first.empty()) return Invalid("VAULT_KEY_INVALID", "there is no vault key");
  SodiumKeys keys(newest_first.size());
  for (const Secret& raw : newest_first) {
    if (raw.Reveal().size() != kKeyBytes) {
      return Invalid("VAULT_KEY_INVALID", "a vault key must be 32 bytes long, this one has " +
                                              std::to_string(raw.Reveal().size()));
    }
    const KeyBytes key = KeyFrom(raw.Reveal());
    const std::string id = HexIdOf(key);
    if (keys.Has(id)) continue;
    keys.keys_.Put(keys.ids_.size(), key);
    keys.ids_.push_back(id);
  }
  return keys;
}

std::optional<std::size_t> SodiumKeys::PlaceOf(std::string_view key_id) const {
  const auto found = std::ranges::find(ids_, key_id);
  if (found == ids_.end()) return {};
  return static_cast<std::size_t>(found - ids_.begin());
}

ports::DataKey SodiumKeys::Wrap(const KeyBytes& data_key, const std::string& owner,
                                const std::string& key_id) const {
  const std::string header = kWrapVersion + FromHex(key_id).value();
  return {owner, key_id,
          header + Encrypt(data_key.view(), keys_.Get(PlaceOf(key_id).value()),
                           BoundTo('k', header, owner))};
}

Result<KeyBytes> SodiumKeys::Unwrap(std::string_view wrapped, std::string_view bound_to) const {
  if (wrapped.size() != kWrappedBytes || wrapped.front() != kWrapVersion) {
    return CannotOpen(bound_to, "it is damaged, or was written by a newer version of this program");
  }
  const std::string_view header = wrapped.substr(0, kHeaderBytes);
  const std::string key_id = ToHex(header.substr(1));
  const auto place = PlaceOf(key_id);
  if (!place) {
    return CannotOpen(bound_to, "it needs vault key " + key_id +
                                    ", which this instance does not have; give that key again "
                                    "beside the new one, or connect the account again");
  }
  auto raw =
      Decrypt(wrapped.substr(kHeaderBytes), keys_.Get(*place), BoundTo('k', header, bound_to));
  if (!raw) return CannotOpen(bound_to, "it is damaged, or belongs to another row");
  const KeyBytes key = KeyFrom(*raw);
  sodium_memzero(raw->data(), raw->size());
  return key;
}

Result<ports::DataKey> SodiumKeys::Rewrap(const ports::DataKey& key) const {
  const auto data_key = Unwrap(key.wrapped, key.owner);
  if (!data_key.ok()) return data_key.error();
  return Wrap(*data_key, key.owner, ids_.front());
}

}  // namespace sb::adapters::crypto
