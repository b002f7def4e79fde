#include "engine/base/secret.h"

#include <openssl/crypto.h>

namespace sb {

bool Secret::EqualsConstantTime(std::string_view other) const {
  return bytes_.size() == other.size() &&
         CRYPTO_memcmp(bytes_.data(), other.data(), bytes_.size()) == 0;
}

}  // namespace sb
