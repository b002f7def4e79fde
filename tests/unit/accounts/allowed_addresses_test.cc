// Where a browser may be sent back to.

#include "engine/accounts/allowed_addresses.h"

#include <gtest/gtest.h>

namespace sb::accounts {
namespace {

AllowedAddresses Allowing(const std::vector<std::string>& patterns) {
  return AllowedAddresses::Parse(patterns).value();
}

TEST(AllowedAddresses, NothingIsAllowedUnlessTheOperatorSaysSo) {
  EXPECT_FALSE(AllowedAddresses().Allows("https://app.example/"));
  EXPECT_FALSE(AllowedAddresses().AllowsOrigin("https://app.example"));
}

TEST(AllowedAddresses, AnOriginAllowsItsPagesAndNoOtherOrigins) {
  const auto allowed = Allowing({"https://app.example"});
  for (const char* good :
       {"https://app.example", "https://app.example/", "https://app.example/a/b",
        "https://app.example/a?x=1#top", "HTTPS://App.Example/a", "https://app.example:443/a"}) {
    EXPECT_TRUE(allowed.Allows(good)) << good;
  }
  for (const char* bad :
       {"http://app.example/a", "https://app.example:8443/a", "https://app.example.evil.test/",
        "https://evil.test/https://app.example/", "https://app.example@evil.test/",
        "https://evil.test#@app.example/", "https://evil.test\\@app.example/", "//app.example/a",
        "https:app.example/a", "https:///app.example/a", "javascript:alert(1)//https://app.example",
        " https://app.example/a", "https://app.example/a\nLocation: x", "https://app.example/a b",
        "https://app\xc2\xb7.example/a", ""}) {
    EXPECT_FALSE(allowed.Allows(bad)) << bad;
  }
}

TEST(AllowedAddresses, APathPrefixCountsPartByPartAndCannotBeClimbedOutOf) {
  const auto allowed = Allowing({"https://app.example/settings"});
  EXPECT_TRUE(allowed.Allows("https://app.example/settings"));
  EXPECT_TRUE(allowed.Allows("https://app.example/settings/phone?x=1"));
  for (const char* bad :
       {"https://app.example/", "https://app.example/settings-of-others",
        "https://app.example/settings/../admin", "https://app.example/settings/%2e%2e/admin",
        "https://app.example/settings/..%2fadmin", "https://app.example//settings",
        "https://app.example/Settings"}) {
    EXPECT_FALSE(allowed.Allows(bad)) << bad;
  }
}

TEST(AllowedAddresses, AnOriginIsWrittenInItsOneSpelling) {
  const auto allowed = Allowing({"https://app.example/settings", "http://localhost:3000"});
  EXPECT_TRUE(allowed.AllowsOrigin("https://app.example"));
  EXPECT_TRUE(allowed.AllowsOrigin("http://localhost:3000"));
  for (const char* bad : {"https://app.example/", "https://APP.example", "https://app.example:443",
                          "null", "*", "https://other.example"}) {
    EXPECT_FALSE(allowed.AllowsOrigin(bad)) << bad;
  }
}

TEST(AllowedAddresses, APatternIsHttpsOrThisMachine) {
  for (const char* good : {"https://app.example", "http://127.0.0.1:8080", "http://[::1]:3000",
                           "http://localhost/app"}) {
    EXPECT_TRUE(AllowedAddresses::Parse({good}).ok()) << good;
  }
  for (const char* bad :
       {"http://app.example", "app.example", "https://*.example", "https://app.example/?x",
        "https://a@b.example", "", "*", "http://localhost.evil.test"}) {
    const auto refused = AllowedAddresses::Parse({bad});
    ASSERT_FALSE(refused.ok()) << bad;
    EXPECT_EQ(refused.error().code, "CONFIG_INVALID");
  }
}

}  // namespace
}  // namespace sb::accounts
