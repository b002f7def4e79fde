#include "tests/contract/stores/worlds.h"

namespace sb::testing {
namespace {

using ports::DataKey;
using ports::KeyUse;
using ports::kKeyCheck;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const DataKey kCheck{kKeyCheck, "old", "check"};

template <typename World>
class DataKeyStoreContract : public ::testing::Test {
 protected:
  void Fill(const std::vector<DataKey>& keys) {
    for (const DataKey& key : keys) EXPECT_TRUE(keys_.Add(key).value()) << key.owner;
  }

  std::vector<std::string> OwnersNotUnder(const std::string& key_id, const std::string& after,
                                          int most) {
    std::vector<std::string> owners;
    const auto found = keys_.NotUnder(key_id, after, most);
    for (const DataKey& key : found.value()) owners.push_back(key.owner);
    return owners;
  }

  std::string WrappedOf(const std::string& owner) {
    const auto key = keys_.Find(owner).value();
    return key ? key->key_id + " " + key->wrapped : "none";
  }

  World world_;
  ports::DataKeyStore& keys_ = world_.data_keys;
};

TYPED_TEST_SUITE(DataKeyStoreContract, Worlds, WorldNames);

TYPED_TEST(DataKeyStoreContract, KeepsTheFirstKeyOfAnOwner) {
  this->Fill({kCheck, {"account/acc_1", "old", std::string("\x00one", 4)}});
  EXPECT_FALSE(this->keys_.Add({"account/acc_1", "old", "two"}).value());
  EXPECT_FALSE(this->keys_.Add({kKeyCheck, "new", "another"}).value());
  EXPECT_EQ(this->WrappedOf("account/acc_1"), std::string("old \x00one", 8));
  EXPECT_EQ(this->WrappedOf(kKeyCheck), "old check");
  EXPECT_EQ(this->WrappedOf("account/acc_2"), "none");
}

TYPED_TEST(DataKeyStoreContract, TakesOnlyWhatTheKeyOfTheCheckWraps) {
  EXPECT_FALSE(this->keys_.Add({"account/acc_1", "old", "one"}).value()) << "no check yet";
  this->Fill({kCheck});
  EXPECT_FALSE(this->keys_.Add({"account/acc_1", "new", "one"}).value());
  ASSERT_TRUE(this->keys_.MoveCheck({kCheck, {kKeyCheck, "new", "moved"}}).value());
  EXPECT_FALSE(this->keys_.Add({"account/acc_1", "old", "one"}).value());
  EXPECT_TRUE(this->keys_.Add({"account/acc_1", "new", "one"}).value());
}

TYPED_TEST(DataKeyStoreContract, FindsWhatOtherKeysWrapBitByBit) {
  this->Fill(
      {kCheck, {"tenant/b", "old", "b"}, {"account/a", "old", "a"}, {"tenant/B", "old", "B"}});
  EXPECT_THAT(this->OwnersNotUnder("new", "", 2), ElementsAre("account/a", "tenant/B"));
  EXPECT_THAT(this->OwnersNotUnder("new", "tenant/B", 2), ElementsAre("tenant/b"));
  EXPECT_THAT(this->OwnersNotUnder("new", "tenant/b", 2), IsEmpty());
  EXPECT_THAT(this->OwnersNotUnder("old", "", 9), IsEmpty());
}

TYPED_TEST(DataKeyStoreContract, WrapsAnewOnlyWhatNobodyChangedInBetween) {
  const DataKey first{"account/a", "old", "a"};
  const DataKey second{"account/b", "old", "b"};
  this->Fill({kCheck, first, second});
  ASSERT_EQ(this->keys_.Rewrap({{second, {"account/b", "mid", "by somebody else"}}}).value(), 1);
  EXPECT_EQ(
      this->keys_.Rewrap({{first, {"account/a", "new", "A"}}, {second, {"account/b", "new", "B"}}})
          .value(),
      1);
  EXPECT_EQ(this->WrappedOf("account/a"), "new A");
  EXPECT_EQ(this->WrappedOf("account/b"), "mid by somebody else");
  EXPECT_EQ(this->keys_.Rewrap({}).value(), 0);
}

TYPED_TEST(DataKeyStoreContract, MovesTheCheckOnce) {
  this->Fill({kCheck});
  EXPECT_TRUE(this->keys_.MoveCheck({kCheck, {kKeyCheck, "new", "moved"}}).value());
  EXPECT_FALSE(this->keys_.MoveCheck({kCheck, {kKeyCheck, "new", "again"}}).value());
  EXPECT_EQ(this->WrappedOf(kKeyCheck), "new moved");
}

TYPED_TEST(DataKeyStoreContract, DoesNotMoveTheCheckToAKeyThatAnInstanceLacks) {
  this->Fill({kCheck});
  ASSERT_THAT(this->keys_.Hold(InstanceId(1), {"old", "new"}), IsOk());
  ASSERT_THAT(this->keys_.Hold(InstanceId(2), {"old"}), IsOk());
  EXPECT_THAT(this->keys_.Lacking("new").value(), ElementsAre(InstanceId(2)));
  EXPECT_FALSE(this->keys_.MoveCheck({kCheck, {kKeyCheck, "new", "moved"}}).value());
  ASSERT_THAT(this->keys_.Hold(InstanceId(2), {"new", "old"}), IsOk());
  EXPECT_THAT(this->keys_.Lacking("new").value(), IsEmpty());
  EXPECT_TRUE(this->keys_.MoveCheck({kCheck, {kKeyCheck, "new", "moved"}}).value());
}

TYPED_TEST(DataKeyStoreContract, CountsALiveInstanceThatNeverSaidWhichKeysItHas) {
  ASSERT_THAT(this->world_.ownership.Register(InstanceId(3), 1, kStoryTime), IsOk());
  EXPECT_THAT(this->keys_.Lacking("new").value(), ElementsAre(InstanceId(3)));
}

TYPED_TEST(DataKeyStoreContract, SaysWhatNeedsWhichKey) {
  EXPECT_THAT(this->keys_.Uses().value(), IsEmpty());
  this->Fill({kCheck, {"account/a", "old", "a"}, {"account/b", "old", "b"}});
  ASSERT_EQ(this->keys_.Rewrap({{{"account/b", "old", "b"}, {"account/b", "new", "B"}}}).value(),
            1);
  EXPECT_THAT(this->keys_.Uses().value(), ElementsAre(KeyUse{"new", 1, 0}, KeyUse{"old", 1, 0}));
}

}  // namespace
}  // namespace sb::testing
