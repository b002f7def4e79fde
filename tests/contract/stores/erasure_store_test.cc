#include <map>

#include <nlohmann/json.hpp>

#include "tests/contract/stores/worlds.h"
#include "tests/support/run_story.h"

namespace sb::testing {
namespace {

using ports::Erasure;
using ports::ErasureState;
using ports::PlaceScope;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Pair;

constexpr InstanceId kErasureKeeper(1);
const AccountId kAccount(1001);

template <typename World>
class ErasureStoreContract : public ::testing::Test {
 protected:
  Erasure Stored(const std::string& tenant = "acme") {
    Erasure erasure;
    erasure.id = ids_.Next<ports::ErasureTag>(kStoryTime);
    erasure.tenant = tenant;
    erasure.fingerprint = std::string("\0\x01", 2);
    erasure.sealed = "sealed";
    erasure.created_at = kStoryTime;
    EXPECT_THAT(store_.Insert(erasure), IsOk());
    return erasure;
  }

  EventId Event(const std::string& body, AccountId account = kAccount) {
    ports::InboxItem item;
    item.slot = RunStory::kSlot;
    item.account = account;
    item.id = ids_.Next<EventTag>(kStoryTime);
    item.dedupe = ToText(item.id);
    item.event = "io.aircall.call.ended";
    item.entity_id = "7";
    item.received_at = kStoryTime;
    item.body = body;
    EXPECT_THAT(world_.inbox.Append({item}), IsOk());
    return item.id;
  }

  static PlaceScope Inbox(AccountId account = kAccount) {
    return {"inbox", RunStory::kSlot, account};
  }

  std::string BodyOf(EventId id) { return world_.inbox.Get(id)->body; }

  World world_;
  ports::ErasureStore& store_ = world_.erasures;
  IdGenerator ids_{1};
};

TYPED_TEST_SUITE(ErasureStoreContract, Worlds, WorldNames);

TYPED_TEST(ErasureStoreContract, KeepsAnErasureAndHowFarItHasCome) {
  Erasure erasure = this->Stored();
  erasure.counts = {{"inbox", 3}};
  erasure.live_runs = {RunId(5)};
  erasure.position.account = kAccount;
  erasure.position.place = "journal";
  erasure.position.after = {7, 8};
  erasure.position.round = 2;
  erasure.position.only = {RunId(9)};
  erasure.position.found_anything = true;
  const auto step = this->store_.Save(erasure);
  ASSERT_THAT(step, IsOk());
  const auto stored = this->store_.Get(erasure.id);
  ASSERT_THAT(stored, IsOk());
  EXPECT_EQ(stored->step, *step);
  EXPECT_EQ(stored->tenant, "acme");
  EXPECT_EQ(stored->fingerprint, erasure.fingerprint);
  EXPECT_EQ(stored->sealed, "sealed");
  EXPECT_THAT(stored->counts, ElementsAre(Pair("inbox", 3)));
  EXPECT_THAT(stored->live_runs, ElementsAre(RunId(5)));
  EXPECT_EQ(stored->position.account, kAccount);
  EXPECT_EQ(stored->position.place, "journal");
  EXPECT_EQ(stored->position.after, (ports::PlaceKey{7, 8}));
  EXPECT_EQ(stored->position.round, 2);
  EXPECT_THAT(stored->position.only, ElementsAre(RunId(9)));
  EXPECT_TRUE(stored->position.found_anything);
  EXPECT_FALSE(stored->finished_at);
}

TYPED_TEST(ErasureStoreContract, LetsOnlyOneGoOnFromAStep) {
  const Erasure erasure = this->Stored();
  ASSERT_THAT(this->store_.Save(erasure), IsOk());
  EXPECT_THAT(this->store_.Save(erasure), FailsWith(ErrorKind::kConflict, "ERASURE_MOVED"));
}

TYPED_TEST(ErasureStoreContract, TellsWhatIsOpenAndListsATenantsOwn) {
  Erasure first = this->Stored();
  const Erasure second = this->Stored("globex");
  EXPECT_EQ(this->store_.Open()->size(), 2U);
  first.state = ErasureState::kDone;
  first.sealed.clear();
  first.finished_at = kStoryTime;
  ASSERT_THAT(this->store_.Save(first), IsOk());
  ASSERT_EQ(this->store_.Open()->size(), 1U);
  EXPECT_EQ(this->store_.Open()->front().id, second.id);
  EXPECT_EQ(this->store_.List("acme", {})->items.size(), 1U);
  EXPECT_EQ(this->store_.List("acme", {})->items[0].finished_at, kStoryTime);
  EXPECT_EQ(this->store_.List("", {0, 1})->next_before, second.id.number());
  EXPECT_THAT(this->store_.Get(ports::ErasureId(404)),
              FailsWith(ErrorKind::kNotFound, "ERASURE_NOT_FOUND"));
}

TYPED_TEST(ErasureStoreContract, KeepsTheFirstKeyOfATenant) {
  EXPECT_EQ(*this->store_.FingerprintKey("acme", "one"), "one");
  EXPECT_EQ(*this->store_.FingerprintKey("acme", "two"), "one");
  EXPECT_EQ(*this->store_.FingerprintKey("globex", "three"), "three");
}

TYPED_TEST(ErasureStoreContract, ReadsAnAccountsRowsInPartsAndRewritesThem) {
  Erasure erasure = this->Stored();
  const EventId first = this->Event(R"({"a":1})");
  const EventId second = this->Event("no json \xff");
  const EventId foreign = this->Event(R"({"b":1})", AccountId(2002));
  auto rows = this->store_.Read(this->Inbox(), {0, 0}, {}, 1);
  ASSERT_THAT(rows, IsOk());
  ASSERT_EQ(rows->size(), 1U);
  EXPECT_EQ(rows->front().key.first, first.number());
  EXPECT_EQ(rows->front().contents[0].value, R"({"a":1})");
  EXPECT_EQ(rows->front().contents[1].value, "7");
  rows->front().contents[0].value = R"({"a":"[erased]"})";
  erasure.counts["inbox"] = 1;
  ASSERT_THAT(this->store_.Rewrite(this->Inbox(), *rows, erasure), IsOk());
  EXPECT_EQ(this->BodyOf(first), R"({"a":"[erased]"})");
  EXPECT_EQ(this->store_.Get(erasure.id)->counts.at("inbox"), 1);
  const auto rest = this->store_.Read(this->Inbox(), rows->front().key, {}, 10);
  ASSERT_EQ(rest->size(), 1U);
  EXPECT_EQ(rest->front().key.first, second.number());
  EXPECT_EQ(rest->front().contents[0].value, "no json \xff");
  EXPECT_EQ(this->BodyOf(foreign), R"({"b":1})");
}

TYPED_TEST(ErasureStoreContract, RefusesToWriteOverARowThatChangedMeanwhile) {
  const Erasure erasure = this->Stored();
  this->Event(R"({"a":1})");
  auto rows = this->store_.Read(this->Inbox(), {0, 0}, {}, 10);
  auto changed = *rows;
  changed.front().contents[0].value = R"({"a":2})";
  const auto step = this->store_.Rewrite(this->Inbox(), changed, erasure);
  ASSERT_THAT(step, IsOk());
  Erasure later = erasure;
  later.step = *step;
  rows->front().contents[0].value = R"({"a":3})";
  EXPECT_THAT(this->store_.Rewrite(this->Inbox(), *rows, later),
              FailsWith(ErrorKind::kConflict, "ERASURE_MOVED"));
}

TYPED_TEST(ErasureStoreContract, SaysWhichJournalsBelongToLiveRuns) {
  const auto incarnation =
      this->world_.ownership.Register(kErasureKeeper, 1, kStoryTime).value().incarnation;
  RunStory story;
  const ports::RunKey live = story.NewKey();
  const ports::RunKey done = story.NewKey();
  for (const ports::RunKey& key : {live, done}) {
    ports::CommitBatch batch = story.Batch();
    RunStory::Start(batch, key, ToText(key.run));
    ASSERT_THAT(this->world_.runs.Commit({kErasureKeeper, 0, incarnation}, batch), IsOk());
  }
  ports::CommitBatch ending = story.Batch();
  RunStory::End(ending, done, 2, 3);
  ASSERT_THAT(this->world_.runs.Commit({kErasureKeeper, 0, incarnation}, ending), IsOk());
  const PlaceScope journal{"journal", live.slot, live.account};
  std::map<std::int64_t, bool> is_live;
  const auto rows = this->store_.Read(journal, {0, 0}, {}, 100);
  ASSERT_THAT(rows, IsOk());
  for (const auto& row : *rows) is_live[row.key.first] = row.live;
  EXPECT_TRUE(is_live.at(live.run.number()));
  EXPECT_FALSE(is_live.at(done.run.number()));
  const auto of_done = this->store_.Read(journal, {0, 0}, {done.run}, 100);
  ASSERT_THAT(of_done, IsOk());
  for (const auto& row : *of_done) EXPECT_EQ(row.key.first, done.run.number());
  EXPECT_THAT(*this->store_.Read(this->Inbox(), {0, 0}, {done.run}, 100), IsEmpty());
}

TYPED_TEST(ErasureStoreContract, DeletesAnAccountsRowsInPartsAndCountsThem) {
  const Erasure erasure = this->Stored();
  for (int i = 0; i < 3; ++i) this->Event("{}");
  const EventId foreign = this->Event("{}", AccountId(2002));
  EXPECT_EQ(*this->store_.Delete(this->Inbox(), erasure.id, 2), 2);
  EXPECT_EQ(*this->store_.Delete(this->Inbox(), erasure.id, 2), 1);
  EXPECT_EQ(*this->store_.Delete(this->Inbox(), erasure.id, 2), 0);
  EXPECT_EQ(this->store_.Get(erasure.id)->counts.at("inbox"), 3);
  EXPECT_THAT(this->world_.inbox.Get(foreign), IsOk());
}

TYPED_TEST(ErasureStoreContract, EveryPlaceCanBeReadAndEmptied) {
  const Erasure erasure = this->Stored();
  const auto persons = this->store_.PlacesOfPersons();
  const auto accounts = this->store_.PlacesOfAccounts();
  EXPECT_THAT(persons, IsSupersetOf({"account", "dead_letter", "inbox", "journal", "run_done"}));
  for (const std::string& place : persons) {
    EXPECT_THAT(this->store_.Read({place, 3, AccountId(404)}, {0, 0}, {}, 10), IsOk()) << place;
    EXPECT_THAT(this->store_.Rewrite({place, 3, AccountId(404)}, {}, *this->store_.Get(erasure.id)),
                IsOk())
        << place;
  }
  for (const std::string& place : accounts)
    EXPECT_EQ(*this->store_.Delete({place, 3, AccountId(404)}, erasure.id, 10), 0) << place;
}

}  // namespace
}  // namespace sb::testing
