#include "engine/adapters/crypto/key_bytes.h"

#include <cstring>
#include <new>
#include <sodium.h>

namespace sb::adapters::crypto {

static_assert(kKeyBytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

KeyBytes KeyBytes::Fresh() {
  KeyBytes key;
  randombytes_buf(key.data(), kKeyBytes);
  return key;
}

KeyBytes::~KeyBytes() {
  sodium_memzero(bytes_.data(), bytes_.size());
}

std::string_view KeyBytes::view() const {
  return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
}

LockedKeys::LockedKeys(std::size_t count)
    : bytes_(static_cast<unsigned char*>(sodium_allocarray(count, kKeyBytes))) {
  if (bytes_ == nullptr) throw std::bad_alloc();
}

void LockedKeys::Put(std::size_t place, const KeyBytes& key) {
  std::memcpy(bytes_.get() + place * kKeyBytes, key.data(), kKeyBytes);
}

KeyBytes LockedKeys::Get(std::size_t place) const {
  KeyBytes key;
  std::memcpy(key.data(), bytes_.get() + place * kKeyBytes, kKeyBytes);
  return key;
}

void LockedKeys::Free::operator()(unsigned char* bytes) const {
  sodium_free(bytes);
}

}  // namespace sb::adapters::crypto
