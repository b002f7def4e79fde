#include "engine/api/tenant_token.h"

#include <gmock/gmock.h>

#include "engine/base/encoding.h"
#include "tests/support/fake_clock.h"

namespace sb::api {
namespace {

using std::chrono::minutes;
using testing::kStoryTime;

class TenantTokenTest : public ::testing::Test {
 protected:
  TenantTokens tokens_{Secret("the key of this installation")};
  TenantToken token_{"acme \"& söhne\"", false, kStoryTime + minutes(10), "platform"};
  std::string text_ = tokens_.Sign(token_);
};

TEST_F(TenantTokenTest, SaysWhatWasSigned) {
  const auto read = tokens_.Read(text_, kStoryTime);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->tenant, token_.tenant);
  EXPECT_FALSE(read->connect_only);
  EXPECT_EQ(read->expires_at, token_.expires_at);
  EXPECT_EQ(read->key_name, "platform");
}

TEST_F(TenantTokenTest, EndsByItself) {
  EXPECT_TRUE(tokens_.Read(text_, kStoryTime + minutes(10) - Millis(1)).ok());
  EXPECT_EQ(tokens_.Read(text_, kStoryTime + minutes(10)).error().code, "TENANT_TOKEN_EXPIRED");
}

TEST_F(TenantTokenTest, IsRefusedWhereAnythingOfItWasChanged) {
  for (std::size_t i = 0; i < text_.size(); ++i) {
    std::string changed = text_;
    changed[i] = changed[i] == '1' ? '2' : '1';
    EXPECT_FALSE(tokens_.Read(changed, kStoryTime).ok()) << i;
  }
}

TEST_F(TenantTokenTest, OfAnotherInstallationIsRefused) {
  const TenantTokens others(Secret("another key"));
  EXPECT_EQ(others.Read(text_, kStoryTime).error().code, "TENANT_TOKEN_INVALID");
}

TEST_F(TenantTokenTest, RefusesWhatIsNone) {
  for (const std::string text : {"", "sbt_", "sbt_.", "sbt_7b7d", "sbk_key", "sbt_7b7d.7b7d", "."})
    EXPECT_EQ(tokens_.Read(text, kStoryTime).error().code, "TENANT_TOKEN_INVALID") << text;
  EXPECT_FALSE(tokens_.Read("sbt_" + std::string(10'000, '0') + ".00", kStoryTime).ok());
}

}  // namespace
}  // namespace sb::api
