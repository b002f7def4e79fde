#include "engine/api/key_ring.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/api/tenant_token.h"
#include "engine/base/encoding.h"
#include "engine/base/log.h"

namespace sb::api {
namespace {

constexpr std::string_view kScheme = "Bearer ";
constexpr std::string_view kKeyPrefix = "sbk_";
constexpr std::size_t kPrefixSize = 4;  // of tokens, too
constexpr std::chrono::seconds kRememberFor{3};
constexpr std::size_t kRememberedMost = 1024;
constexpr std::chrono::minutes kUseNotedEvery{1};

Error Refusal(const std::optional<ports::ApiKey>& key) {
  if (!key) {
    return Unauthorized("API_KEY_UNKNOWN",
                        "the API key is not known here: check that it was copied whole and belongs "
                        "to this installation");
  }
  if (key->revoked_at) {
    return Unauthorized("API_KEY_REVOKED",
                        "the API key '" + key->name + "' was revoked: use another one");
  }
  return Unauthorized("API_KEY_EXPIRED",
                      "the time of the API key '" + key->name + "' is over: use its successor");
}

}  // namespace

bool KeyRing::LooksLikeKey(const std::string& authorization) {
  if (authorization.size() <= kScheme.size() + kPrefixSize || !authorization.starts_with(kScheme))
    return false;
  const std::string_view key = std::string_view(authorization).substr(kScheme.size());
  return key.starts_with(kKeyPrefix) || TenantTokens::LooksLikeToken(key);
}

Error KeyRing::MissingKey() {
  return Unauthorized(
      "API_KEY_MISSING",
      "the call carries no API key: send the metadata 'authorization: Bearer sbk_...'");
}

Result<Caller> KeyRing::Identify(const std::string& authorization,
                                 const std::function<Status()>& may_look_up) {
  if (!LooksLikeKey(authorization)) return MissingKey();
  const std::string key = authorization.substr(kScheme.size());
  if (TenantTokens::LooksLikeToken(key)) return IdentifyToken(key, may_look_up);
  const std::string hash = Sha256(key);
  bool was_good = false;
  {
    const std::lock_guard lock(mutex_);
    const auto found = remembered_.find(hash);
    was_good = found != remembered_.end();
    if (was_good && found->second.until > clock_.Now()) return found->second.caller;
  }
  if (!was_good) {
    if (const Status allowed = may_look_up(); !allowed.ok()) return allowed.error();
  }
  return LookUp(hash);
}

Result<Caller> KeyRing::IdentifyToken(const std::string& text,
                                      const std::function<Status()>& may_look_up) const {
  auto token = tokens_.Read(text, clock_.Now());
  if (!token.ok()) {
    const Status allowed = may_look_up();
    return allowed.ok() ? token.error() : allowed.error();
  }
  return Caller{token->key_name + " (token)", ports::Role::kViewer,
                ports::TenantScope::Of({token->tenant}), token->connect_only};
}

Result<Caller> KeyRing::LookUp(const std::string& hash) {
  const WallTime now = clock_.Now();
  auto found = keys_.Find(hash);
  if (!found.ok()) return found.error();
  if (!found->has_value() || !(*found)->WorksAt(now)) {
    const std::lock_guard lock(mutex_);
    remembered_.erase(hash);
    return Refusal(*found);
  }
  const ports::ApiKey& key = **found;
  NoteUse(key, now);
  Caller caller{key.name, key.role, key.scope};
  const WallTime fresh_until = now + kRememberFor;
  Remember(hash, caller, key.expires_at ? std::min(*key.expires_at, fresh_until) : fresh_until);
  return caller;
}

void KeyRing::NoteUse(const ports::ApiKey& key, WallTime now) {
  if (key.last_used_at && now - *key.last_used_at < kUseNotedEvery) return;
  const Status noted = keys_.NoteUse(key.id, now);
  // No reason to refuse the call: the next minute's will be noted.
  if (!noted.ok()) Log::Warn("api_key.use_not_noted", {{"code", noted.error().code}});
}

void KeyRing::Remember(const std::string& hash, const Caller& caller, WallTime until) {
  const std::lock_guard lock(mutex_);
  if (remembered_.size() >= kRememberedMost) remembered_.clear();
  remembered_[hash] = {caller, until};
}

}  // namespace sb::api
