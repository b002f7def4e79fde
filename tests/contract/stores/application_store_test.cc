#include "tests/contract/stores/worlds.h"

namespace sb::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

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
  /// An account of acme whose credential was given to that application.
  AccountId Connect(std::int64_t number, const ports::ApplicationKey& application) {
    ports::Account account;
    account.id = AccountId(number);
    account.tenant = "acme";
    account.connector = "aircall";
    account.external_id = std::to_string(number);
    account.webhook.hook_id = "hook" + std::to_string(number);
    account.created_at = account.updated_at = kStoryTime;
    EXPECT_THAT(world_.accounts.Insert(account), IsOk());
    ConnectAgain(account.id, application);
    return account.id;
  }

  void ConnectAgain(AccountId id, const ports::ApplicationKey& application) {
    const auto generation = world_.accounts.GetCredential(id)->generation;
    EXPECT_THAT(world_.accounts.PutCredential(id, {generation + 1, "sealed", {}, {}, application}),
                IsOk());
  }

  std::vector<std::string> FormerOnes(const std::optional<std::string>& tenant = {}) {
    std::vector<std::string> ids;
    const auto former = applications_.ListFormer(tenant);
    EXPECT_THAT(former, IsOk());
    for (const auto& each : *former) ids.push_back(each.key.client_id);
    return ids;
  }

  std::optional<std::string> SecretOf(const ports::ApplicationKey& key) {
    const auto secret = applications_.FindSecret("aircall", key);
    EXPECT_THAT(secret, IsOk());
    return *secret;
  }

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
  EXPECT_TRUE(*this->applications_.Delete("acme", "aircall", kStoryTime));
  EXPECT_FALSE(*this->applications_.Delete("acme", "aircall", kStoryTime));
  EXPECT_EQ(this->applications_.List({})->size(), 2U);
}

TYPED_TEST(ApplicationStoreContract, WhatIsReplacedByAnotherClientIdIsKept) {
  auto first = Application("acme", "first");
  first.sealed_secret = "sealed-1";
  ASSERT_THAT(this->applications_.Put(first), IsOk());
  first.sealed_secret = "sealed-2";
  ASSERT_THAT(this->applications_.Put(first), IsOk());
  EXPECT_THAT(this->FormerOnes(), IsEmpty()) << "the same one with another secret";
  EXPECT_EQ(this->SecretOf({"acme", "first"}), "sealed-2");

  auto second = Application("acme", "second");
  second.updated_at = kStoryTime + std::chrono::minutes(5);
  ASSERT_THAT(this->applications_.Put(second), IsOk());
  EXPECT_EQ(this->SecretOf({"acme", "first"}), "sealed-2");
  EXPECT_EQ(this->SecretOf({"acme", "second"}), second.sealed_secret);
  const auto former = this->applications_.ListFormer("acme");
  ASSERT_THAT(former, IsOk());
  EXPECT_THAT(*former, ElementsAre(ports::FormerApplication{
                           {"acme", "first"}, "aircall", "sealed-2", second.updated_at}));
  EXPECT_THAT(this->FormerOnes("globex"), IsEmpty());
  EXPECT_THAT(this->FormerOnes(""), IsEmpty());
}

TYPED_TEST(ApplicationStoreContract, AFormerOneIsPresentAgainWithTheSecretThatIsGiven) {
  ASSERT_THAT(this->applications_.Put(Application("acme", "first")), IsOk());
  ASSERT_THAT(this->applications_.Put(Application("acme", "second")), IsOk());
  auto again = Application("acme", "first");
  again.sealed_secret = "sealed-anew";
  ASSERT_THAT(this->applications_.Put(again), IsOk());
  EXPECT_THAT(this->FormerOnes(), ElementsAre("second"));
  EXPECT_EQ(this->SecretOf({"acme", "first"}), "sealed-anew");
}

TYPED_TEST(ApplicationStoreContract, WhatIsDeletedIsKeptAsAFormerOne) {
  ASSERT_THAT(this->applications_.Put(Application("acme", "first")), IsOk());
  ASSERT_TRUE(*this->applications_.Delete("acme", "aircall", kStoryTime));
  EXPECT_EQ(*this->applications_.Find("acme", "aircall"), std::nullopt);
  EXPECT_EQ(*this->applications_.FindByInstallKey("install-first"), std::nullopt);
  EXPECT_THAT(this->FormerOnes(), ElementsAre("first"));
  EXPECT_EQ(this->SecretOf({"acme", "first"}), std::string("sea\0led", 7));
}

TYPED_TEST(ApplicationStoreContract, AnApplicationIsItsOwnersAlone) {
  ASSERT_THAT(this->applications_.Put(Application("", "shared-id")), IsOk());
  EXPECT_EQ(this->SecretOf({"acme", "shared-id"}), std::nullopt);
  EXPECT_EQ(this->SecretOf({"", "another"}), std::nullopt);
  EXPECT_EQ(*this->applications_.FindSecret("fax", {"", "shared-id"}), std::nullopt);
}

TYPED_TEST(ApplicationStoreContract, CountsTheAccountsOfEachApplication) {
  this->Connect(1001, {"acme", "first"});
  const AccountId moved = this->Connect(1002, {"acme", "first"});
  this->Connect(1003, {"", "ours"});
  this->Connect(1004, {});
  using Use = ports::ApplicationUse;
  EXPECT_THAT(*this->applications_.Uses({}),
              ElementsAre(Use{{"", "ours"}, "aircall", 1}, Use{{"acme", "first"}, "aircall", 2}));
  this->ConnectAgain(moved, {"acme", "second"});
  EXPECT_THAT(
      *this->applications_.Uses("acme"),
      ElementsAre(Use{{"acme", "first"}, "aircall", 1}, Use{{"acme", "second"}, "aircall", 1}));
  EXPECT_THAT(*this->applications_.Uses("globex"), IsEmpty());
}

TYPED_TEST(ApplicationStoreContract, ForgetsFormerOnesThatNoAccountNeeds) {
  const AccountId account = this->Connect(1001, {"acme", "used"});
  ASSERT_THAT(this->applications_.Put(Application("acme", "used")), IsOk());
  ASSERT_THAT(this->applications_.Put(Application("acme", "unused")), IsOk());
  ASSERT_THAT(this->applications_.Put(Application("acme", "present")), IsOk());

  ASSERT_THAT(this->applications_.ForgetUnused(kStoryTime), IsOk());
  EXPECT_THAT(this->FormerOnes(), ElementsAre("unused", "used")) << "retired only just now";
  const WallTime later = kStoryTime + std::chrono::hours(1);
  ASSERT_THAT(this->applications_.ForgetUnused(later), IsOk());
  EXPECT_THAT(this->FormerOnes(), ElementsAre("used"));
  EXPECT_EQ(this->SecretOf({"acme", "unused"}), std::nullopt);

  this->ConnectAgain(account, {});
  ASSERT_THAT(this->applications_.ForgetUnused(later), IsOk());
  EXPECT_THAT(this->FormerOnes(), IsEmpty());
  EXPECT_EQ((*this->applications_.Find("acme", "aircall"))->client_id, "present");
}

}  // namespace
}  // namespace sb::testing
