// Two-way syncs are worked off by themselves, by a clock that the test moves: what is paused calls
// no side any more, what hinders one thing holds up no other, and nothing is missed.
#include "engine/app/link_keeper.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/syncs/link_worker.h"
#include "engine/syncs/progress_book.h"
#include "tests/support/fake_link_store.h"
#include "tests/support/fake_record_side.h"
#include "tests/support/lent_record_side.h"
#include "tests/support/manual_executor.h"
#include "tests/support/matchers.h"
#include "tests/support/memory_event_feed.h"
#include "tests/support/memory_sync_store.h"
#include "tests/unit/accounts/accounts_world.h"

namespace sb::app {
namespace {

using core::twoway::Side;
using ports::SyncState;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::Contains;
using testing::FakeRecordSide;
using testing::Fate;
using ::testing::Ge;
using testing::IsOk;
using ::testing::Le;
using ::testing::SizeIs;

constexpr const char* kContactsAndCustomers = R"(
sync: { namespace: acme, name: customers, version: '1.0.0' }
between:
  aircall: { connector: aircall, object: contact }
  crm: { connector: postgres, table: public.customers, key: id }
match: [phone]
fields:
  - { aircall: company_name, crm: company }
  - { aircall: phone_numbers, crm: [phone], as: phones }
)";

FakeRecordSide::Options ContactsOfPages(std::size_t page) {
  FakeRecordSide::Options options;
  options.prefix = "c";
  options.page = page;
  options.shape["company_name"].type = "text";
  options.shape["phone_numbers"].type = "phones";
  return options;
}

FakeRecordSide::Options RowsOfPages(std::size_t page) {
  FakeRecordSide::Options options;
  options.prefix = "r";
  options.page = page;
  for (const char* column : {"company", "phone"}) options.shape[column].type = "text";
  return options;
}

std::string PhoneOf(int person) {
  return "+3314268" + std::to_string(5300 + person);
}

/// Says that it may have missed something, instead of what changed, once.
class ForgetfulSide : public testing::LentRecordSide {
 public:
  ForgetfulSide(ports::RecordSide& side, bool& forgets) : LentRecordSide(side), forgets_(forgets) {}

  Result<ports::SideChanges> Changes(const std::string& from, int limit) override {
    auto changes = LentRecordSide::Changes(from, limit);
    if (!changes.ok() || changes->hints.empty() || !std::exchange(forgets_, false)) return changes;
    changes->hints.clear();
    changes->missed = true;
    return changes;
  }

 private:
  bool& forgets_;
};

/// Syncs that cannot be saved for a while.
class SyncsThatStick : public testing::MemorySyncStore {
 public:
  Result<int> Save(const ports::Sync& sync) override {
    ++saves;
    if (failure) return *failure;
    return MemorySyncStore::Save(sync);
  }

  std::optional<Error> failure;
  int saves = 0;
};

class LinkKeeperStory : public testing::AccountsWorld, public ::testing::Test {
 protected:
  LinkKeeperStory() {
    account_ = ConnectByKey().value();
    const auto count = [this](std::string_view) { ++calls_; };
    contacts_.hooks.before = count;
    customers_.hooks.before = count;
  }

  Result<syncs::MadeSide> Made(const syncs::SideWish& wish) {
    syncs::MadeSide made;
    if (wish.side == Side::kA) {
      made.records = std::make_unique<testing::LentRecordSide>(contacts_);
    } else {
      made.records = std::make_unique<ForgetfulSide>(customers_, forgets_);
    }
    return made;
  }

  ports::Sync Deploy(const ports::Account& account) {
    const auto read =
        core::twoway::ParseDefinition(kContactsAndCustomers, testing::ShippedConnectors().Records(),
                                      &testing::SharedExpressions());
    EXPECT_TRUE(read.definition) << (read.errors.empty() ? "" : read.errors[0].message);
    return two_way_.Deploy(account, *read.definition, kContactsAndCustomers).value();
  }

  ports::Sync Start() {
    const ports::Sync sync = Deploy(account_);
    place_ = syncs::PlaceOf(sync);
    return two_way_.SetState(account_.id, sync.id, SyncState::kRunning).value();
  }

  void Pause() {
    EXPECT_THAT(two_way_.SetState(account_.id, place_.sync, SyncState::kPaused), IsOk());
    looks_.RunReady();
  }

  void Pass(seconds time) {
    for (seconds passed(0); passed < time; passed += seconds(1)) {
      looks_.AdvanceBy(seconds(1));
      turns_.RunReady();
      pages_.RunReady();
    }
  }

  std::string AddContact(int person, const std::string& company = "Acme") {
    return contacts_.Add({{"company_name", company},
                          {"phone_numbers", {{{"value", PhoneOf(person)}, {"label", "Work"}}}}});
  }

  std::string AddCustomer(int person, const std::string& company = "Acme") {
    return customers_.Add({{"company", company}, {"phone", PhoneOf(person)}});
  }

  Json CompanyOfContact(const std::string& key) {
    const auto now = contacts_.Now(key);
    return now ? Member(*now, "company_name") : Json();
  }

  ports::LinkProgress Progress() { return syncs::ProgressOf(links_, place_).value(); }

  std::size_t LinkCount() { return static_cast<std::size_t>(links_.Count(place_)->active); }

  SyncsThatStick syncs_;
  testing::FakeLinkStore links_{clock};
  testing::MemoryDatabase database_;
  testing::MemoryEventFeed feed_{database_};
  FakeRecordSide contacts_{ContactsOfPages(2), clock};
  FakeRecordSide customers_{RowsOfPages(2), clock};
  bool forgets_ = false;
  int calls_ = 0;  ///< Of both sides.
  std::function<void()> making_ = [] {};
  ports::Account account_;
  ports::LinkPlace place_;
  syncs::SceneBook scenes_{{testing::ShippedConnectors().Records(), accounts,
                            testing::SharedExpressions(), nullptr,
                            [this](const syncs::SideWish& wish) {
                              std::exchange(making_, [] {})();
                              return Made(wish);
                            },
                            [](const ports::Account&) { return std::string("FR"); }}};
  testing::ManualExecutor looks_{clock};
  testing::ManualExecutor turns_{clock};
  testing::ManualExecutor pages_{clock};
  const std::function<std::vector<Slot>()> slots_ = [this] { return std::vector{account_.slot}; };
  const std::function<std::int64_t()> new_id_ = [this] {
    return ids.Next<ports::LinkTag>(clock.Now()).number();
  };
  syncs::TwoWaySyncs two_way_{{.syncs = syncs_,
                               .links = links_,
                               .accounts = accounts,
                               .feed = feed_,
                               .clock = clock,
                               .ids = ids,
                               .catalog = testing::ShippedConnectors().Records(),
                               .scenes = scenes_,
                               .our_slots = slots_,
                               .changed = [this] { keeper_.Ring(); }}};
  syncs::LinkWorker worker_{{links_, clock, new_id_}};
  syncs::HeardRecords heard_;
  syncs::SyncTurn turn_{
      {syncs_, links_, feed_, testing::ShippedConnectors(), clock, metrics, worker_, heard_}};
  syncs::Comparison comparison_{{links_, clock, new_id_, metrics, heard_}};
  LinkKeeper keeper_{{two_way_, scenes_, turn_, comparison_, links_, clock, metrics, looks_, turns_,
                      pages_, slots_}};
};

TEST_F(LinkKeeperStory, LinksWhatIsThereAndCarriesEditsOverWithinSeconds) {
  const std::string contact = AddContact(1);
  const std::string customer = AddCustomer(1);
  AddContact(2);
  Start();
  keeper_.Start();
  Pass(minutes(1));
  EXPECT_EQ(LinkCount(), 2U);
  EXPECT_THAT(customers_.All(), SizeIs(2));
  customers_.Edit(customer, {{"company", "Babbage"}});
  Pass(seconds(3));
  EXPECT_EQ(CompanyOfContact(contact), "Babbage");
}

// ---- Pausing

TEST_F(LinkKeeperStory, ASyncThatIsPausedDuringItsComparisonCallsNoSideAnyMore) {
  for (int person = 0; person < 8; ++person) AddContact(person);
  const ports::Sync sync = Start();
  keeper_.Start();
  looks_.RunReady();
  turns_.RunReady();
  ASSERT_TRUE(pages_.RunOne());  // it begins
  ASSERT_TRUE(pages_.RunOne());  // and reads the first of several pages
  ASSERT_TRUE(Progress().scan_begun_at);
  Pause();
  const int before = calls_;
  EXPECT_GT(before, 0);
  Pass(minutes(10));
  EXPECT_EQ(calls_, before);
  ASSERT_THAT(two_way_.SetState(account_.id, sync.id, SyncState::kRunning), IsOk());
  Pass(minutes(1));
  EXPECT_THAT(customers_.All(), SizeIs(8)) << "it begins anew";
}

TEST_F(LinkKeeperStory, ASyncThatIsPausedBetweenTwoEditsCarriesNoneOverAnyMore) {
  Start();
  keeper_.Start();
  Pass(minutes(1));
  customers_.hooks.after = [this](std::string_view call) {
    if (call == "Create") Pause();
  };
  for (int person = 0; person < 5; ++person) AddContact(person);
  Pass(minutes(10));
  EXPECT_THAT(customers_.All(), SizeIs(1));
}

TEST_F(LinkKeeperStory, DoesNothingOnceItIsStopped) {
  AddContact(1);
  Start();
  keeper_.Start();
  keeper_.Stop();
  const int before = calls_;
  Pass(minutes(5));
  EXPECT_EQ(calls_, before);
}

// ---- Hindrances

TEST_F(LinkKeeperStory, AComparisonThatFailsDoesNotSlowEdits) {
  const std::string contact = AddContact(1);
  const std::string customer = AddCustomer(1);
  const ports::Sync sync = Start();
  keeper_.Start();
  Pass(minutes(1));
  ASSERT_EQ(LinkCount(), 1U);
  contacts_.hooks.fate = [](std::string_view call, bool) {
    return call == "Scan" ? Fate::kUnavailable : Fate::kDone;
  };
  ASSERT_THAT(two_way_.CompareNow(sync), IsOk());
  Pass(minutes(1));
  for (const char* company : {"Babbage", "Byron", "Lovelace"}) {
    customers_.Edit(customer, {{"company", company}});
    Pass(seconds(3));
    EXPECT_EQ(CompanyOfContact(contact), company);
    EXPECT_EQ(Progress().error, "FAKE_UNAVAILABLE") << "edits do not hide it";
    Pass(minutes(1));
  }
  contacts_.hooks.fate = nullptr;
  Pass(minutes(6));
  EXPECT_EQ(Progress().error, "");
  EXPECT_TRUE(Progress().compared_at);
}

TEST_F(LinkKeeperStory, AnAccountThatIsGonePausesItsSyncsAndIsTriedNowAndThenUntilThatIsStored) {
  Start();
  keeper_.Start();
  Pass(seconds(10));
  ports::Account gone = Stored(account_.id);
  gone.state = ports::AccountState::kDisconnected;
  ASSERT_THAT(accounts.Update(gone), IsOk());
  syncs_.failure = sb::Conflict("SYNC_MOVED", "somebody else changed it");
  syncs_.saves = 0;
  Pass(minutes(1));
  EXPECT_THAT(syncs_.saves, AllOf(Ge(1), Le(6)));
  syncs_.failure.reset();
  Pass(minutes(5));
  const ports::Sync sync = syncs_.Get(account_.id, place_.sync).value();
  EXPECT_EQ(sync.state, SyncState::kPaused);
  EXPECT_EQ(sync.reason, "ACCOUNT_DISCONNECTED");
}

TEST_F(LinkKeeperStory, WhatSomebodyDecidesElsewhereDoesNotEndTheRestOfASyncThatIsHindered) {
  const ports::Sync sync = Start();
  keeper_.Start();
  Pass(seconds(10));
  contacts_.hooks.fate = [](std::string_view, bool) { return Fate::kUnavailable; };
  Pass(minutes(2));
  const int before = calls_;
  keeper_.Ring();
  looks_.RunReady();
  turns_.RunReady();
  EXPECT_EQ(calls_, before);
  contacts_.hooks.fate = nullptr;
  Pause();
  ASSERT_THAT(two_way_.SetState(account_.id, sync.id, SyncState::kRunning), IsOk());
  Pass(seconds(1));
  EXPECT_GT(calls_, before) << "whoever starts it may have seen to what hindered it";
}

// ---- Missing nothing

TEST_F(LinkKeeperStory, WhatASideMayHaveMissedIsComparedAtOnce) {
  const std::string contact = AddContact(1);
  const std::string customer = AddCustomer(1);
  Start();
  keeper_.Start();
  Pass(minutes(1));
  ASSERT_EQ(LinkCount(), 1U);
  forgets_ = true;
  customers_.Edit(customer, {{"company", "Babbage"}});
  Pass(minutes(1));
  EXPECT_FALSE(forgets_);
  EXPECT_EQ(CompanyOfContact(contact), "Babbage") << "and not only the next night";
}

TEST_F(LinkKeeperStory, AGapInEventsIsFollowedByAComparison) {
  Start();
  keeper_.Start();
  Pass(minutes(1));
  const auto compared_at = Progress().compared_at;
  ASSERT_TRUE(compared_at);
  ASSERT_THAT(two_way_.CompareAfterGap(account_), IsOk());
  Pass(minutes(1));
  ASSERT_TRUE(Progress().compared_at);
  EXPECT_GT(*Progress().compared_at, *compared_at);
}

TEST_F(LinkKeeperStory, AnEditWakesItsLinkAlthoughTheStoreFailsInBetween) {
  const std::string contact = AddContact(1);
  const std::string customer = AddCustomer(1);
  Start();
  keeper_.Start();
  Pass(minutes(1));
  ports::LinkCommit refused;
  refused.place = place_;
  refused.link = links_.Holding(place_, Side::kB, customer).value().value();
  refused.link->standing = ports::LinkStanding::kParked;
  refused.link->code = "LINK_VALUE_REFUSED";
  ASSERT_THAT(links_.Commit(refused), IsOk());
  links_.hooks.fate = [failed = false](std::string_view call, bool) mutable {
    const bool fails = call == "Commit" && !std::exchange(failed, true);
    return fails ? Fate::kUnavailable : Fate::kDone;
  };
  customers_.Edit(customer, {{"company", "Babbage"}});
  Pass(minutes(2));
  EXPECT_EQ(CompanyOfContact(contact), "Babbage");
}

TEST_F(LinkKeeperStory, ABacklogDoesNotHoldUpAnEdit) {
  const ports::Sync sync = Start();
  std::vector<ports::Hint> backlog;
  for (int person = 0; person < 3; ++person)
    backlog.push_back(syncs::MakeHint(Side::kA, AddContact(person), "first", clock.Now()));
  ASSERT_THAT(links_.Add(place_, backlog), IsOk());
  contacts_.hooks.before = [this](std::string_view call) {
    if (call == "Read") clock.Advance(seconds(1));  // it waits for quota
  };
  const auto scene = scenes_.Of(sync);
  ASSERT_THAT(scene, IsOk());
  const auto always = [] { return true; };
  const auto left = [&] { return links_.Due(place_, clock.Now(), 10).value(); };
  ASSERT_TRUE(turn_.Run(**scene, sync, always).value());
  EXPECT_THAT(left(), SizeIs(2)) << "a turn ends before the next of them";
  ASSERT_THAT(links_.Add(place_, {syncs::MakeHint(Side::kA, AddContact(7), "event", clock.Now())}),
              IsOk());
  ASSERT_TRUE(turn_.Run(**scene, sync, always).value());
  EXPECT_THAT(left(), SizeIs(2));
  for (const ports::Hint& hint : left()) EXPECT_EQ(hint.reason, "first");
}

// ---- What they share

TEST_F(LinkKeeperStory, WhoeverDrivesASyncSharesItsSides) {
  const ports::Sync sync = Start();
  std::shared_ptr<const syncs::SyncScene> of_turn;
  making_ = [&] { of_turn = scenes_.Of(sync).value(); };
  const auto of_comparison = scenes_.Of(sync);
  ASSERT_THAT(of_comparison, IsOk());
  EXPECT_EQ(*of_comparison, of_turn) << "both began at the same moment";
  EXPECT_EQ(scenes_.Of(sync).value(), of_turn);
}

TEST_F(LinkKeeperStory, AnAccountAmongHundredsHearsOfItsContacts) {
  Start();
  for (int number = 0; number < 250; ++number) {
    ports::Account other = account_;
    clock.Advance(seconds(1));
    other.id = ids.Next<AccountTag>(clock.Now());
    other.external_id = "other " + std::to_string(number);
    other.webhook = {};
    ASSERT_THAT(accounts.Insert(other), IsOk());
  }
  EXPECT_THAT(two_way_.WantedEvents(account_).value(), Contains("io.aircall.contact.updated"));
}

}  // namespace
}  // namespace sb::app
