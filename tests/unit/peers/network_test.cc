#include "engine/core/peers/network.h"

#include <map>

#include <gtest/gtest.h>

namespace sb::core {
namespace {

TrustedProxies Proxies() {
  return TrustedProxies({*Network::Parse("10.0.0.0/8"), *Network::Parse("fd00::/8")});
}

TEST(IpAddress, IsReadInEachForm) {
  for (const auto& [given, read] :
       std::map<std::string, std::string>{{"192.0.2.7", "192.0.2.7"},
                                          {"2001:DB8::1", "2001:db8::1"},
                                          {"[2001:db8::1]", "2001:db8::1"},
                                          {"::ffff:192.0.2.7", "192.0.2.7"}}) {
    ASSERT_TRUE(IpAddress::Parse(given)) << given;
    EXPECT_EQ(IpAddress::Parse(given)->Text(), read);
  }
  for (const char* wrong : {"", "localhost", "192.0.2", "192.0.2.256", "1.2.3.4:80", "[::1", "::g"})
    EXPECT_FALSE(IpAddress::Parse(wrong)) << wrong;
}

TEST(IpAddress, KnowsLoopback) {
  for (const char* loopback : {"127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"})
    EXPECT_TRUE(IpAddress::Parse(loopback)->IsLoopback()) << loopback;
  for (const char* other : {"0.0.0.0", "::", "128.0.0.1", "10.0.0.1", "fe80::1"})
    EXPECT_FALSE(IpAddress::Parse(other)->IsLoopback()) << other;
}

TEST(Network, IncludesTheAddressesThatBeginLikeIt) {
  const auto inside = [](const char* network, const char* address) {
    return Network::Parse(network)->Includes(*IpAddress::Parse(address));
  };
  EXPECT_TRUE(inside("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(inside("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(inside("192.0.2.128/25", "192.0.2.200"));
  EXPECT_FALSE(inside("192.0.2.128/25", "192.0.2.100"));
  EXPECT_TRUE(inside("192.0.2.7", "192.0.2.7"));
  EXPECT_FALSE(inside("192.0.2.7", "192.0.2.8"));
  EXPECT_TRUE(inside("0.0.0.0/0", "8.8.8.8"));
  EXPECT_FALSE(inside("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(inside("2001:db8::/32", "2001:db8:1::1"));
  for (const char* wrong : {"", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "10.0.0.0/-1", "::/129"})
    EXPECT_FALSE(Network::Parse(wrong)) << wrong;
}

TEST(TrustedProxies, TellWhoReallyAsks) {
  EXPECT_EQ(Proxies().ClientOf("10.0.0.1", "198.51.100.7"), "198.51.100.7");
  EXPECT_EQ(Proxies().ClientOf("[fd00::1]", "198.51.100.7, 10.3.3.3"), "198.51.100.7");
}

TEST(TrustedProxies, AloneAreBelieved) {
  EXPECT_EQ(Proxies().ClientOf("203.0.113.9", "198.51.100.7"), "203.0.113.9");
  EXPECT_EQ(TrustedProxies().ClientOf("10.0.0.1", "198.51.100.7"), "10.0.0.1");
}

TEST(TrustedProxies, DoNotPassOnWhatTheClientClaims) {
  EXPECT_EQ(Proxies().ClientOf("10.0.0.1", "1.2.3.4, 10.9.9.9, 198.51.100.7"), "198.51.100.7")
      << "the client wrote the first two itself";
}

TEST(TrustedProxies, StandForTheirClientsWhereTheySayNothingUsable) {
  EXPECT_EQ(Proxies().ClientOf("10.0.0.1", ""), "10.0.0.1");
  EXPECT_EQ(Proxies().ClientOf("10.0.0.1", "unknown"), "10.0.0.1");
  EXPECT_EQ(Proxies().ClientOf("10.0.0.1", "10.0.0.2"), "10.0.0.2");
}

TEST(GroupOf, IsOneCustomersShareOfTheInternet) {
  EXPECT_EQ(GroupOf("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(GroupOf("2001:db8:1:2:3:4:5:6"), GroupOf("2001:db8:1:2::9"));
  EXPECT_NE(GroupOf("2001:db8:1:2::1"), GroupOf("2001:db8:1:3::1"));
  EXPECT_EQ(GroupOf("unix:/run/sb.sock"), "unix:/run/sb.sock");
}

}  // namespace
}  // namespace sb::core
