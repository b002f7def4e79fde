// Two-way syncs as their owner meets them: what may be deployed, what a new version changes, and
// what is left behind when one is deleted.
#include "engine/syncs/two_way_syncs.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/adapters/jq/jq_expressions.h"
#include "engine/syncs/link_worker.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_link_store.h"
#include "tests/support/fake_record_side.h"
#include "tests/support/lent_record_side.h"
#include "tests/support/matchers.h"
#include "tests/support/memory_account_store.h"
#include "tests/support/memory_event_feed.h"
#include "tests/support/memory_sync_store.h"

namespace sb::syncs {
namespace {

using core::twoway::Definition;
using core::twoway::Side;
using ports::LinkStanding;
using ports::SyncState;
using testing::FailsWith;
using testing::FakeRecordSide;
using testing::Fate;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using ::testing::SizeIs;

constexpr Slot kOwnSlot = 3;

/// A definition of the sync; `company` is how its field is mapped in the CRM, with its rule.
std::string YamlOf(const std::string& version, const std::string& company) {
  return "sync: { namespace: acme, name: customers, version: '" + version + R"(' }
between:
  aircall: { connector: aircall, object: contact }
  crm: { connector: postgres, table: public.customers, key: id }
match: [phone]
deletes:
  policy: delete
  brake: { count: 2, percent: 0 }
fields:
  - { aircall: company_name, crm: )" +
         company + R"( }
  - { aircall: phone_number, crm: phone, as: phone }
)";
}

FakeRecordSide::Options ShapedLike(const char* prefix, const std::vector<std::string>& fields) {
  FakeRecordSide::Options options;
  options.prefix = prefix;
  for (const std::string& field : fields) options.shape[field].type = "text";
  return options;
}

/// A side that has something to say about itself.
class AdvisedSide : public testing::LentRecordSide {
 public:
  AdvisedSide(ports::RecordSide& side, const std::vector<ports::SideProblem>& says)
      : LentRecordSide(side), says_(says) {}

  Result<std::vector<ports::SideProblem>> Check(const std::vector<std::string>& read,
                                                const std::vector<std::string>& written) override {
    auto problems = LentRecordSide::Check(read, written);
    if (problems.ok()) problems->insert(problems->begin(), says_.begin(), says_.end());
    return problems;
  }

 private:
  const std::vector<ports::SideProblem>& says_;
};

class TwoWaySyncsStory : public ::testing::Test {
 protected:
  TwoWaySyncsStory() {
    core::twoway::RecordKind& contact = catalog_["aircall"]["contact"];
    contact.name = "contact";
    contact.fields["company_name"].type = "text";
    contact.fields["phone_number"].type = "text";
    account_.id = AccountId(1001);
    account_.slot = kOwnSlot;
    account_.tenant = "acme";
    account_.connector = "aircall";
    account_.state = ports::AccountState::kActive;
    EXPECT_THAT(accounts_.Insert(account_), IsOk());
    const auto made_or_taken = [this](std::string_view call) {
      if (call == "Dismantle") ++dismantled_;
    };
    customers_.hooks.before = made_or_taken;
  }

  Result<MadeSide> Made(const SideWish& wish) {
    MadeSide made;
    if (wish.side == Side::kA)
      made.records = std::make_unique<testing::LentRecordSide>(contacts_);
    else
      made.records = std::make_unique<AdvisedSide>(customers_, advice_);
    return made;
  }

  Definition Read(const std::string& yaml) {
    auto outcome = core::twoway::ParseDefinition(yaml, catalog_, &expressions_);
    EXPECT_TRUE(outcome.definition) << (outcome.errors.empty() ? "" : outcome.errors[0].message);
    return outcome.definition.value_or(Definition());
  }

  Result<ports::Sync> Deploy(const std::string& version = "1.0.0",
                             const std::string& company = "company") {
    const std::string yaml = YamlOf(version, company);
    const Definition definition = Read(yaml);
    auto sync = two_way_.Deploy(account_, definition, yaml);
    if (sync.ok()) place_ = PlaceOf(*sync);
    return sync;
  }

  /// Carries out everything that is due.
  void WorkOff(const ports::Sync& sync) {
    const auto scene = scenes_.Of(sync);
    ASSERT_THAT(scene, IsOk());
    LinkWorker worker({links_, clock_, [this] { return ++next_id_; }});
    for (int hints = 0; hints < 100; ++hints) {
      const auto due = links_.Due(place_, clock_.Now(), 1);
      ASSERT_THAT(due, IsOk());
      if (due->empty()) return;
      ASSERT_THAT(worker.Work((*scene)->At(place_), due->front(), core::quota::Lane::kSync),
                  IsOk());
    }
    FAIL() << "it never comes to rest";
  }

  void Tell(Side side, const std::string& key, bool gone = false) {
    ports::Hint hint;
    hint.side = side;
    hint.key = key;
    hint.reason = "event";
    hint.gone = gone;
    hint.first_at = clock_.Now();
    hint.due_at = clock_.Now();
    ASSERT_THAT(links_.Add(place_, {hint}), IsOk());
  }

  std::string AddContact(int person) {
    return contacts_.Add({{"company_name", "Acme"}, {"phone_number", PhoneOf(person)}});
  }

  std::string AddCustomer(int person) {
    return customers_.Add({{"company", "Acme"}, {"phone", PhoneOf(person)}});
  }

  static std::string PhoneOf(int person) { return "+3314268" + std::to_string(5300 + person); }

  testing::FakeClock clock_;
  IdGenerator ids_{1};
  std::int64_t next_id_ = 0;
  const adapters::jq::JqExpressions expressions_;
  core::twoway::RecordCatalog catalog_;
  ports::Account account_;
  testing::MemoryAccountStore accounts_;
  testing::MemorySyncStore syncs_;
  testing::FakeLinkStore links_{clock_};
  testing::MemoryDatabase database_;
  testing::MemoryEventFeed feed_{database_};
  FakeRecordSide contacts_{ShapedLike("a", {"company_name", "phone_number"}), clock_};
  FakeRecordSide customers_{ShapedLike("b", {"company", "org", "phone"}), clock_};
  std::vector<ports::SideProblem> advice_;
  int dismantled_ = 0;
  ports::LinkPlace place_;
  SceneBook scenes_{{catalog_, accounts_, expressions_, nullptr,
                     [this](const SideWish& wish) { return Made(wish); },
                     [](const ports::Account&) { return std::string("FR"); }}};
  TwoWaySyncs two_way_{{.syncs = syncs_,
                        .links = links_,
                        .accounts = accounts_,
                        .feed = feed_,
                        .clock = clock_,
                        .ids = ids_,
                        .catalog = catalog_,
                        .scenes = scenes_,
                        .our_slots = [] { return std::vector<Slot>{kOwnSlot}; }}};
};

// ---- Deploying

TEST_F(TwoWaySyncsStory, AdviceHindersNeitherAPlanNorADeployment) {
  advice_ = {{"LINK_INDEX_MISSING", "updated_at", "make an index", true}};
  AddContact(1);
  const auto plan = two_way_.Plan(account_, Read(YamlOf("1.0.0", "company")));
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->creates_b, 1) << "it is whole";
  ASSERT_THAT(plan->problems_b, SizeIs(1));
  EXPECT_TRUE(plan->problems_b[0].advice);
  EXPECT_THAT(Deploy(), IsOk());
}

TEST_F(TwoWaySyncsStory, WhatHindersIsToldWhateverAdviceThereIs) {
  advice_ = {{"LINK_INDEX_MISSING", "updated_at", "make an index", true},
             {"LINK_PRIVILEGE_MISSING", "company", "grant it"}};
  const auto plan = two_way_.Plan(account_, Read(YamlOf("1.0.0", "company")));
  ASSERT_THAT(plan, IsOk());
  ASSERT_THAT(plan->problems_b, SizeIs(2));
  EXPECT_FALSE(plan->problems_b[0].advice);
  const auto deployed = Deploy();
  ASSERT_THAT(deployed, FailsWith(ErrorKind::kInvalid, "LINK_SIDE_UNFIT"));
  EXPECT_THAT(deployed.error().message, HasSubstr("LINK_PRIVILEGE_MISSING"));
}

TEST_F(TwoWaySyncsStory, APlanThatNobodyWaitsForReadsNoFurther) {
  AddContact(1);
  int pages = 0;
  contacts_.hooks.before = [&](std::string_view call) { pages += call == "Scan" ? 1 : 0; };
  const auto plan = two_way_.Plan(account_, Read(YamlOf("1.0.0", "company")), [] { return true; });
  EXPECT_THAT(plan, FailsWith(ErrorKind::kCancelled, "CALL_ABANDONED"));
  EXPECT_EQ(pages, 0);
}

TEST_F(TwoWaySyncsStory, APairThatOnlyAsksIsNotToldToBeTheSame) {
  AddContact(1);
  customers_.Add({{"company", "Other"}, {"phone", PhoneOf(1)}});
  const auto plan = two_way_.Plan(account_, Read(YamlOf("1.0.0", "company, conflict: ask")));
  ASSERT_THAT(plan, IsOk());
  EXPECT_EQ(plan->linked, 1);
  EXPECT_EQ(plan->questions, 1);
  EXPECT_EQ(plan->equal, 0);
  ASSERT_THAT(plan->samples, SizeIs(1));
  EXPECT_EQ(plan->samples[0].what, "update");
}

// ---- A new version

TEST_F(TwoWaySyncsStory, AFieldThatIsMappedToAnotherColumnFillsThatColumn) {
  const auto first = Deploy();
  ASSERT_THAT(first, IsOk());
  const std::string contact = AddContact(1);
  const std::string customer = AddCustomer(1);
  Tell(Side::kA, contact);
  WorkOff(*first);
  const auto writes = contacts_.WritesOfOurs();

  const auto second = Deploy("2.0.0", "org");
  ASSERT_THAT(second, IsOk());
  Tell(Side::kB, customer);
  WorkOff(*second);
  EXPECT_EQ(contacts_.WritesOfOurs(), writes) << "an empty column is no edit";
  EXPECT_EQ((*contacts_.Now(contact))["company_name"], "Acme");
  EXPECT_EQ((*customers_.Now(customer))["org"], "Acme");
  EXPECT_EQ((*customers_.Now(customer))["company"], "Acme") << "what was before stays";
}

TEST_F(TwoWaySyncsStory, WhatDoesNotAskAnyMoreWaitsForNobody) {
  const auto first = Deploy("1.0.0", "company, conflict: ask");
  ASSERT_THAT(first, IsOk());
  const std::string contact = AddContact(1);
  customers_.Add({{"company", "Other"}, {"phone", PhoneOf(1)}});
  Tell(Side::kA, contact);
  WorkOff(*first);
  ASSERT_EQ(links_.Count(place_)->open_conflicts, 1);

  const auto second = Deploy("2.0.0", "company, conflict: aircall");
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(links_.Count(place_)->open_conflicts, 0);
}

// ---- Deletes that are held

TEST_F(TwoWaySyncsStory, DeletesThatWereApprovedGoAndThoseOfLaterWait) {
  const auto sync = Deploy();
  ASSERT_THAT(sync, IsOk());
  std::vector<std::string> contacts;
  for (int person = 0; person < 6; ++person) {
    contacts.push_back(AddContact(person));
    AddCustomer(person);
    Tell(Side::kA, contacts.back());
  }
  WorkOff(*sync);
  for (int person = 0; person < 5; ++person) {
    contacts_.Remove(contacts[static_cast<std::size_t>(person)]);
    Tell(Side::kA, contacts[static_cast<std::size_t>(person)], true);
  }
  WorkOff(*sync);
  ASSERT_THAT(customers_.All(), SizeIs(4)) << "two go before the brake is on";
  auto standing = two_way_.Standing(*sync);
  ASSERT_THAT(standing, IsOk());
  EXPECT_EQ(standing->counts.deletes_held, 3);
  EXPECT_TRUE(standing->deletes_held_b);

  ASSERT_THAT(two_way_.ApproveDeletes(*sync, Side::kB, "Ana"), IsOk());
  WorkOff(*sync);
  EXPECT_THAT(customers_.All(), SizeIs(1));
  EXPECT_EQ(two_way_.Standing(*sync)->counts.deletes_held, 0);

  contacts_.Remove(contacts[5]);
  Tell(Side::kA, contacts[5], true);
  WorkOff(*sync);
  EXPECT_THAT(customers_.All(), SizeIs(1)) << "nobody approved that one";
  EXPECT_TRUE(two_way_.Standing(*sync)->deletes_held_b);
}

TEST_F(TwoWaySyncsStory, AnApprovalForTheOtherSideLetsNothingGo) {
  const auto sync = Deploy();
  ASSERT_THAT(sync, IsOk());
  std::vector<std::string> contacts;
  for (int person = 0; person < 4; ++person) {
    contacts.push_back(AddContact(person));
    AddCustomer(person);
    Tell(Side::kA, contacts.back());
  }
  WorkOff(*sync);
  for (const std::string& contact : contacts) {
    contacts_.Remove(contact);
    Tell(Side::kA, contact, true);
  }
  WorkOff(*sync);
  ASSERT_THAT(customers_.All(), SizeIs(2));
  ASSERT_THAT(two_way_.ApproveDeletes(*sync, Side::kA, "Ana"), IsOk());
  WorkOff(*sync);
  EXPECT_THAT(customers_.All(), SizeIs(2));
  EXPECT_EQ(two_way_.Standing(*sync)->counts.deletes_held, 2) << "they wait on";
}

// ---- How far it is

TEST_F(TwoWaySyncsStory, AReadingSaysWhenItWillBeThrough) {
  const auto sync = Deploy();
  ASSERT_THAT(sync, IsOk());
  ports::LinkProgress progress;
  progress.place = place_;
  progress.scanning = Side::kB;
  progress.scan_begun_at = clock_.Now() - std::chrono::hours(3);
  progress.side_begun_at = clock_.Now() - std::chrono::minutes(10);
  progress.scan_seen = 250;
  progress.scan_total = 1000;
  const auto stored = links_.Progress(place_);
  if (stored.ok() && *stored) progress.step = (*stored)->step;
  ASSERT_THAT(links_.SaveProgress(progress, {}), IsOk());

  const auto standing = two_way_.Standing(*sync);
  ASSERT_THAT(standing, IsOk());
  EXPECT_DOUBLE_EQ(standing->percent.value_or(0), 62.5) << "one side, and a quarter of the other";
  EXPECT_DOUBLE_EQ(standing->side_minutes_left.value_or(0), 30) << "at the pace of this side";
}

// ---- Deleting a sync

TEST_F(TwoWaySyncsStory, TheTriggerGoesAlthoughTheAccountIsDisconnected) {
  const auto sync = Deploy();
  ASSERT_THAT(sync, IsOk());
  account_.state = ports::AccountState::kDisconnected;
  ASSERT_THAT(accounts_.Update(account_), IsOk());
  const auto deleted = two_way_.SetState(account_.id, sync->id, SyncState::kDeleted);
  ASSERT_THAT(deleted, IsOk());
  EXPECT_EQ(dismantled_, 1);
  EXPECT_EQ(deleted->reason, "");
  two_way_.DismantleLeft();
  EXPECT_EQ(dismantled_, 1) << "nothing is left";
}

TEST_F(TwoWaySyncsStory, ATriggerThatCannotBeTakenAwayNowIsLater) {
  const auto sync = Deploy();
  ASSERT_THAT(sync, IsOk());
  customers_.hooks.fate = [](std::string_view call, bool) {
    return call == "Dismantle" ? Fate::kUnavailable : Fate::kDone;
  };
  const auto deleted = two_way_.SetState(account_.id, sync->id, SyncState::kDeleted);
  ASSERT_THAT(deleted, IsOk());
  EXPECT_EQ(deleted->reason, ports::kSyncSideLeft);
  two_way_.DismantleLeft();
  EXPECT_EQ(dismantled_, 2);
  customers_.hooks.fate = nullptr;
  two_way_.DismantleLeft();
  two_way_.DismantleLeft();
  EXPECT_EQ(dismantled_, 3);
  EXPECT_EQ(syncs_.Get(account_.id, sync->id)->reason, "");
}

TEST_F(TwoWaySyncsStory, WhoeverHasTheNameNowKeepsItsTrigger) {
  const auto first = Deploy();
  ASSERT_THAT(first, IsOk());
  customers_.hooks.fate = [](std::string_view call, bool) {
    return call == "Dismantle" ? Fate::kUnavailable : Fate::kDone;
  };
  ASSERT_THAT(two_way_.SetState(account_.id, first->id, SyncState::kDeleted), IsOk());
  customers_.hooks.fate = nullptr;
  ASSERT_THAT(Deploy("2.0.0"), IsOk());
  const int before = dismantled_;
  two_way_.DismantleLeft();
  EXPECT_EQ(dismantled_, before);
}

// ---- Explaining

TEST_F(TwoWaySyncsStory, ARecordThatWaitsIsFoundHoweverManyOthersDo) {
  const auto sync = Deploy();
  ASSERT_THAT(sync, IsOk());
  constexpr int kOthers = 1200;
  ports::LinkCommit commit;
  commit.place = place_;
  for (int i = 0; i <= kOthers; ++i) {
    ports::LinkConflict waits;
    waits.id = ports::ConflictId(++next_id_);
    waits.key = "a" + std::to_string(i);
    waits.code = "LINK_AMBIGUOUS";
    waits.at = clock_.Now();
    commit.conflicts.push_back(waits);
  }
  ASSERT_THAT(links_.Commit(commit), IsOk());
  const auto answers = two_way_.Explain(*sync, {}, "a0");
  ASSERT_THAT(answers, IsOk());
  ASSERT_THAT(*answers, SizeIs(1)) << "the oldest of them all";
  EXPECT_EQ(answers->front().conflicts.front().key, "a0");
  EXPECT_THAT(two_way_.Explain(*sync, Side::kB, "a0").value(), IsEmpty());
}

}  // namespace
}  // namespace sb::syncs
