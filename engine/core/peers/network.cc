#include "engine/core/peers/network.h"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>

namespace sb::core {
namespace {

constexpr int kMappedBits = 96;
constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

std::optional<IpAddress> IpAddress::Parse(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']')
    text = text.substr(1, text.size() - 2);
  const std::string whole(text);
  IpAddress address;
  if (inet_pton(AF_INET6, whole.c_str(), address.bytes_.data()) == 1) return address;
  std::ranges::copy(kMapped, address.bytes_.begin());
  if (inet_pton(AF_INET, whole.c_str(), address.bytes_.data() + kMapped.size()) == 1)
    return address;
  return std::nullopt;
}

bool IpAddress::IsVersion4() const {
  return std::equal(kMapped.begin(), kMapped.end(), bytes_.begin());
}

bool IpAddress::IsLoopback() const {
  if (IsVersion4()) return bytes_[kMapped.size()] == 127;
  IpAddress one;
  one.bytes_.back() = 1;
  return *this == one;
}

IpAddress IpAddress::Prefix(int bits) const {
  IpAddress prefix;
  for (int i = 0; i < bits; ++i) {
    const auto byte = static_cast<std::size_t>(i / 8);
    const unsigned bit = 0x80U >> (i % 8);
    prefix.bytes_[byte] = static_cast<std::uint8_t>(prefix.bytes_[byte] | (bytes_[byte] & bit));
  }
  return prefix;
}

std::string IpAddress::Text() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool version4 = IsVersion4();
  inet_ntop(version4 ? AF_INET : AF_INET6, bytes_.data() + (version4 ? kMapped.size() : 0),
            text.data(), text.size());
  return text.data();
}

std::optional<Network> Network::Parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = IpAddress::Parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const int most = address->IsVersion4() ? 32 : 128;
  int bits = most;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc() || end != digits.data() + digits.size() || bits < 0 || bits > most)
      return std::nullopt;
  }
  Network network;
  network.bits_ = bits + (address->IsVersion4() ? kMappedBits : 0);
  network.first_ = address->Prefix(network.bits_);
  return network;
}

bool TrustedProxies::Trust(std::string_view address) const {
  if (networks_.empty()) return false;
  const auto parsed = IpAddress::Parse(address);
  return parsed && std::ranges::any_of(networks_, [&](const Network& network) {
           return network.Includes(*parsed);
         });
}

std::string TrustedProxies::ClientOf(std::string_view peer, std::string_view forwarded_for) const {
  std::string_view client = peer;
  // From the end: each proxy adds the address that it saw, so what stands before an address that is
  // not trusted was written by nobody in particular.
  while (Trust(client) && !forwarded_for.empty()) {
    const std::size_t comma = forwarded_for.rfind(',');
    const std::string_view last =
        Trimmed(comma == std::string_view::npos ? forwarded_for : forwarded_for.substr(comma + 1));
    forwarded_for =
        comma == std::string_view::npos ? std::string_view() : forwarded_for.substr(0, comma);
    if (!IpAddress::Parse(last)) break;
    client = last;
  }
  return std::string(client);
}

std::string GroupOf(const std::string& address) {
  const auto parsed = IpAddress::Parse(address);
  if (!parsed) return address;
  return parsed->IsVersion4() ? parsed->Text() : parsed->Prefix(64).Text() + "/64";
}

}  // namespace sb::core
