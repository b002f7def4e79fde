#include "engine/core/onward/standard_webhooks.h"

#include <optional>

#include "engine/base/encoding.h"

namespace sb::core::onward {
namespace {

constexpr std::string_view kSecretPrefix = "whsec_";
constexpr std::size_t kShortestKey = 24;
constexpr std::size_t kLongestKey = 64;

std::optional<std::string> KeyOf(const Secret& secret) {
  const std::string& text = secret.Reveal();
  if (!text.starts_with(kSecretPrefix)) return {};
  auto key = FromBase64(std::string_view(text).substr(kSecretPrefix.size()));
  if (!key || key->size() < kShortestKey || key->size() > kLongestKey) return {};
  return key;
}

}  // namespace

Result<std::vector<std::pair<std::string, std::string>>> SignWebhook(const Secret& secret,
                                                                     const std::string& id,
                                                                     WallTime now,
                                                                     std::string_view body) {
  const auto key = KeyOf(secret);
  if (!key) {
    return Invalid("ONWARD_SECRET_INVALID",
                   "the signing secret must be \"whsec_\" and 24 to 64 bytes in base 64, as "
                   "Standard Webhooks has it");
  }
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  const std::string stamp = std::to_string(seconds);
  const std::string content = id + "." + stamp + "." + std::string(body);
  return std::vector<std::pair<std::string, std::string>>{
      {"webhook-id", id},
      {"webhook-timestamp", stamp},
      {"webhook-signature", "v1," + ToBase64(HmacSha256(*key, content))}};
}

}  // namespace sb::core::onward
