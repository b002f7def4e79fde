#include "tests/contract/stores/worlds.h"

namespace sb::testing {
namespace {

template <typename World>
class SecretStoreContract : public ::testing::Test {
 protected:
  World world_;
  ports::SecretStore& secrets_ = world_.secrets;
};

TYPED_TEST_SUITE(SecretStoreContract, Worlds, WorldNames);

TYPED_TEST(SecretStoreContract, KeepsTheNewestUnderItsName) {
  ASSERT_THAT(this->secrets_.Put({"acme", "token", "old", kStoryTime}), IsOk());
  ASSERT_THAT(
      this->secrets_.Put({"acme", "token", std::string("\x00new", 4), kStoryTime + Millis(5)}),
      IsOk());
  const auto found = this->secrets_.Find("acme", "token");
  ASSERT_THAT(found, IsOk());
  ASSERT_TRUE(found->has_value());
  EXPECT_EQ((*found)->sealed, std::string("\x00new", 4));
  EXPECT_EQ((*found)->updated_at, kStoryTime + Millis(5));
}

TYPED_TEST(SecretStoreContract, KeepsTenantsApart) {
  ASSERT_THAT(this->secrets_.Put({"acme", "token", "a", kStoryTime}), IsOk());
  ASSERT_THAT(this->secrets_.Put({"globex", "token", "g", kStoryTime}), IsOk());
  ASSERT_THAT(this->secrets_.Put({"acme", "B", "b", kStoryTime}), IsOk());
  EXPECT_EQ(this->secrets_.Find("globex", "token").value()->sealed, "g");
  EXPECT_FALSE(this->secrets_.Find("globex", "B")->has_value());
  const auto names = this->secrets_.Names("acme");
  ASSERT_THAT(names, IsOk());
  ASSERT_EQ(names->size(), 2U);
  EXPECT_EQ((*names)[0].name, "B");
  EXPECT_EQ((*names)[1].name, "token");
  EXPECT_EQ((*names)[1].updated_at, kStoryTime);
}

TYPED_TEST(SecretStoreContract, SaysWhetherThereWasOneToDelete) {
  ASSERT_THAT(this->secrets_.Put({"acme", "token", "a", kStoryTime}), IsOk());
  EXPECT_FALSE(*this->secrets_.Delete("globex", "token"));
  EXPECT_TRUE(*this->secrets_.Delete("acme", "token"));
  EXPECT_FALSE(*this->secrets_.Delete("acme", "token"));
}

}  // namespace
}  // namespace sb::testing
