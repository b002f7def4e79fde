#include "engine/api/key_ring.h"

#include <gtest/gtest.h>

#include "engine/base/encoding.h"
#include "tests/support/fake_clock.h"

namespace sb::api {
namespace {

using ports::Role;

/// A store that counts how often it is asked, and can fail.
class CountingKeyStore : public ports::ApiKeyStore {
 public:
  Status Insert(const ports::ApiKey& key) override {
    key_ = key;
    return {};
  }

  Result<std::optional<ports::ApiKey>> Find(const std::string& key_hash) override {
    ++asked;
    if (broken) return Unavailable("DATABASE_UNAVAILABLE", "the database is away");
    if (key_ && key_->key_hash == key_hash) return key_;
    return std::optional<ports::ApiKey>();
  }

  Result<bool> Any() override { return key_.has_value(); }

  void Withdraw() { key_.reset(); }

  int asked = 0;
  bool broken = false;

 private:
  std::optional<ports::ApiKey> key_;
};

class KeyRingTest : public ::testing::Test {
 protected:
  KeyRingTest() {
    EXPECT_TRUE(
        store_.Insert({Sha256("sbk_good"), "ci", Role::kOperator, "acme", clock_.Now()}).ok());
  }

  testing::FakeClock clock_;
  CountingKeyStore store_;
  KeyRing ring_{store_, clock_};
};

TEST_F(KeyRingTest, KnowsWhoCalls) {
  const auto caller = ring_.Identify("Bearer sbk_good");
  ASSERT_TRUE(caller.ok());
  EXPECT_EQ(caller->key_name, "ci");
  EXPECT_EQ(caller->role, Role::kOperator);
  EXPECT_EQ(caller->tenant, "acme");
}

TEST_F(KeyRingTest, RefusesAKeyThatNobodyMade) {
  EXPECT_EQ(ring_.Identify("Bearer sbk_bad").error().code, "API_KEY_UNKNOWN");
}

TEST_F(KeyRingTest, SaysThatAKeyIsMissingWhenTheValueIsNone) {
  for (const std::string value :
       {"", "Bearer", "Bearer ", "Bearer sbk_", "Basic sbk_good", "sbk_good"}) {
    EXPECT_EQ(ring_.Identify(value).error().code, "API_KEY_MISSING") << value;
  }
  EXPECT_EQ(store_.asked, 0);
}

TEST_F(KeyRingTest, AsksTheStoreOnceInHalfAMinute) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(ring_.Identify("Bearer sbk_good").ok());
  EXPECT_EQ(store_.asked, 1);
  clock_.Advance(std::chrono::seconds(30));
  EXPECT_TRUE(ring_.Identify("Bearer sbk_good").ok());
  EXPECT_EQ(store_.asked, 2);
}

TEST_F(KeyRingTest, ForgetsAWithdrawnKeyAfterHalfAMinute) {
  EXPECT_TRUE(ring_.Identify("Bearer sbk_good").ok());
  store_.Withdraw();
  clock_.Advance(std::chrono::seconds(31));
  EXPECT_EQ(ring_.Identify("Bearer sbk_good").error().code, "API_KEY_UNKNOWN");
}

TEST_F(KeyRingTest, DoesNotRememberThatAKeyWasUnknown) {
  EXPECT_FALSE(ring_.Identify("Bearer sbk_new").ok());
  EXPECT_TRUE(store_.Insert({Sha256("sbk_new"), "new", Role::kViewer, "", clock_.Now()}).ok());
  EXPECT_TRUE(ring_.Identify("Bearer sbk_new").ok());
}

TEST_F(KeyRingTest, PassesOnThatTheStoreIsAway) {
  store_.broken = true;
  EXPECT_EQ(ring_.Identify("Bearer sbk_good").error().code, "DATABASE_UNAVAILABLE");
}

}  // namespace
}  // namespace sb::api
