#include "engine/app/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/matchers.h"

namespace sb::app {
namespace {

using testing::FailsWith;
using ::testing::HasSubstr;
using testing::IsOk;

TEST(Configuration, KeepsThingsForDaysOrForever) {
  EXPECT_EQ(ParseRetention("30d").value(), std::chrono::days(30));
  EXPECT_EQ(ParseRetention("1d").value(), std::chrono::days(1));
  EXPECT_EQ(ParseRetention("forever").value(), std::nullopt);
  EXPECT_EQ(ParseRetention(ServeConfig().retain).value(), std::chrono::days(30));
}

TEST(Configuration, SaysHowLongThingsCanBeKept) {
  for (const char* text : {"", "30", "0d", "-1d", "30 d", "4w", "12345d", "for ever"}) {
    const auto retain = ParseRetention(text);
    ASSERT_THAT(retain, FailsWith(ErrorKind::kInvalid, "CONFIG_INVALID")) << text;
    EXPECT_THAT(retain.error().message, HasSubstr("--retain is '" + std::string(text) + "'"));
  }
}

TEST(Configuration, IsCheckedAsAWhole) {
  ServeConfig config;
  config.data_dir = "/tmp";
  EXPECT_THAT(Validate(config), IsOk());
  config.retain = "soon";
  EXPECT_THAT(Validate(config), FailsWith(ErrorKind::kInvalid, "CONFIG_INVALID"));
}

/// A configuration that is fine, but for what a test changes.
ServeConfig Fine() {
  ServeConfig config;
  config.data_dir = "/tmp";
  return config;
}

TEST(Configuration, LetsClearTextLeaveTheMachineOnlyWhenToldSo) {
  for (const char* away :
       {"0.0.0.0:7700", "10.0.0.7:0", "[::]:7700", "switchboard.internal:7700"}) {
    ServeConfig config = Fine();
    config.grpc_listen = away;
    const auto refused = Validate(config);
    ASSERT_THAT(refused, FailsWith(ErrorKind::kInvalid, "CONFIG_CLEAR_TEXT")) << away;
    EXPECT_THAT(refused.error().message, HasSubstr("--insecure-listen"));
    config.insecure_listen = true;
    EXPECT_THAT(Validate(config), IsOk());
  }
  for (const char* here : {"127.0.0.1:7700", "[::1]:0", "localhost:7700"}) {
    ServeConfig config = Fine();
    config.grpc_listen = config.http_listen = here;
    EXPECT_THAT(Validate(config), IsOk()) << here;
  }
}

TEST(Configuration, TakesTlsForADoorThatIsOpenToOthers) {
  ServeConfig config = Fine();
  config.grpc_listen = config.http_listen = "0.0.0.0:0";
  config.grpc_tls = {"cert.pem", "key.pem", "clients.pem"};
  EXPECT_THAT(Validate(config), FailsWith(ErrorKind::kInvalid, "CONFIG_CLEAR_TEXT"));
  config.http_tls = {"cert.pem", "key.pem", ""};
  EXPECT_THAT(Validate(config), IsOk());
}

TEST(Configuration, TakesAProxyThatEndsTlsForTheHttpDoorAlone) {
  ServeConfig config = Fine();
  config.http_listen = "0.0.0.0:0";
  config.trusted_proxies = {"10.0.0.0/8", "fd00::1"};
  EXPECT_THAT(Validate(config), IsOk());
  EXPECT_TRUE(TrustedProxiesOf(config)->Trust("10.1.2.3"));
  config.grpc_listen = "0.0.0.0:0";
  EXPECT_THAT(Validate(config), FailsWith(ErrorKind::kInvalid, "CONFIG_CLEAR_TEXT"));
  config.trusted_proxies = {"my-proxy"};
  EXPECT_THAT(Validate(config), FailsWith(ErrorKind::kInvalid, "CONFIG_INVALID"));
}

TEST(Configuration, WantsCertificateAndKeyTogether) {
  for (const TlsFiles& half :
       {TlsFiles{"cert.pem", "", ""}, TlsFiles{"", "key.pem", ""}, TlsFiles{"", "", "ca.pem"}}) {
    ServeConfig config = Fine();
    config.grpc_tls = half;
    EXPECT_THAT(Validate(config), FailsWith(ErrorKind::kInvalid, "CONFIG_INVALID"));
  }
}

}  // namespace
}  // namespace sb::app
