#include "engine/core/onward/retry.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "engine/base/encoding.h"

namespace sb::core::onward {
namespace {

/// 0 to 999, as even as SHA-256 is.
std::int64_t Permille(std::string_view seed, int tries) {
  const std::string hash = Sha256(std::string(seed) + "/" + std::to_string(tries));
  std::uint32_t number = 0;
  for (const char byte : hash.substr(0, 4))
    number = (number << 8U) | static_cast<unsigned char>(byte);
  return number % 1000;
}

}  // namespace

Verdict JudgeStatus(int status) {
  constexpr std::array kRefusals = {400, 411, 413, 414, 415, 422, 431};
  constexpr std::array kStops = {401, 403, 410};
  if (status >= 200 && status < 300) return Verdict::kDelivered;
  if (std::ranges::count(kRefusals, status) > 0) return Verdict::kRefused;
  if (std::ranges::count(kStops, status) > 0) return Verdict::kStopped;
  return Verdict::kAgain;
}

Millis WaitBefore(const RetryPolicy& policy, int tries, std::string_view seed,
                  std::optional<Millis> asked) {
  Millis wait = policy.first;
  for (int i = 1; i < tries && wait < policy.most; ++i) wait *= 3;
  wait = std::min(wait, policy.most);
  wait -= wait * Permille(seed, tries) / 3000;
  if (asked) wait = std::max(wait, std::min(*asked, policy.most_asked));
  return wait;
}

bool IsGivenUp(const RetryPolicy& policy, WallTime first, WallTime now) {
  return now - first >= policy.give_up;
}

}  // namespace sb::core::onward
