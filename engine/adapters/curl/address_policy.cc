#include "engine/adapters/curl/address_policy.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstdint>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>

namespace sb::adapters::curl {
namespace {

struct Network4 {
  std::uint32_t base;
  int bits;
};

// The special-purpose registry of IANA (RFC 6890 and later), without the blocks that are globally
// reachable.
constexpr std::array kNotPublic4 = {
    Network4{0x00000000, 8},   // this network
    Network4{0x0A000000, 8},   // private
    Network4{0x64400000, 10},  // shared by carriers
    Network4{0x7F000000, 8},   // loopback
    Network4{0xA9FE0000, 16},  // link-local, where clouds serve machine credentials
    Network4{0xAC100000, 12},  // private
    Network4{0xC0000000, 24},  // protocol assignments
    Network4{0xC0000200, 24},  // documentation
    Network4{0xC0586300, 24},  // relays of 6to4
    Network4{0xC0A80000, 16},  // private
    Network4{0xC6120000, 15},  // benchmarks
    Network4{0xC6336400, 24},  // documentation
    Network4{0xCB007100, 24},  // documentation
    Network4{0xE0000000, 3},   // multicast, reserved, broadcast
};

bool IsPublic4(std::uint32_t address) {
  return std::none_of(kNotPublic4.begin(), kNotPublic4.end(), [address](const Network4& network) {
    return (address ^ network.base) >> (32 - network.bits) == 0;
  });
}

std::uint32_t Number4(const unsigned char* bytes) {
  std::uint32_t number = 0;
  std::memcpy(&number, bytes, sizeof number);
  return ntohl(number);
}

bool StartsWith(const unsigned char* bytes, std::initializer_list<unsigned char> prefix) {
  return std::equal(prefix.begin(), prefix.end(), bytes);
}

bool IsPublic6(const unsigned char* bytes) {
  if (StartsWith(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}))
    return IsPublic4(Number4(bytes + 12));
  if (StartsWith(bytes, {0x00, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0,
                         0})) {  // an IPv4 address behind NAT64
    return IsPublic4(Number4(bytes + 12));
  }
  if (StartsWith(bytes, {0x20, 0x02}))
    return IsPublic4(Number4(bytes + 2));                         // 6to4 carries an IPv4 address
  if (StartsWith(bytes, {0x20, 0x01, 0x0D, 0xB8})) return false;  // documentation
  if (StartsWith(bytes, {0x20, 0x01, 0x00, 0x00})) return false;  // Teredo tunnels
  return (bytes[0] & 0xE0) == 0x20;  // 2000::/3 is all that is global unicast today
}

}  // namespace

bool Allows(AddressPolicy policy, const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address, sizeof in);
    return policy == AddressPolicy::kAnywhere || IsPublic4(ntohl(in.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &address, sizeof in);
    return policy == AddressPolicy::kAnywhere || IsPublic6(in.sin6_addr.s6_addr);
  }
  return false;
}

}  // namespace sb::adapters::curl
