#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"

namespace sb::accounts {

/// The addresses of platforms that the operator allows (`serve --return-url-allow`): a browser is
/// sent back, and a window is told, only there. None allowed is the default. Immutable.
class AllowedAddresses {
 public:
  AllowedAddresses() = default;

  /// Each is an origin with an optional path prefix: "https://app.example.com/settings". http only
  /// for this machine itself. Fails with kInvalid CONFIG_INVALID.
  static Result<AllowedAddresses> Parse(const std::vector<std::string>& patterns);

  /// A whole address: its origin is exactly an allowed one, and its path begins with that one's
  /// prefix, part by part. What two programs might read differently is not allowed.
  bool Allows(const std::string& url) const;
  /// "https://app.example.com", nothing behind it: some allowed address has this origin.
  bool AllowsOrigin(const std::string& origin) const;

  bool empty() const { return places_.empty(); }

 private:
  struct Place {
    std::string origin;
    std::string path;  ///< "/settings/"; "/" is everything.
  };

  std::vector<Place> places_;
};

/// Scheme, host and port of an http or https address in its one spelling: lower case, no default
/// port. Empty when it is no such address, or one that can be read in two ways.
std::string OriginOfAddress(const std::string& url);

}  // namespace sb::accounts
