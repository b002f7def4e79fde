#include "engine/api/key_ring.h"

#include <gtest/gtest.h>

#include "engine/api/tenant_token.h"
#include "engine/base/encoding.h"
#include "tests/support/fake_clock.h"
#include "tests/support/memory_api_key_store.h"

namespace sb::api {
namespace {

using ports::Role;
using ports::TenantScope;
using std::chrono::minutes;
using std::chrono::seconds;

/// A store that counts how often it is asked and written, and can fail.
class CountingKeyStore : public testing::MemoryApiKeyStore {
 public:
  Result<std::optional<ports::ApiKey>> Find(const std::string& key_hash) override {
    ++asked;
    if (broken) return Unavailable("DATABASE_UNAVAILABLE", "the database is away");
    return MemoryApiKeyStore::Find(key_hash);
  }

  Status NoteUse(ApiKeyId id, WallTime when) override {
    ++noted;
    return MemoryApiKeyStore::NoteUse(id, when);
  }

  int asked = 0;
  int noted = 0;
  bool broken = false;
};

class KeyRingTest : public ::testing::Test {
 protected:
  KeyRingTest() { Add("sbk_good", "ci"); }

  ApiKeyId Add(const std::string& text, const std::string& name,
               std::optional<WallTime> expires_at = {}) {
    ports::ApiKey key{ids_.Next<ApiKeyTag>(clock_.Now()), Sha256(text), name,      Role::kOperator,
                      TenantScope::Of({"acme"}),          clock_.Now(), expires_at};
    EXPECT_TRUE(store_.Insert(key).ok());
    return key.id;
  }

  Result<Caller> Identify(const std::string& authorization) {
    return ring_.Identify(authorization, [this] { return look_up_; });
  }

  std::string CodeOf(const std::string& authorization) {
    const auto caller = Identify(authorization);
    return caller.ok() ? "" : caller.error().code;
  }

  testing::FakeClock clock_;
  IdGenerator ids_{1};
  CountingKeyStore store_;
  TenantTokens tokens_{Secret("signs")};
  KeyRing ring_{store_, tokens_, clock_};
  Status look_up_;  ///< Whether unknown keys may be looked up.
};

TEST_F(KeyRingTest, KnowsWhoCalls) {
  const auto caller = Identify("Bearer sbk_good");
  ASSERT_TRUE(caller.ok());
  EXPECT_EQ(caller->key_name, "ci");
  EXPECT_EQ(caller->role, Role::kOperator);
  EXPECT_EQ(caller->scope, TenantScope::Of({"acme"}));
}

TEST_F(KeyRingTest, RefusesAKeyThatNobodyMade) {
  EXPECT_EQ(CodeOf("Bearer sbk_bad"), "API_KEY_UNKNOWN");
}

TEST_F(KeyRingTest, SaysThatAKeyIsMissingWhenTheValueIsNone) {
  for (const std::string value :
       {"", "Bearer", "Bearer ", "Bearer sbk_", "Bearer sbt_", "Basic sbk_good", "sbk_good"}) {
    EXPECT_EQ(CodeOf(value), "API_KEY_MISSING") << value;
  }
  EXPECT_EQ(store_.asked, 0);
}

TEST_F(KeyRingTest, AsksTheStoreOnceInThreeSeconds) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Identify("Bearer sbk_good").ok());
  EXPECT_EQ(store_.asked, 1);
  clock_.Advance(seconds(3));
  EXPECT_TRUE(Identify("Bearer sbk_good").ok());
  EXPECT_EQ(store_.asked, 2);
}

TEST_F(KeyRingTest, ForgetsARevokedKeyWithinThreeSeconds) {
  const ApiKeyId id = Add("sbk_leaked", "leaked");
  EXPECT_TRUE(Identify("Bearer sbk_leaked").ok());
  ASSERT_TRUE(store_.Revoke(id, clock_.Now()).ok());
  clock_.Advance(seconds(3));
  EXPECT_EQ(CodeOf("Bearer sbk_leaked"), "API_KEY_REVOKED");
}

TEST_F(KeyRingTest, RefusesAKeyFromTheMomentOnAtWhichItExpires) {
  Add("sbk_short", "short", clock_.Now() + seconds(2));
  EXPECT_TRUE(Identify("Bearer sbk_short").ok());
  clock_.Advance(seconds(2));
  EXPECT_EQ(CodeOf("Bearer sbk_short"), "API_KEY_EXPIRED");
}

TEST_F(KeyRingTest, DoesNotRememberThatAKeyWasUnknown) {
  EXPECT_FALSE(Identify("Bearer sbk_new").ok());
  Add("sbk_new", "new");
  EXPECT_TRUE(Identify("Bearer sbk_new").ok());
}

TEST_F(KeyRingTest, PassesOnThatTheStoreIsAway) {
  store_.broken = true;
  EXPECT_EQ(CodeOf("Bearer sbk_good"), "DATABASE_UNAVAILABLE");
}

TEST_F(KeyRingTest, NotesTheUseOfAKeyOnceAMinute) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(Identify("Bearer sbk_good").ok());
    clock_.Advance(seconds(4));
  }
  EXPECT_EQ(store_.noted, 2) << "in 80 seconds";
}

TEST_F(KeyRingTest, LooksNothingUpForWhoMustWaitButServesTheKeysItKnows) {
  EXPECT_TRUE(Identify("Bearer sbk_good").ok());
  clock_.Advance(minutes(1));
  look_up_ = RateLimited("LOGIN_LIMITED", "wait", Millis(1000));
  EXPECT_EQ(CodeOf("Bearer sbk_guess"), "LOGIN_LIMITED");
  EXPECT_EQ(store_.asked, 1);
  EXPECT_TRUE(Identify("Bearer sbk_good").ok());
}

TEST_F(KeyRingTest, KnowsATenantTokenWithoutAskingTheStore) {
  const std::string token =
      "Bearer " + tokens_.Sign({"acme", true, clock_.Now() + minutes(10), "ci"});
  look_up_ = RateLimited("LOGIN_LIMITED", "wait", Millis(1000));
  const auto caller = Identify(token);
  ASSERT_TRUE(caller.ok());
  EXPECT_EQ(caller->key_name, "ci (token)");
  EXPECT_EQ(caller->role, Role::kViewer);
  EXPECT_EQ(caller->scope, TenantScope::Of({"acme"}));
  EXPECT_TRUE(caller->connect_only);
  EXPECT_EQ(store_.asked, 0);
  EXPECT_EQ(CodeOf(token + "x"), "LOGIN_LIMITED");
}

}  // namespace
}  // namespace sb::api
