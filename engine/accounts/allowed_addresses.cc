#include "engine/accounts/allowed_addresses.h"

#include <optional>
#include <regex>
#include <utility>

#include "engine/base/text.h"

namespace sb::accounts {
namespace {

constexpr std::size_t kMaxBytes = 2048;

/// An address, taken apart.
struct Address {
  std::string origin;
  std::string path;  ///< Without query and fragment; at least "/".
};

bool IsThisMachine(const std::string& origin) {
  for (const std::string host : {"http://localhost", "http://127.0.0.1", "http://[::1]"}) {
    if (origin == host || origin.starts_with(host + ":")) return true;
  }
  return false;
}

/// A path that leads where it seems to lead: nothing climbs, and nothing is hidden in escapes.
bool IsStraight(const std::string& path) {
  const std::string low = Lower(path);
  for (const char* crooked : {"//", "%2e", "%2f", "%5c"}) {
    if (low.find(crooked) != std::string::npos) return false;
  }
  const std::string parts = low + "/";
  return parts.find("/./") == std::string::npos && parts.find("/../") == std::string::npos;
}

/// No user, no spaces, no backslashes, no control characters: those are read differently by
/// different programs.
std::optional<Address> TakeApart(const std::string& url) {
  static const std::regex kAddress(
      R"((https?)://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?(/[!$-;=@-Z_a-z~%]*)?([?#][!#-;=?-Z_a-z~%\[\]]*)?)",
      std::regex::icase);
  if (url.size() > kMaxBytes) return {};
  std::smatch parts;
  if (!std::regex_match(url, parts, kAddress)) return {};
  const std::string scheme = Lower(parts[1].str());
  std::string port = parts[3].str();
  if (port == (scheme == "https" ? ":443" : ":80")) port.clear();
  Address address{scheme + "://" + Lower(parts[2].str()) + port, parts[4].str()};
  if (address.path.empty()) address.path = "/";
  if (!IsStraight(address.path)) return {};
  return address;
}

}  // namespace

Result<AllowedAddresses> AllowedAddresses::Parse(const std::vector<std::string>& patterns) {
  AllowedAddresses allowed;
  for (const std::string& pattern : patterns) {
    auto address = TakeApart(pattern);
    const bool plain = address && pattern.find_first_of("?#") == std::string::npos;
    if (!plain || !(address->origin.starts_with("https://") || IsThisMachine(address->origin))) {
      return Invalid("CONFIG_INVALID",
                     "--return-url-allow is '" + pattern +
                         "'; it takes an https address such as https://app.example.com or "
                         "https://app.example.com/settings (http only for localhost)");
    }
    if (!address->path.ends_with('/')) address->path += '/';
    allowed.places_.push_back({address->origin, address->path});
  }
  return allowed;
}

bool AllowedAddresses::Allows(const std::string& url) const {
  const auto address = TakeApart(url);
  if (!address) return false;
  for (const Place& place : places_) {
    if (address->origin == place.origin && (address->path + "/").starts_with(place.path))
      return true;
  }
  return false;
}

bool AllowedAddresses::AllowsOrigin(const std::string& origin) const {
  if (OriginOfAddress(origin) != origin) return false;
  for (const Place& place : places_) {
    if (place.origin == origin) return true;
  }
  return false;
}

std::string OriginOfAddress(const std::string& url) {
  const auto address = TakeApart(url);
  return address ? address->origin : "";
}

}  // namespace sb::accounts
