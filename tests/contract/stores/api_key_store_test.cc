#include "tests/contract/stores/worlds.h"

namespace sb::testing {
namespace {

template <typename World>
class ApiKeyStoreContract : public ::testing::Test {
 protected:
  World world_;
  ports::ApiKeyStore& keys_ = world_.api_keys;
};

TYPED_TEST_SUITE(ApiKeyStoreContract, Worlds, WorldNames);

TYPED_TEST(ApiKeyStoreContract, FindsAKeyByItsHashAndNothingElse) {
  const ports::ApiKey key{std::string("\x00hash", 5), "local CLI", ports::Role::kAdmin, "",
                          kStoryTime};
  EXPECT_FALSE(*this->keys_.Any());
  ASSERT_THAT(this->keys_.Insert(key), IsOk());

  EXPECT_TRUE(*this->keys_.Any());
  const auto found = this->keys_.Find(key.key_hash);
  ASSERT_THAT(found, IsOk());
  ASSERT_TRUE(found->has_value());
  EXPECT_EQ((*found)->key_hash, key.key_hash);
  EXPECT_EQ((*found)->name, "local CLI");
  EXPECT_EQ((*found)->role, ports::Role::kAdmin);
  EXPECT_EQ((*found)->tenant, "");
  EXPECT_EQ((*found)->created_at, kStoryTime);
  EXPECT_FALSE(this->keys_.Find("another")->has_value());
}

TYPED_TEST(ApiKeyStoreContract, TakesTheSameKeyAgainAfterALostAnswer) {
  const ports::ApiKey key{"hash", "platform", ports::Role::kOperator, "acme", kStoryTime};
  ASSERT_THAT(this->keys_.Insert(key), IsOk());
  EXPECT_THAT(this->keys_.Insert(key), IsOk());
  EXPECT_EQ(this->keys_.Find("hash").value()->tenant, "acme");
}

}  // namespace
}  // namespace sb::testing
