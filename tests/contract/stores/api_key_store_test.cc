#include "tests/contract/stores/worlds.h"

namespace sb::testing {
namespace {

using ports::Role;
using ports::TenantScope;
using std::chrono::hours;
using ::testing::ElementsAre;

template <typename World>
class ApiKeyStoreContract : public ::testing::Test {
 protected:
  ports::ApiKey Key(const std::string& name, const TenantScope& scope,
                    Role role = Role::kOperator) {
    return {ids_.Next<ApiKeyTag>(kStoryTime), "hash of " + name, name, role, scope, kStoryTime};
  }

  ApiKeyId Add(const ports::ApiKey& key) {
    EXPECT_THAT(keys_.Insert(key), IsOk());
    return key.id;
  }

  std::vector<std::string> NamesIn(const TenantScope& scope) {
    std::vector<std::string> names;
    const auto page = keys_.List(scope, {});
    EXPECT_THAT(page, IsOk());
    for (const auto& key : page->items) names.push_back(key.name);
    return names;
  }

  World world_;
  ports::ApiKeyStore& keys_ = world_.api_keys;
  IdGenerator ids_{1};
};

TYPED_TEST_SUITE(ApiKeyStoreContract, Worlds, WorldNames);

TYPED_TEST(ApiKeyStoreContract, FindsAKeyByItsHashAndNothingElse) {
  ports::ApiKey key = this->Key("local CLI", TenantScope::All(), Role::kAdmin);
  key.key_hash = std::string("\x00hash", 5);
  key.expires_at = kStoryTime + hours(1);
  this->Add(key);

  const auto found = this->keys_.Find(key.key_hash);
  ASSERT_THAT(found, IsOk());
  ASSERT_TRUE(found->has_value());
  EXPECT_EQ((*found)->id, key.id);
  EXPECT_EQ((*found)->key_hash, key.key_hash);
  EXPECT_EQ((*found)->name, "local CLI");
  EXPECT_EQ((*found)->role, Role::kAdmin);
  EXPECT_EQ((*found)->scope, TenantScope::All());
  EXPECT_EQ((*found)->created_at, kStoryTime);
  EXPECT_EQ((*found)->expires_at, key.expires_at);
  EXPECT_FALSE((*found)->revoked_at || (*found)->last_used_at);
  EXPECT_TRUE((*found)->successor.IsNone());
  EXPECT_FALSE(this->keys_.Find("another")->has_value());
  EXPECT_EQ(this->keys_.Get(key.id)->name, "local CLI");
  EXPECT_THAT(this->keys_.Get(ApiKeyId(7)), FailsWith(ErrorKind::kNotFound, "API_KEY_NOT_FOUND"));
}

TYPED_TEST(ApiKeyStoreContract, KeepsTheTenantsOfAKeyWhateverTheirNames) {
  const auto scope = TenantScope::Of({"acme", "it's {\"odd\"},", "ümlaut"});
  const auto id = this->Add(this->Key("reseller", scope));
  EXPECT_EQ(this->keys_.Get(id)->scope, scope);
}

TYPED_TEST(ApiKeyStoreContract, TakesTheSameKeyAgainAfterALostAnswer) {
  const auto key = this->Key("platform", TenantScope::Of({"acme"}));
  this->Add(key);
  this->Add(key);
  EXPECT_THAT(this->NamesIn(TenantScope::All()), ElementsAre("platform"));
}

TYPED_TEST(ApiKeyStoreContract, ListsWhatReachesNothingBeyondAScope) {
  this->Add(this->Key("everything", TenantScope::All()));
  this->Add(this->Key("both", TenantScope::Of({"acme", "globex"})));
  this->Add(this->Key("acme", TenantScope::Of({"acme"})));
  EXPECT_THAT(this->NamesIn(TenantScope::All()), ElementsAre("acme", "both", "everything"));
  EXPECT_THAT(this->NamesIn(TenantScope::Of({"acme", "globex"})), ElementsAre("acme", "both"));
  EXPECT_THAT(this->NamesIn(TenantScope::Of({"acme"})), ElementsAre("acme"));
  EXPECT_THAT(this->NamesIn(TenantScope::Of({"globex"})), ElementsAre());
  EXPECT_THAT(this->NamesIn(TenantScope()), ElementsAre());
}

TYPED_TEST(ApiKeyStoreContract, ListsPageByPage) {
  for (const char* name : {"a", "b", "c"}) this->Add(this->Key(name, TenantScope::All()));
  const auto first = this->keys_.List(TenantScope::All(), {0, 2});
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->items.size(), 2U);
  const auto second = this->keys_.List(TenantScope::All(), {first->next_before, 2});
  ASSERT_EQ(second->items.size(), 1U);
  EXPECT_EQ(second->items.front().name, "a");
  EXPECT_EQ(second->next_before, 0);
}

TYPED_TEST(ApiKeyStoreContract, ReplacesAKeyOnceAndLetsTheOldOneWorkForAWhile) {
  const auto old = this->Add(this->Key("ci", TenantScope::All()));
  const auto successor = this->Key("ci 2", TenantScope::All());
  const auto later = kStoryTime + hours(1);
  ASSERT_THAT(this->keys_.Replace(old, successor, later, kStoryTime), IsOk());
  const auto retiring = this->keys_.Get(old);
  EXPECT_EQ(retiring->successor, successor.id);
  EXPECT_EQ(retiring->expires_at, later);
  EXPECT_EQ(this->keys_.Get(successor.id)->name, "ci 2");
  EXPECT_THAT(this->keys_.Replace(old, this->Key("ci 3", TenantScope::All()), later, kStoryTime),
              FailsWith(ErrorKind::kConflict, "API_KEY_ENDED"));
  EXPECT_THAT(this->NamesIn(TenantScope::All()), ElementsAre("ci 2", "ci"));
}

TYPED_TEST(ApiKeyStoreContract, NeverLetsAReplacedKeyWorkLongerThanItWould) {
  auto key = this->Key("ci", TenantScope::All());
  key.expires_at = kStoryTime + hours(1);
  this->Add(key);
  ASSERT_THAT(this->keys_.Replace(key.id, this->Key("ci 2", TenantScope::All()),
                                  kStoryTime + hours(24), kStoryTime),
              IsOk());
  EXPECT_EQ(this->keys_.Get(key.id)->expires_at, kStoryTime + hours(1));
}

TYPED_TEST(ApiKeyStoreContract, ReplacesNoKeyThatWorksNoMore) {
  auto expired = this->Key("expired", TenantScope::All());
  expired.expires_at = kStoryTime;
  this->Add(expired);
  const auto revoked = this->Add(this->Key("revoked", TenantScope::All()));
  ASSERT_THAT(this->keys_.Revoke(revoked, kStoryTime), IsOk());
  for (const ApiKeyId id : {expired.id, revoked, ApiKeyId(7)}) {
    EXPECT_THAT(this->keys_.Replace(id, this->Key("next", TenantScope::All()),
                                    kStoryTime + hours(1), kStoryTime),
                FailsWith(ErrorKind::kConflict, "API_KEY_ENDED"));
  }
}

TYPED_TEST(ApiKeyStoreContract, RevokesForGoodAtTheFirstTime) {
  const auto id = this->Add(this->Key("leaked", TenantScope::All()));
  ASSERT_THAT(this->keys_.Revoke(id, kStoryTime), IsOk());
  ASSERT_THAT(this->keys_.Revoke(id, kStoryTime + hours(1)), IsOk());
  EXPECT_EQ(this->keys_.Get(id)->revoked_at, kStoryTime);
  EXPECT_THAT(this->keys_.Revoke(ApiKeyId(7), kStoryTime),
              FailsWith(ErrorKind::kNotFound, "API_KEY_NOT_FOUND"));
}

TYPED_TEST(ApiKeyStoreContract, RemembersTheLatestUse) {
  const auto id = this->Add(this->Key("ci", TenantScope::All()));
  ASSERT_THAT(this->keys_.NoteUse(id, kStoryTime + hours(1)), IsOk());
  ASSERT_THAT(this->keys_.NoteUse(id, kStoryTime), IsOk());
  EXPECT_EQ(this->keys_.Get(id)->last_used_at, kStoryTime + hours(1));
}

TYPED_TEST(ApiKeyStoreContract, KnowsWhetherSomeAdminOfAllTenantsWorks) {
  this->Add(this->Key("operator", TenantScope::All()));
  this->Add(this->Key("acme's admin", TenantScope::Of({"acme"}), Role::kAdmin));
  EXPECT_FALSE(*this->keys_.HasAdmin(kStoryTime));
  auto admin = this->Key("admin", TenantScope::All(), Role::kAdmin);
  admin.expires_at = kStoryTime + hours(1);
  this->Add(admin);
  EXPECT_TRUE(*this->keys_.HasAdmin(kStoryTime));
  EXPECT_FALSE(*this->keys_.HasAdmin(kStoryTime + hours(1)));
  ASSERT_THAT(this->keys_.Revoke(admin.id, kStoryTime), IsOk());
  EXPECT_FALSE(*this->keys_.HasAdmin(kStoryTime));
}

}  // namespace
}  // namespace sb::testing
