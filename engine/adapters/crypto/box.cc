#include "engine/adapters/crypto/box.h"

#include <sodium.h>

#include "engine/base/encoding.h"

namespace sb::adapters::crypto {
namespace {

constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
static_assert(kBoxOverhead == kNonceBytes + crypto_aead_xchacha20poly1305_ietf_ABYTES);

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* Bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

}  // namespace

std::string IdOf(const KeyBytes& key, std::string_view sort) {
  std::string text(sort);
  text.append("\n").append(key.view());
  std::string id = Sha256(text).substr(0, kKeyIdBytes);
  sodium_memzero(text.data(), text.size());
  return id;
}

// A random nonce is safe with this cipher: 192 bits do not repeat.
std::string Encrypt(std::string_view plain, const KeyBytes& key, std::string_view bound_to) {
  std::string box(plain.size() + kBoxOverhead, '\0');
  randombytes_buf(box.data(), kNonceBytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(Bytes(box) + kNonceBytes, nullptr, Bytes(plain),
                                             plain.size(), Bytes(bound_to), bound_to.size(),
                                             nullptr, Bytes(box), key.data());
  return box;
}

std::optional<std::string> Decrypt(std::string_view box, const KeyBytes& key,
                                   std::string_view bound_to) {
  if (box.size() < kBoxOverhead) return {};
  std::string plain(box.size() - kBoxOverhead, '\0');
  const std::string_view cipher = box.substr(kNonceBytes);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(Bytes(plain), nullptr, nullptr, Bytes(cipher),
                                                 cipher.size(), Bytes(bound_to), bound_to.size(),
                                                 Bytes(box), key.data()) != 0) {
    return {};
  }
  return plain;
}

std::string BoundTo(char sort, std::string_view header, std::string_view context) {
  std::string bound(1, sort);
  bound.append(header).append(context);
  return bound;
}

}  // namespace sb::adapters::crypto
