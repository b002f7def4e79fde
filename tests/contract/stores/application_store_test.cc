#include "tests/contract/stores/worlds.h"

namespace sb::testing {
namespace {

ports::OAuthApplication Application(const std::string& tenant, const std::string& client_id) {
  return {.tenant = tenant,
          .connector = "aircall",
          .client_id = client_id,
          .sealed_secret = std::string("sea\0led", 7),
          .redirect_url = "https://connect.acme.example/oauth/callback",
          .claim_url = "https://app.example/claim",
          .install_key = "install-" + client_id,
          .updated_at = kStoryTime};
}

template <typename World>
class ApplicationStoreContract : public ::testing::Test {
 protected:
  World world_;
  ports::ApplicationStore& applications_ = world_.applications;
};

TYPED_TEST_SUITE(ApplicationStoreContract, Worlds, WorldNames);

TYPED_TEST(ApplicationStoreContract, FindsExactlyTheTenantsOwn) {
  ASSERT_THAT(this->applications_.Put(Application("", "ours")), IsOk());
  ASSERT_THAT(this->applications_.Put(Application("acme", "theirs")), IsOk());
  const auto found = this->applications_.Find("acme", "aircall");
  ASSERT_TRUE(found.ok() && *found);
  EXPECT_EQ((*found)->client_id, "theirs");
  EXPECT_EQ((*found)->sealed_secret, std::string("sea\0led", 7));
  EXPECT_EQ((*found)->redirect_url, "https://connect.acme.example/oauth/callback");
  EXPECT_EQ((*found)->claim_url, "https://app.example/claim");
  EXPECT_EQ((*found)->updated_at, kStoryTime);
  EXPECT_EQ((*this->applications_.Find("", "aircall"))->client_id, "ours");
  EXPECT_EQ(*this->applications_.Find("globex", "aircall"), std::nullopt);
  EXPECT_EQ(*this->applications_.Find("acme", "fax"), std::nullopt);
}

TYPED_TEST(ApplicationStoreContract, ReplacesAllButTheInstallKey) {
  ASSERT_THAT(this->applications_.Put(Application("acme", "first")), IsOk());
  const auto second = this->applications_.Put(Application("acme", "second"));
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->client_id, "second");
  EXPECT_EQ(second->install_key, "install-first");
  EXPECT_EQ((*this->applications_.FindByInstallKey("install-first"))->client_id, "second");
  EXPECT_EQ(*this->applications_.FindByInstallKey("install-second"), std::nullopt);
  EXPECT_EQ(*this->applications_.FindByInstallKey(""), std::nullopt);
}

TYPED_TEST(ApplicationStoreContract, ListsByTenantAndDeletesOnce) {
  ASSERT_THAT(this->applications_.Put(Application("globex", "g")), IsOk());
  ASSERT_THAT(this->applications_.Put(Application("", "ours")), IsOk());
  ASSERT_THAT(this->applications_.Put(Application("acme", "a")), IsOk());
  std::string tenants;
  const auto all = this->applications_.List({});
  ASSERT_THAT(all, IsOk());
  for (const auto& each : *all) tenants += each.tenant + ",";
  EXPECT_EQ(tenants, ",acme,globex,");
  EXPECT_EQ(this->applications_.List("acme")->size(), 1U);
  EXPECT_EQ(this->applications_.List("")->size(), 1U);
  EXPECT_TRUE(*this->applications_.Delete("acme", "aircall"));
  EXPECT_FALSE(*this->applications_.Delete("acme", "aircall"));
  EXPECT_EQ(this->applications_.List({})->size(), 2U);
}

}  // namespace
}  // namespace sb::testing
