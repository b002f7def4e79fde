#include "engine/api/key_ring.h"

#include <utility>

#include "engine/base/encoding.h"

namespace sb::api {
namespace {

constexpr std::string_view kScheme = "Bearer sbk_";
constexpr std::string_view kSchemeWord = "Bearer ";
constexpr std::chrono::seconds kRememberFor{30};
constexpr std::size_t kRememberedMost = 1024;

}  // namespace

bool KeyRing::LooksLikeKey(const std::string& authorization) {
  return authorization.size() > kScheme.size() && authorization.starts_with(kScheme);
}

Error KeyRing::MissingKey() {
  return Unauthorized(
      "API_KEY_MISSING",
      "the call carries no API key: send the metadata 'authorization: Bearer sbk_...'");
}

Result<Caller> KeyRing::Identify(const std::string& authorization) {
  if (!LooksLikeKey(authorization)) return MissingKey();
  const std::string hash = Sha256(authorization.substr(kSchemeWord.size()));
  const WallTime now = clock_.Now();
  {
    const std::lock_guard lock(mutex_);
    const auto found = remembered_.find(hash);
    if (found != remembered_.end() && found->second.until > now) return found->second.caller;
  }
  auto key = keys_.Find(hash);
  if (!key.ok()) return key.error();
  if (!key->has_value()) {
    return Unauthorized("API_KEY_UNKNOWN",
                        "the API key is not known here: check that it was copied whole and belongs "
                        "to this installation");
  }
  Caller caller{(*key)->name, (*key)->role, (*key)->tenant};
  const std::lock_guard lock(mutex_);
  if (remembered_.size() >= kRememberedMost) remembered_.clear();
  remembered_[hash] = {caller, now + kRememberFor};
  return caller;
}

}  // namespace sb::api
