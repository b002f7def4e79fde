#pragma once

#include <map>
#include <set>
#include <string>

namespace sb::adapters::curl {

/// What the operator says of single hosts, by their name in a URL, in lower case.
struct HostRules {
  /// May have any address, whatever the AddressPolicy.
  std::set<std::string> private_allowed{};
  /// Where requests for a host are sent instead: "http://127.0.0.1:8080". Path, query and Host stay
  /// as they were. The operator chose the place, so its address is not judged.
  std::map<std::string, std::string> origins{};
};

/// Where a request goes once the rules are applied.
struct Destination {
  std::string url;
  std::string host;      ///< The header, when another origin takes the place of the URL's; or "".
  bool trusted = false;  ///< The operator named it: its address is not judged.
};

/// The host of a URL as the rules name it: in lower case; empty when the URL cannot be read.
std::string HostOf(const std::string& url);

/// Applies the rules to a URL. One that cannot be read comes back as it is, and not trusted:
/// sending it says what is wrong with it.
Destination Route(const HostRules& rules, const std::string& url);

}  // namespace sb::adapters::curl
