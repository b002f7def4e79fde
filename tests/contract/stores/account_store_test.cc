#include <nlohmann/json.hpp>

#include "tests/contract/stores/worlds.h"

namespace sb::testing {
namespace {

using ports::Account;
using ports::AccountState;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Account AcmeAccount(std::int64_t number = 1001) {
  Account account;
  account.id = AccountId(number);
  account.slot = 17;
  account.tenant = "acme";
  account.connector = "aircall";
  account.external_id = "company-" + std::to_string(number);
  account.display_name = "Acme \"Süd\" \\ Söhne";
  account.state = AccountState::kActive;
  account.state_reason = "";
  account.method = ports::AuthMethod::kApiKey;
  account.webhook = {"hook-" + std::to_string(number),
                     "remote-7",
                     std::string("\0\x01\xff", 3),
                     {"call.created", "call.ended"}};
  account.profile = Json{{"company", {{"name", "Acme"}}}, {"users", Json::array({1, 2})}};
  account.created_at = kStoryTime + std::chrono::microseconds(250'123);
  account.updated_at = kStoryTime;
  return account;
}

template <typename World>
class AccountStoreContract : public ::testing::Test {
 protected:
  World world_;
  ports::AccountStore& accounts_ = world_.accounts;
};

TYPED_TEST_SUITE(AccountStoreContract, Worlds, WorldNames);

TYPED_TEST(AccountStoreContract, GivesBackAnAccountAsItWasInserted) {
  const Account acme = AcmeAccount();
  ASSERT_THAT(this->accounts_.Insert(acme), IsOk());

  const auto stored = this->accounts_.Get(acme.id);

  ASSERT_THAT(stored, IsOk());
  EXPECT_EQ(stored->id, acme.id);
  EXPECT_EQ(stored->slot, acme.slot);
  EXPECT_EQ(stored->tenant, acme.tenant);
  EXPECT_EQ(stored->connector, acme.connector);
  EXPECT_EQ(stored->external_id, acme.external_id);
  EXPECT_EQ(stored->display_name, acme.display_name);
  EXPECT_EQ(stored->state, acme.state);
  EXPECT_EQ(stored->method, acme.method);
  EXPECT_EQ(stored->webhook.hook_id, acme.webhook.hook_id);
  EXPECT_EQ(stored->webhook.remote_id, acme.webhook.remote_id);
  EXPECT_EQ(stored->webhook.token_hash, acme.webhook.token_hash);
  EXPECT_EQ(stored->webhook.events, acme.webhook.events);
  EXPECT_EQ(stored->profile, acme.profile);
  EXPECT_EQ(stored->revision, 0);
  EXPECT_EQ(stored->created_at, acme.created_at);
  EXPECT_EQ(stored->updated_at, acme.updated_at);
}

TYPED_TEST(AccountStoreContract, KeepsForeignTextWithAZeroCharacterInTheProfile) {
  Account acme = AcmeAccount();
  acme.profile["company"]["name"] = std::string("A\0B", 3);
  ASSERT_THAT(this->accounts_.Insert(acme), IsOk());
  EXPECT_EQ(this->accounts_.Get(acme.id)->profile, acme.profile);
}

TYPED_TEST(AccountStoreContract, SaysWhenThereIsNoSuchAccount) {
  EXPECT_THAT(this->accounts_.Get(AccountId(404)),
              FailsWith(ErrorKind::kNotFound, "ACCOUNT_NOT_FOUND"));
  EXPECT_THAT(this->accounts_.FindByHook("no-such-hook"),
              FailsWith(ErrorKind::kNotFound, "ACCOUNT_NOT_FOUND"));
  EXPECT_THAT(this->accounts_.FindByExternal("acme", "aircall", "x"),
              FailsWith(ErrorKind::kNotFound, "ACCOUNT_NOT_FOUND"));
  EXPECT_THAT(this->accounts_.Update(AcmeAccount()),
              FailsWith(ErrorKind::kNotFound, "ACCOUNT_NOT_FOUND"));
}

TYPED_TEST(AccountStoreContract, RefusesToConnectACompanyTwiceForATenant) {
  ASSERT_THAT(this->accounts_.Insert(AcmeAccount(1001)), IsOk());
  Account again = AcmeAccount(1002);
  again.external_id = AcmeAccount(1001).external_id;
  EXPECT_THAT(this->accounts_.Insert(again), FailsWith(ErrorKind::kConflict, "ACCOUNT_EXISTS"));
  EXPECT_THAT(this->accounts_.Get(again.id), FailsWith(ErrorKind::kNotFound, "ACCOUNT_NOT_FOUND"));

  again.tenant = "other";
  EXPECT_THAT(this->accounts_.Insert(again), IsOk());
}

TYPED_TEST(AccountStoreContract, ConnectsACompanyAgainOnceItWasDisconnected) {
  Account gone = AcmeAccount(1001);
  gone.state = AccountState::kDisconnected;
  ASSERT_THAT(this->accounts_.Insert(gone), IsOk());
  Account again = AcmeAccount(1002);
  again.external_id = gone.external_id;

  ASSERT_THAT(this->accounts_.Insert(again), IsOk());

  EXPECT_EQ(this->accounts_.FindByExternal("acme", "aircall", gone.external_id)->id, again.id);
}

TYPED_TEST(AccountStoreContract, TakesAnyNumberOfAccountsWithoutAnExternalIdOrHook) {
  for (const std::int64_t number : {1001, 1002}) {
    Account account = AcmeAccount(number);
    account.external_id.clear();
    account.webhook = {};
    EXPECT_THAT(this->accounts_.Insert(account), IsOk());
  }
  EXPECT_THAT(this->accounts_.FindByExternal("acme", "aircall", ""),
              FailsWith(ErrorKind::kNotFound, "ACCOUNT_NOT_FOUND"));
  EXPECT_THAT(this->accounts_.FindByHook(""), FailsWith(ErrorKind::kNotFound, "ACCOUNT_NOT_FOUND"));
}

TYPED_TEST(AccountStoreContract, FindsAnAccountByItsHookAndByItsCompany) {
  const Account acme = AcmeAccount();
  ASSERT_THAT(this->accounts_.Insert(acme), IsOk());
  EXPECT_EQ(this->accounts_.FindByHook(acme.webhook.hook_id)->id, acme.id);
  EXPECT_EQ(this->accounts_.FindByExternal("acme", "aircall", acme.external_id)->id, acme.id);
}

TYPED_TEST(AccountStoreContract, TellsWhereTheAccountsOfACompanyLieWhoeverConnectedThem) {
  const Account acme = AcmeAccount(1001);
  Account globex = AcmeAccount(1002);
  globex.tenant = "globex";
  globex.external_id = acme.external_id;
  globex.slot = static_cast<Slot>(acme.slot + 1);
  Account gone = AcmeAccount(1003);
  gone.tenant = "initech";
  gone.external_id = acme.external_id;
  gone.slot = static_cast<Slot>(acme.slot + 2);
  gone.state = AccountState::kDisconnected;
  for (const Account& account : {acme, globex, gone})
    ASSERT_THAT(this->accounts_.Insert(account), IsOk());

  const auto slots = this->accounts_.SlotsOfCompany("aircall", acme.external_id);

  ASSERT_THAT(slots, IsOk());
  EXPECT_THAT(*slots, ::testing::ElementsAre(acme.slot, globex.slot));
  EXPECT_TRUE(this->accounts_.SlotsOfCompany("shop", acme.external_id)->empty());
  EXPECT_TRUE(this->accounts_.SlotsOfCompany("aircall", "")->empty());
}

TYPED_TEST(AccountStoreContract, CountsRevisionsWithEachUpdate) {
  Account acme = AcmeAccount();
  ASSERT_THAT(this->accounts_.Insert(acme), IsOk());
  acme.state = AccountState::kNeedsReauth;
  acme.state_reason = "the key was revoked";
  acme.webhook.events = {"call.ended"};
  acme.updated_at += std::chrono::hours(1);

  const auto revision = this->accounts_.Update(acme);

  ASSERT_THAT(revision, IsOk());
  EXPECT_EQ(*revision, 1);
  const auto stored = this->accounts_.Get(acme.id);
  EXPECT_EQ(stored->revision, 1);
  EXPECT_EQ(stored->state, AccountState::kNeedsReauth);
  EXPECT_EQ(stored->state_reason, "the key was revoked");
  EXPECT_THAT(stored->webhook.events, ElementsAre("call.ended"));
  EXPECT_EQ(stored->updated_at, acme.updated_at);
}

TYPED_TEST(AccountStoreContract, RefusesAnUpdateThatDidNotSeeTheNewestRevision) {
  Account acme = AcmeAccount();
  ASSERT_THAT(this->accounts_.Insert(acme), IsOk());
  ASSERT_THAT(this->accounts_.Update(acme), IsOk());
  acme.display_name = "from the past";
  EXPECT_THAT(this->accounts_.Update(acme), FailsWith(ErrorKind::kConflict, "ACCOUNT_CHANGED"));
  EXPECT_NE(this->accounts_.Get(acme.id)->display_name, "from the past");
}

TYPED_TEST(AccountStoreContract, RefusesAnUpdateToACompanyThatIsTaken) {
  ASSERT_THAT(this->accounts_.Insert(AcmeAccount(1001)), IsOk());
  Account second = AcmeAccount(1002);
  ASSERT_THAT(this->accounts_.Insert(second), IsOk());
  second.external_id = AcmeAccount(1001).external_id;
  EXPECT_THAT(this->accounts_.Update(second), FailsWith(ErrorKind::kConflict, "ACCOUNT_EXISTS"));
}

TYPED_TEST(AccountStoreContract, NeverMovesAnAccountToAnotherSlot) {
  Account acme = AcmeAccount();
  ASSERT_THAT(this->accounts_.Insert(acme), IsOk());
  acme.slot = 99;
  ASSERT_THAT(this->accounts_.Update(acme), IsOk());
  EXPECT_EQ(this->accounts_.Get(acme.id)->slot, 17);
}

TYPED_TEST(AccountStoreContract, ListsNewestFirstPageByPage) {
  for (const std::int64_t number : {1001, 1002, 1003}) {
    ASSERT_THAT(this->accounts_.Insert(AcmeAccount(number)), IsOk());
  }
  const auto first = this->accounts_.List({}, {0, 2});
  ASSERT_THAT(first, IsOk());
  ASSERT_EQ(first->items.size(), 2U);
  EXPECT_EQ(first->items[0].id, AccountId(1003));
  EXPECT_EQ(first->items[1].id, AccountId(1002));

  const auto second = this->accounts_.List({}, {first->next_before, 2});
  ASSERT_EQ(second->items.size(), 1U);
  EXPECT_EQ(second->items[0].id, AccountId(1001));
  EXPECT_EQ(second->next_before, 0);
}

TYPED_TEST(AccountStoreContract, ListsByTenantAndConnectorAndHidesDisconnectedOnes) {
  Account other = AcmeAccount(1001);
  other.tenant = "other";
  Account http = AcmeAccount(1002);
  http.connector = "http";
  Account gone = AcmeAccount(1003);
  gone.state = AccountState::kDisconnected;
  for (const Account& account : {other, http, gone})
    ASSERT_THAT(this->accounts_.Insert(account), IsOk());

  const auto ids = [this](const ports::AccountFilter& filter) {
    std::vector<std::int64_t> numbers;
    const auto page = this->accounts_.List(filter, {});
    for (const Account& account : page->items) numbers.push_back(account.id.number());
    return numbers;
  };
  EXPECT_THAT(ids({"other", "", false}), ElementsAre(1001));
  EXPECT_THAT(ids({"", "http", false}), ElementsAre(1002));
  EXPECT_THAT(ids({"acme", "aircall", false}), IsEmpty());
  EXPECT_THAT(ids({"acme", "aircall", true}), ElementsAre(1003));
}

TYPED_TEST(AccountStoreContract, HasNoCredentialAtFirst) {
  const auto credential = this->accounts_.GetCredential(AccountId(1001));
  ASSERT_THAT(credential, IsOk());
  EXPECT_EQ(credential->generation, 0);
  EXPECT_EQ(credential->sealed, "");
}

TYPED_TEST(AccountStoreContract, ReplacesACredentialOnlyByTheNextGeneration) {
  const AccountId acme(1001);
  const std::string sealed("\x00\xfe sealed", 9);
  ASSERT_THAT(this->accounts_.PutCredential(acme, {1, "first"}), IsOk());
  ASSERT_THAT(this->accounts_.PutCredential(acme, {2, sealed}), IsOk());

  for (const std::int64_t wrong : {1, 2, 4}) {
    EXPECT_THAT(this->accounts_.PutCredential(acme, {wrong, "late"}),
                FailsWith(ErrorKind::kConflict, "CREDENTIAL_CHANGED"));
  }
  EXPECT_THAT(this->accounts_.PutCredential(AccountId(1002), {2, "no first"}),
              FailsWith(ErrorKind::kConflict, "CREDENTIAL_CHANGED"));
  EXPECT_EQ(this->accounts_.GetCredential(acme)->generation, 2);
  EXPECT_EQ(this->accounts_.GetCredential(acme)->sealed, sealed);
}

TYPED_TEST(AccountStoreContract, ACredentialNamesTheApplicationThatItWasGivenTo) {
  const AccountId acme(1001);
  const ports::ApplicationKey theirs{"acme", "client-1"};
  ASSERT_THAT(this->accounts_.PutCredential(acme, {1, "first", {}, {}, theirs}), IsOk());
  EXPECT_EQ(this->accounts_.GetCredential(acme)->application, theirs);
  ASSERT_THAT(this->accounts_.PutCredential(acme, {2, "a key"}), IsOk());
  EXPECT_EQ(this->accounts_.GetCredential(acme)->application, ports::ApplicationKey());
}

TYPED_TEST(AccountStoreContract, TellsWhichAccountsChangedSinceAChange) {
  const auto start = this->accounts_.ChangedAfter(0)->number;
  Account acme = AcmeAccount(1001);
  ASSERT_THAT(this->accounts_.Insert(acme), IsOk());
  ASSERT_THAT(this->accounts_.Insert(AcmeAccount(1002)), IsOk());
  const auto both = this->accounts_.ChangedAfter(start);
  ASSERT_THAT(both, IsOk());
  EXPECT_THAT(both->accounts, ::testing::UnorderedElementsAre(AccountId(1001), AccountId(1002)));

  ASSERT_THAT(this->accounts_.Update(acme), IsOk());
  const auto updated = this->accounts_.ChangedAfter(both->number);
  EXPECT_THAT(updated->accounts, ElementsAre(AccountId(1001)));
  ASSERT_THAT(this->accounts_.PutCredential(AccountId(1002), {1, "sealed"}), IsOk());
  const auto credential = this->accounts_.ChangedAfter(updated->number);
  EXPECT_THAT(credential->accounts, ElementsAre(AccountId(1002))) << "its credential did";
  EXPECT_THAT(this->accounts_.ChangedAfter(credential->number)->accounts, IsEmpty());
}

}  // namespace
}  // namespace sb::testing
