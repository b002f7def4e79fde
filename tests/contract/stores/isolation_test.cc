// What a statement is asked of one tenant or account never holds a row of another's, where all else
// is equal: same names, same keys, same slot.

#include <nlohmann/json.hpp>

#include "tests/contract/stores/worlds.h"
#include "tests/support/run_story.h"

namespace sb::testing {
namespace {

using ::testing::IsEmpty;

constexpr Slot kStorySlot = RunStory::kSlot;
constexpr AccountId kAcme = RunStory::kAccount;
constexpr AccountId kGlobex(1002);

template <typename World>
class Isolation : public ::testing::Test {
 protected:
  void SetUp() override {
    AddAccount(kAcme, "acme");
    AddAccount(kGlobex, "globex");
  }

  void AddAccount(AccountId id, const std::string& tenant) {
    ports::Account account;
    account.id = id;
    account.slot = kStorySlot;
    account.tenant = tenant;
    account.connector = "aircall";
    account.external_id = "61001";
    account.display_name = "the company of " + tenant;
    account.state = ports::AccountState::kActive;
    account.webhook.hook_id = "hook of " + tenant;
    account.created_at = account.updated_at = kStoryTime;
    ASSERT_THAT(world_.accounts.Insert(account), IsOk());
  }

  EventId AddEvent(AccountId account) {
    ports::InboxItem item;
    item.slot = kStorySlot;
    item.account = account;
    item.id = ids_.Next<EventTag>(kStoryTime);
    item.dedupe = "the same delivery";
    item.event = "io.aircall.call.ended";
    item.received_at = kStoryTime;
    item.body = "{}";
    EXPECT_THAT(world_.inbox.Append({item}), IsOk());
    return item.id;
  }

  World world_;
  IdGenerator ids_{1};
};

TYPED_TEST_SUITE(Isolation, Worlds, WorldNames);

TYPED_TEST(Isolation, OfAccounts) {
  auto& accounts = this->world_.accounts;
  const auto listed = accounts.List({"acme", "", true}, {});
  ASSERT_EQ(listed->items.size(), 1U);
  EXPECT_EQ(listed->items.front().id, kAcme);
  EXPECT_EQ(accounts.FindByExternal("acme", "aircall", "61001")->id, kAcme);
  EXPECT_EQ(accounts.FindByExternal("globex", "aircall", "61001")->id, kGlobex);
  EXPECT_EQ(accounts.FindByHook("hook of globex")->id, kGlobex);
  EXPECT_THAT(accounts.List({"acm", "", true}, {})->items, IsEmpty())
      << "no part of a name will do";
  EXPECT_THAT(accounts.List({"ACME", "", true}, {})->items, IsEmpty());
}

TYPED_TEST(Isolation, OfCredentials) {
  auto& accounts = this->world_.accounts;
  ASSERT_THAT(accounts.PutCredential(kGlobex, {1, "sealed"}), IsOk());
  EXPECT_EQ(accounts.GetCredential(kAcme)->generation, 0);
  ASSERT_THAT(accounts.PutCredential(kAcme, {1, "another"}), IsOk());
  EXPECT_EQ(accounts.GetCredential(kGlobex)->sealed, "sealed");
}

TYPED_TEST(Isolation, OfSecrets) {
  auto& secrets = this->world_.secrets;
  ASSERT_THAT(secrets.Put({"globex", "petstore", "sealed", kStoryTime}), IsOk());
  EXPECT_FALSE(secrets.Find("acme", "petstore")->has_value());
  EXPECT_THAT(*secrets.Names("acme"), IsEmpty());
  EXPECT_FALSE(*secrets.Delete("acme", "petstore"));
  EXPECT_TRUE(secrets.Find("globex", "petstore")->has_value());
}

TYPED_TEST(Isolation, OfEventsAndDeadLetters) {
  const EventId acmes = this->AddEvent(kAcme);
  const EventId globexs = this->AddEvent(kGlobex);
  EXPECT_EQ(*this->world_.inbox.Find(kStorySlot, kAcme, "the same delivery"), acmes);
  for (const EventId id : {acmes, globexs})
    ASSERT_THAT(this->world_.inbox.Bury(kStorySlot, id, "UNREADABLE"), IsOk());
  ports::EventFilter filter;
  filter.accounts.Only({kAcme});
  const auto events = this->world_.inbox.List(filter, {});
  ASSERT_EQ(events->items.size(), 1U);
  EXPECT_EQ(events->items.front().id, acmes);
  const auto letters = this->world_.dead_letters.List(filter, {});
  ASSERT_EQ(letters->items.size(), 1U);
  EXPECT_EQ(letters->items.front().item.id, acmes);
  filter.accounts.Only({});
  EXPECT_THAT(this->world_.inbox.List(filter, {})->items, IsEmpty())
      << "of nobody, not of everybody";
}

TYPED_TEST(Isolation, OfRuns) {
  RunStory story;
  const auto life = this->world_.ownership.Register(InstanceId(1), 1, kStoryTime)->incarnation;
  ports::CommitBatch batch = story.Batch();
  const ports::RunKey acmes = story.NewKey();
  ports::RunKey globexs = story.NewKey();
  globexs.account = kGlobex;
  for (const ports::RunKey& key : {acmes, globexs}) RunStory::Start(batch, key, "the same trigger");
  ASSERT_THAT(this->world_.runs.Commit({InstanceId(1), 0, life}, batch), IsOk());
  EXPECT_EQ(
      *this->world_.runs.FindByTrigger(kStorySlot, kAcme, RunStory::kWorkflow, "the same trigger"),
      acmes.run);
  ports::RunFilter filter;
  filter.accounts.Only({kAcme});
  const auto runs = this->world_.runs.List(filter, {});
  ASSERT_EQ(runs->items.size(), 1U);
  EXPECT_EQ(runs->items.front().key.run, acmes.run);
  filter.accounts.Only({});
  EXPECT_THAT(this->world_.runs.List(filter, {})->items, IsEmpty());
}

TYPED_TEST(Isolation, OfLinks) {
  auto& links = this->world_.links;
  const auto place_of = [](AccountId account) {
    return ports::LinkPlace{kStorySlot, account, ports::SyncId(7)};
  };
  const core::twoway::MatchKey phone{core::twoway::MatchBy::kPhone, "+33142685300"};
  ports::LinkCommit commit;
  commit.place = place_of(kAcme);
  ports::Link link;
  link.id = ports::LinkId(1);
  link.state.key_a = "41";
  commit.link = link;
  commit.match_keys = {phone};
  commit.tombstones = {{core::twoway::Side::kA, "40", {}, kStoryTime}};
  ASSERT_THAT(links.Commit(commit), IsOk());
  const ports::LinkPlace other = place_of(kGlobex);
  EXPECT_EQ(links.Holding(other, core::twoway::Side::kA, "41").value(), std::nullopt);
  EXPECT_THAT(links.Get(other, link.id), FailsWith(ErrorKind::kNotFound, "LINK_NOT_FOUND"));
  EXPECT_THAT(links.Matching(other, {phone}).value(), IsEmpty());
  EXPECT_EQ(links.TombstoneOf(other, core::twoway::Side::kA, "40").value(), std::nullopt);
  commit.place = other;
  EXPECT_THAT(links.Commit(commit), IsOk()) << "the same ids and keys are free there";
}

}  // namespace
}  // namespace sb::testing
