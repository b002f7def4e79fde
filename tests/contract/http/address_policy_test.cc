#include "engine/adapters/curl/address_policy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <gtest/gtest.h>

namespace sb {
namespace {

using adapters::curl::AddressPolicy;

bool Allowed(AddressPolicy policy, const char* text) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  if (::inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
    return adapters::curl::Allows(policy, reinterpret_cast<const sockaddr&>(v4));
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  EXPECT_EQ(::inet_pton(AF_INET6, text, &v6.sin6_addr), 1) << text;
  return adapters::curl::Allows(policy, reinterpret_cast<const sockaddr&>(v6));
}

TEST(AddressPolicy, RefusesEveryInternalAddress) {
  for (const char* address : {"0.0.0.0",
                              "10.1.2.3",
                              "100.64.0.1",
                              "127.0.0.1",
                              "127.255.255.254",
                              "169.254.169.254",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.0.2.1",
                              "192.168.1.1",
                              "198.18.0.1",
                              "198.51.100.7",
                              "203.0.113.9",
                              "224.0.0.1",
                              "240.0.0.1",
                              "255.255.255.255",
                              "::",
                              "::1",
                              "::ffff:10.0.0.1",
                              "64:ff9b::7f00:1",
                              "2002:7f00:1::",
                              "fc00::1",
                              "fd12::1",
                              "fe80::1",
                              "ff02::1",
                              "2001:db8::1",
                              "2001::1"}) {
    EXPECT_FALSE(Allowed(AddressPolicy::kPublicOnly, address)) << address;
    EXPECT_TRUE(Allowed(AddressPolicy::kAnywhere, address)) << address;
  }
}

TEST(AddressPolicy, AllowsPublicAddresses) {
  for (const char* address :
       {"1.1.1.1", "9.255.255.255", "11.0.0.1", "172.15.255.255", "172.32.0.1", "192.169.0.1",
        "100.63.255.255", "100.128.0.1", "223.255.255.255", "2606:4700::1111", "::ffff:8.8.8.8",
        "64:ff9b::808:808"}) {
    EXPECT_TRUE(Allowed(AddressPolicy::kPublicOnly, address)) << address;
  }
}

TEST(AddressPolicy, RefusesWhatIsNoInternetAddress) {
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  EXPECT_FALSE(
      adapters::curl::Allows(AddressPolicy::kAnywhere, reinterpret_cast<const sockaddr&>(local)));
}

}  // namespace
}  // namespace sb
