#include "engine/api/tenant_token.h"

#include <nlohmann/json.hpp>

#include "engine/base/encoding.h"
#include "engine/base/json.h"

namespace sb::api {
namespace {

constexpr std::string_view kPrefix = "sbt_";
constexpr std::size_t kMostTokenBytes = 2048;

Error NotOurs() {
  return Unauthorized("TENANT_TOKEN_INVALID",
                      "the tenant token was not made by this installation, or was changed: ask the "
                      "platform for a new one");
}

}  // namespace

std::string TenantTokens::SignatureOf(std::string_view payload) const {
  return HmacSha256(key_.Reveal(), "tenant token 1\n" + std::string(payload));
}

std::string TenantTokens::Sign(const TenantToken& token) const {
  const Json claims = {
      {"tenant", token.tenant},
      {"connect_only", token.connect_only},
      {"expires_ms", std::chrono::floor<Millis>(token.expires_at).time_since_epoch().count()},
      {"key_name", token.key_name}};
  const std::string payload = ToHex(DumpJson(claims));
  return std::string(kPrefix) + payload + "." + ToHex(SignatureOf(payload));
}

Result<TenantToken> TenantTokens::Read(const std::string& text, WallTime now) const {
  const std::size_t dot = text.find('.');
  if (text.size() > kMostTokenBytes || !LooksLikeToken(text) || dot == std::string::npos)
    return NotOurs();
  const std::string payload = text.substr(kPrefix.size(), dot - kPrefix.size());
  const auto signature = FromHex(text.substr(dot + 1));
  if (!signature || !Secret(SignatureOf(payload)).EqualsConstantTime(*signature)) return NotOurs();
  // From here on it is a text of ours.
  const auto claims = ParseJson(FromHex(payload).value_or(""));
  if (!claims.ok()) return NotOurs();
  TenantToken token;
  token.tenant = TextMember(*claims, "tenant");
  token.connect_only = Member(*claims, "connect_only") != false;
  token.expires_at = WallTime(Millis(claims->value("expires_ms", std::int64_t{0})));
  token.key_name = TextMember(*claims, "key_name");
  if (now < token.expires_at) return token;
  return Unauthorized("TENANT_TOKEN_EXPIRED",
                      "the tenant token's minutes are over: ask the platform for a new one");
}

}  // namespace sb::api
