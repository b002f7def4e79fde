#include "engine/adapters/crypto/sodium_vault.h"

#include <optional>
#include <sodium.h>
#include <utility>

#include "engine/base/encoding.h"

namespace sb::adapters::crypto {
namespace {

constexpr std::size_t kKeyBytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t kKeyIdBytes = 8;
constexpr std::size_t kHeaderBytes = 1 + kKeyIdBytes;
constexpr std::size_t kBoxOverhead = kNonceBytes + kTagBytes;
constexpr std::size_t kWrappedBytes = kKeyBytes + kBoxOverhead;
constexpr char kVersion = 1;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* Bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

std::string RandomBytes(std::size_t count) {
  std::string bytes(count, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return bytes;
}

/// What names a key without giving it away.
std::string IdOf(const Secret& key) {
  return Sha256("switchboard vault key id\n" + key.Reveal()).substr(0, kKeyIdBytes);
}

/// A random nonce is safe with this cipher: 192 bits do not repeat.
std::string Encrypt(std::string_view plain, std::string_view key, std::string_view bound_to) {
  std::string box = RandomBytes(kNonceBytes);
  const std::string nonce = box;
  box.resize(plain.size() + kBoxOverhead);
  crypto_aead_xchacha20poly1305_ietf_encrypt(Bytes(box) + kNonceBytes, nullptr, Bytes(plain),
                                             plain.size(), Bytes(bound_to), bound_to.size(),
                                             nullptr, Bytes(nonce), Bytes(key));
  return box;
}

std::optional<std::string> Decrypt(std::string_view box, std::string_view key,
                                   std::string_view bound_to) {
  if (box.size() < kBoxOverhead) return {};
  std::string plain(box.size() - kBoxOverhead, '\0');
  const std::string_view cipher = box.substr(kNonceBytes);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(Bytes(plain), nullptr, nullptr, Bytes(cipher),
                                                 cipher.size(), Bytes(bound_to), bound_to.size(),
                                                 Bytes(box), Bytes(key)) != 0) {
    return {};
  }
  return plain;
}

/// The two boxes of one sealed value are told apart, so that neither can stand in for the other.
std::string BoundTo(char box, std::string_view header, std::string_view context) {
  std::string bound(1, box);
  bound.append(header).append(context);
  return bound;
}

Error CannotOpen(std::string_view context, const std::string& why) {
  return Internal("VAULT_CANNOT_OPEN",
                  "the secret stored as " + std::string(context) + " cannot be opened: " + why);
}

}  // namespace

Result<SodiumVault> SodiumVault::Create(const Secret& current, const std::vector<Secret>& retired) {
  if (sodium_init() < 0) return Internal("VAULT_KEY_INVALID", "libsodium did not start");
  std::vector<Secret> all = retired;
  all.push_back(current);
  SodiumVault vault;
  for (const Secret& key : all) {
    if (key.Reveal().size() != kKeyBytes) {
      return Invalid("VAULT_KEY_INVALID", "a vault key must be 32 bytes long, this one has " +
                                              std::to_string(key.Reveal().size()));
    }
    vault.keys_[IdOf(key)] = key;
  }
  vault.current_id_ = IdOf(current);
  return vault;
}

Result<std::string> SodiumVault::Seal(const Secret& secret,
                                      const ports::SealContext& context) const {
  std::string sealed = kVersion + current_id_;
  const std::string header = sealed;
  std::string data_key = RandomBytes(kKeyBytes);
  sealed += Encrypt(data_key, keys_.at(current_id_).Reveal(), BoundTo('k', header, context.value));
  sealed += Encrypt(secret.Reveal(), data_key, BoundTo('d', header, context.value));
  sodium_memzero(data_key.data(), data_key.size());
  return sealed;
}

Result<Secret> SodiumVault::Open(std::string_view sealed, const ports::SealContext& context) const {
  if (sealed.size() < kHeaderBytes + kWrappedBytes + kBoxOverhead || sealed.front() != kVersion) {
    return CannotOpen(context.value,
                      "it is damaged, or was written by a newer version of this program");
  }
  const std::string_view header = sealed.substr(0, kHeaderBytes);
  const auto key = keys_.find(std::string(header.substr(1)));
  if (key == keys_.end()) {
    return CannotOpen(context.value, "it was sealed with key " + ToHex(header.substr(1)) +
                                         ", which is not loaded (current: " + ToHex(current_id_) +
                                         "); put back that key file or connect the account again");
  }
  std::optional<std::string> data_key =
      Decrypt(sealed.substr(kHeaderBytes, kWrappedBytes), key->second.Reveal(),
              BoundTo('k', header, context.value));
  if (!data_key) return CannotOpen(context.value, "it is damaged, or belongs to another row");
  std::optional<std::string> secret = Decrypt(sealed.substr(kHeaderBytes + kWrappedBytes),
                                              *data_key, BoundTo('d', header, context.value));
  sodium_memzero(data_key->data(), data_key->size());
  if (!secret) return CannotOpen(context.value, "it is damaged, or belongs to another row");
  return Secret(std::move(*secret));
}

}  // namespace sb::adapters::crypto
