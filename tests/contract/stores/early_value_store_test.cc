#include "tests/contract/stores/worlds.h"

namespace sb::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kEarly = std::string("\x01") + "12345678 an early value";
const std::string kLater = std::string("\x02") + "12345678 a later value";

template <typename World>
class EarlyValueStoreContract : public ::testing::Test {
 protected:
  AccountId Connect(std::int64_t number, const std::string& sealed) {
    ports::Account account;
    account.id = AccountId(number);
    account.connector = "acme";
    account.webhook.hook_id = "hook" + std::to_string(number);
    account.created_at = account.updated_at = kStoryTime;
    EXPECT_THAT(world_.accounts.Insert(account), IsOk());
    EXPECT_THAT(world_.accounts.PutCredential(account.id, {1, sealed}), IsOk());
    return account.id;
  }

  std::vector<AccountId> AccountsAfter(AccountId after, int most) {
    std::vector<AccountId> accounts;
    const auto found = early_.Credentials(after, most);
    for (const auto& early : found.value()) accounts.push_back(early.account);
    return accounts;
  }

  std::vector<std::string> SecretsAfter(const ports::StoredSecret& after, int most) {
    std::vector<std::string> names;
    const auto found = early_.Secrets(after, most);
    for (const auto& early : found.value()) names.push_back(early.tenant + "/" + early.name);
    return names;
  }

  World world_;
  ports::EarlyValueStore& early_ = world_.early_values;
};

TYPED_TEST_SUITE(EarlyValueStoreContract, Worlds, WorldNames);

TYPED_TEST(EarlyValueStoreContract, FindsTheEarlyCredentialsAndNoOthers) {
  for (const auto& [number, sealed] : std::vector<std::pair<int, std::string>>{
           {1, kEarly}, {2, kLater}, {3, ""}, {4, kEarly}, {5, kEarly}}) {
    this->Connect(number, sealed);
  }
  EXPECT_THAT(this->AccountsAfter(AccountId(0), 2), ElementsAre(AccountId(1), AccountId(4)));
  EXPECT_THAT(this->AccountsAfter(AccountId(4), 2), ElementsAre(AccountId(5)));
  const auto first = this->early_.Credentials(AccountId(0), 1)->front();
  EXPECT_EQ(first.connector, "acme");
  EXPECT_EQ(first.stored.generation, 1);
  EXPECT_EQ(first.stored.sealed, kEarly);
}

TYPED_TEST(EarlyValueStoreContract, ReplacesACredentialInItsGeneration) {
  const AccountId account = this->Connect(1, kEarly);
  const auto early = this->early_.Credentials(AccountId(0), 9)->front();
  EXPECT_TRUE(this->early_.Replace(early, kLater).value());
  EXPECT_EQ(this->world_.accounts.GetCredential(account)->sealed, kLater);
  EXPECT_EQ(this->world_.accounts.GetCredential(account)->generation, 1);
  EXPECT_THAT(this->AccountsAfter(AccountId(0), 9), IsEmpty());
}

TYPED_TEST(EarlyValueStoreContract, LeavesWhatWasReplacedInBetween) {
  const AccountId account = this->Connect(1, kEarly);
  const auto early = this->early_.Credentials(AccountId(0), 9)->front();
  ASSERT_THAT(this->world_.accounts.PutCredential(account, {2, "a newer one"}), IsOk());
  EXPECT_FALSE(this->early_.Replace(early, kLater).value());
  EXPECT_EQ(this->world_.accounts.GetCredential(account)->sealed, "a newer one");

  ASSERT_THAT(this->world_.secrets.Put({"acme", "token", kEarly, kStoryTime}), IsOk());
  const auto secret = this->early_.Secrets({}, 9)->front();
  ASSERT_THAT(this->world_.secrets.Put({"acme", "token", "newer", kStoryTime}), IsOk());
  EXPECT_FALSE(this->early_.Replace(secret, kLater).value());
  EXPECT_EQ(this->world_.secrets.Find("acme", "token").value()->sealed, "newer");
}

TYPED_TEST(EarlyValueStoreContract, FindsAndReplacesTheEarlySecretsAndNoOthers) {
  for (const auto& [tenant, name, sealed] :
       std::vector<std::tuple<std::string, std::string, std::string>>{{"acme", "a", kEarly},
                                                                      {"acme", "b", kLater},
                                                                      {"acme", "c", kEarly},
                                                                      {"globex", "a", kEarly}}) {
    ASSERT_THAT(this->world_.secrets.Put({tenant, name, sealed, kStoryTime}), IsOk());
  }
  EXPECT_THAT(this->SecretsAfter({}, 2), ElementsAre("acme/a", "acme/c"));
  EXPECT_THAT(this->SecretsAfter({"acme", "c", "", {}}, 2), ElementsAre("globex/a"));
  const auto first = this->early_.Secrets({}, 1)->front();
  EXPECT_TRUE(this->early_.Replace(first, kLater).value());
  EXPECT_EQ(this->world_.secrets.Find("acme", "a").value()->sealed, kLater);
  EXPECT_EQ(this->world_.secrets.Find("acme", "a").value()->updated_at, kStoryTime);
}

}  // namespace
}  // namespace sb::testing
