#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sb::core {

/// An IP address; one of version 4 is kept in its mapped form of version 6.
class IpAddress {
 public:
  /// "192.0.2.7", "2001:db8::1", "[2001:db8::1]"; nothing for anything else, such as a name.
  static std::optional<IpAddress> Parse(std::string_view text);

  bool IsLoopback() const;
  /// Its first bits, the others zero. `bits` counts from the front of the 128.
  IpAddress Prefix(int bits) const;
  bool IsVersion4() const;
  std::string Text() const;

  auto operator<=>(const IpAddress&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

/// The addresses that begin alike.
class Network {
 public:
  /// "10.0.0.0/8", "2001:db8::/32", or one address; nothing when malformed.
  static std::optional<Network> Parse(std::string_view text);

  bool Includes(const IpAddress& address) const { return address.Prefix(bits_) == first_; }

 private:
  IpAddress first_;
  int bits_ = 128;
};

/// The proxies whose word is believed about whom they pass on. Everybody else's headers are only
/// claims.
class TrustedProxies {
 public:
  TrustedProxies() = default;

  explicit TrustedProxies(std::vector<Network> networks) : networks_(std::move(networks)) {}

  bool Trust(std::string_view address) const;
  /// Who really asks: the peer itself or, where that is a trusted proxy, the last address of its
  /// X-Forwarded-For that is none.
  std::string ClientOf(std::string_view peer, std::string_view forwarded_for) const;

 private:
  std::vector<Network> networks_;
};

/// Whom failures are counted for: an address of version 4, the /64 of one of version 6 (which one
/// customer has to themselves), or the text where it is no address.
std::string GroupOf(const std::string& address);

}  // namespace sb::core
