#include "engine/accounts/recording_links.h"

#include <optional>

#include "engine/base/encoding.h"
#include "engine/connector/instant.h"

namespace sb::accounts {
namespace {

constexpr std::size_t kLongestNumber = 12;

}  // namespace

RecordingLinks::RecordingLinks(const Secret& installation_key)
    : key_(HmacSha256(installation_key.Reveal(), "recording links 1")) {}

std::string RecordingLinks::SignatureOf(const std::string& recording,
                                        const std::string& expires) const {
  return ToHex(HmacSha256(key_.Reveal(), recording + "\n" + expires));
}

std::string RecordingLinks::PathFor(ports::RecordingId recording, WallTime expires_at) const {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(expires_at).time_since_epoch();
  const std::string id = ports::ToText(recording);
  const std::string expires = std::to_string(seconds.count());
  return "/recordings/" + id + "?expires=" + expires + "&signature=" + SignatureOf(id, expires);
}

// The signature first: of a link that is not ours, nothing is told.
Status RecordingLinks::Check(const std::string& recording, const std::string& expires,
                             const std::string& signature, WallTime now) const {
  const bool ours = expires.size() <= kLongestNumber &&
                    Secret(SignatureOf(recording, expires)).EqualsConstantTime(signature);
  const std::optional<std::int64_t> seconds =
      ours ? connector::WholeNumberOf(expires) : std::optional<std::int64_t>();
  if (!seconds) {
    return Forbidden("RECORDING_LINK_INVALID",
                     "this link was not made here, or it was changed or cut off: copy it whole, or "
                     "ask for a new one");
  }
  if (now < WallTime(std::chrono::seconds(*seconds))) return {};
  return Forbidden("RECORDING_LINK_EXPIRED", "the time of this link is over: ask for a new one");
}

}  // namespace sb::accounts
