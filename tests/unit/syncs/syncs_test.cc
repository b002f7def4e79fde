#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/syncs/choices.h"
#include "engine/syncs/comparison.h"
#include "engine/syncs/link_job.h"
#include "engine/syncs/link_plan.h"
#include "engine/syncs/link_worker.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_link_store.h"
#include "tests/support/fake_record_side.h"

namespace sb::syncs {
namespace {

using namespace std::chrono_literals;
using core::twoway::Definition;
using core::twoway::Field;
using core::twoway::FieldLimits;
using core::twoway::Shape;
using core::twoway::Side;
using testing::FakeRecordSide;
using Outcome = LinkWorker::Outcome;

FieldLimits Limits(const char* type) {
  FieldLimits limits;
  limits.type = type;
  return limits;
}

Field Mapped(const char* a, const char* b, Shape shape) {
  Field field;
  field.name = a;
  field.a.names = {a};
  field.b.names = {b};
  field.shape = shape;
  return field;
}

/// Aircall's contacts and a CRM's customers, by phone.
Definition Customers() {
  Definition definition;
  definition.head.workspace = "acme";
  definition.head.name = "customers";
  definition.head.version = "1.0.0";
  definition.a.name = "aircall";
  definition.b.name = "crm";
  definition.match = {core::twoway::MatchBy::kPhone};
  definition.fields = {Mapped("company_name", "company", Shape::kText),
                       Mapped("phone_number", "phone", Shape::kPhone)};
  return definition;
}

/// A side with records that it keeps to itself, or that somebody edits all the time.
class DifficultSide : public FakeRecordSide {
 public:
  using FakeRecordSide::FakeRecordSide;

  std::set<std::string> forbidden;      ///< Records that it does not give.
  bool is_edited_all_the_time = false;  ///< No update finds what it expects.
  std::size_t strangers = 0;            ///< So many are found beside those that are asked for.

  Result<std::optional<ports::SideRecord>> Read(const std::string& key,
                                                core::quota::Lane lane) override {
    if (forbidden.contains(key)) return Forbidden("FAKE_FORBIDDEN", "the contact of somebody else");
    return FakeRecordSide::Read(key, lane);
  }

  Result<ports::SideWritten> Update(const ports::SideWrite& write,
                                    core::quota::Lane lane) override {
    if (!is_edited_all_the_time) return FakeRecordSide::Update(write, lane);
    ports::SideWritten written;
    written.moved = true;
    written.record = RecordNow(write.key);
    return written;
  }

  Result<std::vector<ports::SideRecord>> Find(const core::twoway::MatchKey& key,
                                              core::quota::Lane lane) override {
    auto found = FakeRecordSide::Find(key, lane);
    for (std::size_t i = 0; found.ok() && i < strangers; ++i) {
      ports::SideRecord stranger;
      stranger.key = "stranger" + std::to_string(i);
      stranger.native = {{"phone", "+44142685300"}};
      found->push_back(std::move(stranger));
    }
    return found;
  }
};

class SyncsTest : public ::testing::Test {
 protected:
  SyncsTest() : store(clock) { Follow(Customers()); }

  /// Two empty sides, kept the same by this definition.
  void Follow(Definition definition) {
    FakeRecordSide::Options contacts;
    contacts.shape = {{"company_name", Limits("text")}, {"phone_number", Limits("text")}};
    contacts.prefix = "a";
    FakeRecordSide::Options customers;
    customers.shape = {{"company", Limits("text")}, {"phone", Limits("text")}};
    customers.prefix = "b";
    MadeSide made_a;
    made_a.records = std::make_unique<DifficultSide>(contacts, clock);
    MadeSide made_b;
    made_b.records = std::make_unique<DifficultSide>(customers, clock);
    a = static_cast<DifficultSide*>(made_a.records.get());
    b = static_cast<DifficultSide*>(made_b.records.get());
    scene =
        std::make_unique<SyncScene>(std::move(definition), std::move(made_a), std::move(made_b));
    EXPECT_TRUE(scene->Measure("FR", {}).ok());
  }

  Result<Outcome> Work(const ports::Hint& hint) {
    LinkWorker worker({store, clock, [this] { return ++ids; }});
    return worker.Work(scene->At(place), hint, core::quota::Lane::kSync);
  }

  void Hint(Side side, const std::string& key) {
    ports::Hint hint;
    hint.side = side;
    hint.key = key;
    hint.reason = "event";
    hint.first_at = clock.Now();
    hint.due_at = clock.Now();
    EXPECT_TRUE(store.Add(place, {hint}).ok());
  }

  std::vector<ports::Hint> Due() {
    auto due = store.Due(place, clock.Now(), 10);
    EXPECT_TRUE(due.ok());
    return due.ok() ? *std::move(due) : std::vector<ports::Hint>();
  }

  /// A record of that side changed; everything that follows from it.
  Outcome Told(Side side, const std::string& key) {
    Hint(side, key);
    for (const ports::Hint& hint : Due()) {
      if (hint.side != side || hint.key != key) continue;
      const auto outcome = Work(hint);
      EXPECT_TRUE(outcome.ok());
      return outcome.ok() ? *outcome : Outcome::kHindered;
    }
    ADD_FAILURE() << "its link waits for a person";
    return Outcome::kHindered;
  }

  /// A contact and a customer that are one, linked.
  std::pair<std::string, std::string> LinkedPair(const std::string& company) {
    const std::string contact = a->Add({{"company_name", company}, {"phone_number", kPhoneOfAda}});
    const std::string customer = b->Add({{"company", company}, {"phone", kPhoneOfAda}});
    EXPECT_EQ(Told(Side::kA, contact), Outcome::kQuiet);
    return {contact, customer};
  }

  ports::Link LinkOf(Side side, const std::string& key) {
    const auto link = store.Holding(place, side, key);
    EXPECT_TRUE(link.ok() && *link);
    return link.ok() && *link ? **link : ports::Link();
  }

  std::vector<ports::LinkConflict> Open() {
    ports::ConflictQuery query;
    query.open = true;
    auto open = store.Conflicts(place, query);
    EXPECT_TRUE(open.ok());
    return open.ok() ? *std::move(open) : std::vector<ports::LinkConflict>();
  }

  /// The link waits for a person for this reason.
  ports::ConflictId Park(ports::Link link, const std::string& code) {
    link.standing = ports::LinkStanding::kParked;
    link.code = code;
    ports::LinkConflict conflict;
    conflict.id = ports::ConflictId(++ids);
    conflict.link = link.id;
    conflict.key = link.state.key_a;
    conflict.code = code;
    conflict.b = {{"company", "Acme"}};
    ports::LinkCommit commit;
    commit.place = place;
    commit.link = std::move(link);
    commit.conflicts = {conflict};
    EXPECT_TRUE(store.Commit(commit).ok());
    return conflict.id;
  }

  /// A value of the company that gave way.
  ports::ConflictId Overwritten(const ports::Link& link) {
    ports::LinkConflict conflict;
    conflict.id = ports::ConflictId(++ids);
    conflict.link = link.id;
    conflict.key = link.state.key_a;
    conflict.code = kFieldOverwritten;
    conflict.field = "company_name";
    conflict.a = "Lost";
    conflict.b = "Stands";
    conflict.open = false;
    ports::LinkCommit commit;
    commit.place = place;
    commit.conflicts = {conflict};
    EXPECT_TRUE(store.Commit(commit).ok());
    return conflict.id;
  }

  /// "": it was accepted.
  std::string Chosen(ports::ConflictId id, Choice::What what, const Json& value = {}) {
    Choices choices({store, clock, [this] { return ++ids; }});
    Choice choice;
    choice.what = what;
    choice.value = value;
    const auto resolved = choices.Resolve(place, *scene, id, choice, "ops");
    return resolved.ok() ? "" : resolved.error().code;
  }

  static constexpr const char* kPhoneOfAda = "+33142685300";

  testing::FakeClock clock;
  testing::FakeLinkStore store;
  ports::LinkPlace place{1, AccountId(1), ports::SyncId(1)};
  DifficultSide* a = nullptr;
  DifficultSide* b = nullptr;
  std::unique_ptr<SyncScene> scene;
  std::int64_t ids = 0;
};

/// What is told of one contact.
class HeardRecordsTest : public ::testing::Test {
 protected:
  void Put(const char* company, std::chrono::seconds as_of, std::chrono::seconds at) {
    const ports::SideRecord told{"a1", {{"company_name", company}}, std::nullopt};
    heard_.Put(kSync, Side::kA, "a1", told, kBegin + as_of, kBegin + at);
  }

  /// The company that is taken as told; "": it is read.
  std::string Taken(std::chrono::seconds first_at, std::chrono::seconds now) {
    const auto record = heard_.Take(kSync, Side::kA, "a1", kBegin + first_at, kBegin + now);
    return record ? TextMember(record->native, "company_name") : "";
  }

  const ports::SyncId kSync{1};
  const WallTime kBegin = sb::testing::kStoryTime;
  HeardRecords heard_;
};

TEST_F(HeardRecordsTest, SpareAReadOnceAndForATellingThatComesTwice) {
  Put("Acme", 9s, 10s);
  EXPECT_EQ(Taken(10s, 11s), "Acme");
  EXPECT_EQ(Taken(10s, 11s), "");
  Put("Acme", 9s, 12s);
  EXPECT_EQ(Taken(12s, 12s), "Acme");
  Put("Acme", 9s, 13s);
  EXPECT_EQ(Taken(13s, 44s), "") << "that was long ago";
}

TEST_F(HeardRecordsTest, SpareNoReadOfARecordThatWasToldOfBefore) {
  Put("Acme", 9s, 10s);
  EXPECT_EQ(Taken(5s, 10s), "") << "the hint stands for something else as well";
}

TEST_F(HeardRecordsTest, TakeNoTellingThatAnotherOneMayHaveOvertaken) {
  Put("New", 20s, 21s);
  EXPECT_EQ(Taken(21s, 21s), "New");
  Put("Old", 15s, 40s);
  EXPECT_EQ(Taken(40s, 40s), "") << "it is the older one, which came later";
  Put("Older", 10s, 300s);
  EXPECT_EQ(Taken(300s, 300s), "") << "it was under way for too long";
}

TEST_F(HeardRecordsTest, MakeRoomOfWhatIsOld) {
  Put("Acme", 9s, 10s);
  const ports::SideRecord other{"", {{"company_name", "Other"}}, std::nullopt};
  for (std::size_t i = 1; i <= HeardRecords::kMostHeard; ++i)
    heard_.Put(kSync, Side::kB, std::to_string(i), other, kBegin, kBegin);
  Put("Bright", 300s, 300s);
  EXPECT_EQ(Taken(300s, 300s), "Bright");
}

TEST_F(HeardRecordsTest, TakeNoTellingFromBeforeTheSyncWasFollowed) {
  heard_.Follow(kSync, kBegin + 20s);
  Put("Acme", 19s, 21s);
  EXPECT_EQ(Taken(21s, 21s), "");
  Put("Bright", 60s, 61s);
  EXPECT_EQ(Taken(61s, 61s), "Bright");
}

TEST_F(SyncsTest, ARecordWithoutCounterpartIsMadeOnTheOtherSide) {
  const std::string key = a->Add({{"company_name", "Acme"}, {"phone_number", "+33142685300"}});
  EXPECT_EQ(Told(Side::kA, key), Outcome::kSettled);
  const auto made = b->All();
  ASSERT_EQ(made.size(), 1U);
  EXPECT_EQ(made.begin()->second["company"], "Acme");
}

TEST_F(SyncsTest, AnEditReachesTheOtherSideAndItsEchoNothing) {
  const std::string contact = a->Add({{"company_name", "Old"}, {"phone_number", "+33142685300"}});
  const std::string customer = b->Add({{"company", "Old"}, {"phone", "+33142685300"}});
  EXPECT_EQ(Told(Side::kA, contact), Outcome::kQuiet);
  clock.Advance(std::chrono::minutes(1));
  b->Edit(customer, {{"company", "New"}});
  EXPECT_EQ(Told(Side::kB, customer), Outcome::kSettled);
  EXPECT_EQ((*a->Now(contact))["company_name"], "New");
  const auto writes = a->WritesOfOurs() + b->WritesOfOurs();
  EXPECT_EQ(Told(Side::kA, contact), Outcome::kQuiet);
  EXPECT_EQ(a->WritesOfOurs() + b->WritesOfOurs(), writes);
}

TEST_F(SyncsTest, TwoThatFitWaitForAPerson) {
  const std::string contact = a->Add({{"phone_number", "+33142685300"}});
  b->Add({{"company", "One"}, {"phone", "+33142685300"}});
  b->Add({{"company", "Two"}, {"phone", "+33142685300"}});
  EXPECT_EQ(Told(Side::kA, contact), Outcome::kParked);
  const auto counts = store.Count(place);
  ASSERT_TRUE(counts.ok());
  EXPECT_EQ(counts->open_conflicts, 1);
  EXPECT_EQ(a->WritesOfOurs() + b->WritesOfOurs(), 0);
}

TEST_F(SyncsTest, ACreateWhoseAnswerWasLostIsNotMadeTwice) {
  const std::string key = a->Add({{"company_name", "Acme"}, {"phone_number", "+33142685300"}});
  b->hooks.fate = [](std::string_view call, bool) {
    return call == "Create" ? testing::Fate::kLost : testing::Fate::kDone;
  };
  EXPECT_EQ(Told(Side::kA, key), Outcome::kHindered);
  b->hooks.fate = nullptr;
  clock.Advance(std::chrono::minutes(5));
  EXPECT_EQ(Told(Side::kA, key), Outcome::kSettled);
  EXPECT_EQ(b->All().size(), 1U);
}

TEST_F(SyncsTest, APairWhoseCreateNeverHappenedIsMergedForTheFirstTime) {
  Definition definition = Customers();
  definition.fields[0].direction = core::twoway::Direction::kToB;
  Follow(definition);
  const std::string customer = b->Add({{"company", "Theirs"}, {"phone", kPhoneOfAda}});
  a->hooks.fate = [](std::string_view call, bool) {
    return call == "Create" ? testing::Fate::kUnavailable : testing::Fate::kDone;
  };
  EXPECT_EQ(Told(Side::kB, customer), Outcome::kHindered);
  a->hooks.fate = nullptr;
  a->Add({{"company_name", "Ours"}, {"phone_number", kPhoneOfAda}});
  clock.Advance(std::chrono::minutes(5));

  EXPECT_EQ(Told(Side::kB, customer), Outcome::kSettled);
  EXPECT_EQ((*b->Now(customer))["company"], "Ours");
  const auto lost = store.Conflicts(place, {});
  ASSERT_TRUE(lost.ok());
  ASSERT_EQ(lost->size(), 1U) << "nobody edited it, but it is gone";
  EXPECT_EQ(lost->front().b, "Theirs");
  EXPECT_EQ(lost->front().rule, "one_way");
}

TEST_F(SyncsTest, APlanCountsAndWritesNothing) {
  a->Add({{"company_name", "Same"}, {"phone_number", "+33142685300"}});
  b->Add({{"company", "Same"}, {"phone", "+33142685300"}});
  a->Add({{"company_name", "Only in Aircall"}, {"phone_number", "+33142685301"}});
  b->Add({{"phone", "+33142685302"}});
  a->Add({{"company_name", "Filled"}, {"phone_number", "+33142685302"}});
  const auto plan = PlanLinks({*scene, store, std::nullopt, 60.0, clock.Now()});
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->linked, 2);
  EXPECT_EQ(plan->equal, 1);
  EXPECT_EQ(plan->updates_b, 1);
  EXPECT_EQ(plan->creates_b, 1);
  EXPECT_EQ(plan->creates_a, 0);
  EXPECT_TRUE(plan->minutes.has_value());
  EXPECT_EQ(a->WritesOfOurs() + b->WritesOfOurs(), 0);
  const auto counts = store.Count(place);
  EXPECT_TRUE(counts.ok() && counts->active == 0);
}

TEST_F(SyncsTest, APlanLeavesWhatWasPartedAsItIs) {
  const auto [contact, customer] = LinkedPair("Acme");
  const ports::Link link = LinkOf(Side::kA, contact);
  Park(link, "LINK_VALUE_REFUSED");
  a->Remove(contact);
  const auto gone = Park(LinkOf(Side::kA, contact), kDeleteConflict);
  ASSERT_EQ(Chosen(gone, Choice::What::kIgnore), "");
  const auto plan = PlanLinks({*scene, store, place, 60.0, clock.Now()});
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->creates_a, 0);
  EXPECT_EQ(plan->skipped, 1);
  ASSERT_EQ(plan->samples.size(), 1U);
  EXPECT_EQ(plan->samples.front().key_b, customer);
  EXPECT_EQ(plan->samples.front().code, "LINK_TOMBSTONED");
}

TEST_F(SyncsTest, EqualPairsAreLinkedFromThePagesAlone) {
  for (int i = 0; i < 20; ++i) {
    const std::string phone = "+331426853" + std::to_string(10 + i);
    a->Add({{"company_name", "Same"}, {"phone_number", phone}});
    b->Add({{"company", "Same"}, {"phone", phone}});
  }
  int reads = 0;
  a->hooks.before = [&](std::string_view call) { reads += call == "Scan" ? 0 : 1; };
  Metrics metrics;
  HeardRecords heard;
  Comparison comparison({store, clock, [this] { return ++ids; }, metrics, heard});
  for (bool more = true; more;) {
    const auto step = comparison.Step(*scene, place);
    ASSERT_TRUE(step.ok());
    more = *step;
  }
  EXPECT_EQ(reads, 0);
  const auto counts = store.Count(place);
  ASSERT_TRUE(counts.ok());
  EXPECT_EQ(counts->active, 20);
  EXPECT_EQ(counts->waiting, 0);
}

// ---- Records that hold up others

TEST_F(SyncsTest, ARecordThatIsForbiddenHoldsUpNoOther) {
  const auto [contact, customer] = LinkedPair("Acme");
  const std::string unlinked = a->Add({{"phone_number", "+33142685399"}});
  clock.Advance(std::chrono::minutes(1));
  a->forbidden = {contact, unlinked};
  for (const std::string& key : {contact, unlinked}) {
    Hint(Side::kA, key);
    const auto due = Due();
    ASSERT_EQ(due.size(), 1U);
    const auto outcome = Work(due.front());
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.error().code, "FAKE_FORBIDDEN") << "people are told";
    EXPECT_TRUE(Due().empty()) << "the next turn begins with another record";
  }
  clock.Advance(std::chrono::minutes(10));
  EXPECT_EQ(Due().size(), 2U) << "and they are tried again";
}

TEST_F(SyncsTest, APairThatIsNeverAsExpectedAsksInTheEnd) {
  const auto [contact, customer] = LinkedPair("Acme");
  b->is_edited_all_the_time = true;
  a->Edit(contact, {{"company_name", "New"}});
  constexpr int kPutOffs = 19;
  for (int i = 0; i < kPutOffs; ++i) {
    clock.Advance(std::chrono::minutes(11));
    ASSERT_EQ(Told(Side::kA, contact), Outcome::kAgain) << i;
  }
  EXPECT_EQ(store.Count(place)->hindered, 1);
  EXPECT_EQ(Told(Side::kA, contact), Outcome::kParked);
  EXPECT_EQ(LinkOf(Side::kA, contact).code, "LINK_NEVER_AS_EXPECTED");
  ASSERT_EQ(Open().size(), 1U);
  b->is_edited_all_the_time = false;
  EXPECT_EQ(Chosen(Open().front().id, Choice::What::kCreate), "");
  EXPECT_EQ(Told(Side::kA, contact), Outcome::kSettled);
  EXPECT_EQ((*b->Now(customer))["company"], "New");
  EXPECT_EQ(LinkOf(Side::kA, contact).code, "");
  EXPECT_EQ(LinkOf(Side::kA, contact).attempts, 0);
}

TEST_F(SyncsTest, AQuestionIsPutBeforeOtherFieldsAreWritten) {
  Definition definition = Customers();
  definition.fields[0].conflict = core::twoway::Conflict::kAsk;
  Follow(definition);
  const auto [contact, customer] = LinkedPair("Acme");
  b->is_edited_all_the_time = true;
  a->Edit(contact, {{"company_name", "Ours"}, {"phone_number", "+33142685301"}});
  b->Edit(customer, {{"company", "Theirs"}});

  EXPECT_EQ(Told(Side::kA, contact), Outcome::kAgain) << "the number is not written yet";
  ASSERT_EQ(Open().size(), 1U);
  EXPECT_EQ(Open().front().code, kFieldAsks);
  EXPECT_EQ(Open().front().base, "Acme");

  b->Edit(customer, {{"company", "Acme"}});
  b->is_edited_all_the_time = false;
  clock.Advance(std::chrono::minutes(11));
  EXPECT_EQ(Told(Side::kA, contact), Outcome::kSettled);
  EXPECT_TRUE(Open().empty()) << "whoever sets it back has answered";
  EXPECT_EQ((*b->Now(customer))["company"], "Ours");
}

TEST_F(SyncsTest, NobodyIsMadeTwiceBecauseTooManyLookAlike) {
  b->strangers = static_cast<std::size_t>(ports::kMostFound);
  const std::string contact = a->Add({{"phone_number", kPhoneOfAda}});
  EXPECT_EQ(Told(Side::kA, contact), Outcome::kHindered);
  EXPECT_TRUE(b->All().empty());
  b->strangers -= 1;  // that were all
  clock.Advance(std::chrono::hours(1));
  EXPECT_EQ(Told(Side::kA, contact), Outcome::kSettled);
  EXPECT_EQ(b->All().size(), 1U);
}

// ---- Questions about records without link

TEST_F(SyncsTest, AQuestionAboutARecordIsAnsweredOnceItIsLinked) {
  const std::string first = a->Add({{"phone_number", kPhoneOfAda}});
  const std::string second = a->Add({{"phone_number", kPhoneOfAda}});
  const std::string customer = b->Add({{"company", "Acme"}, {"phone", kPhoneOfAda}});
  EXPECT_EQ(Told(Side::kB, customer), Outcome::kParked);
  ASSERT_EQ(Open().size(), 1U);
  a->Remove(second);
  Told(Side::kB, customer);
  EXPECT_EQ(LinkOf(Side::kB, customer).state.key_a, first);
  EXPECT_TRUE(Open().empty());
}

TEST_F(SyncsTest, AQuestionAboutARecordGoesWithIt) {
  a->Add({{"phone_number", kPhoneOfAda}});
  a->Add({{"phone_number", kPhoneOfAda}});
  const std::string customer = b->Add({{"company", "Acme"}, {"phone", kPhoneOfAda}});
  EXPECT_EQ(Told(Side::kB, customer), Outcome::kParked);
  const auto asked = Open();
  ASSERT_EQ(asked.size(), 1U);
  clock.Advance(std::chrono::hours(24));
  EXPECT_EQ(Told(Side::kB, customer), Outcome::kParked);
  EXPECT_EQ(Open(), asked) << "asked each night, and still the same question";
  b->Remove(customer);
  EXPECT_EQ(Told(Side::kB, customer), Outcome::kQuiet);
  EXPECT_TRUE(Open().empty());
}

TEST_F(SyncsTest, WhatWasMadeByHandIsLinkedWithTheOneThatWaitedForIt) {
  const std::string contact = a->Add({{"company_name", "Acme"}, {"phone_number", kPhoneOfAda}});
  ports::Link half;
  half.id = ports::LinkId(++ids);
  half.place = place;
  half.state.key_a = contact;
  Park(half, "LINK_VALUE_MISSING");
  const std::string customer = b->Add({{"company", "Acme"}, {"phone", kPhoneOfAda}});
  Told(Side::kB, customer);
  const ports::Link link = LinkOf(Side::kB, customer);
  EXPECT_EQ(link.state.key_a, contact);
  EXPECT_EQ(link.standing, ports::LinkStanding::kActive);
  EXPECT_TRUE(Open().empty());
}

TEST_F(SyncsTest, ARecordWhoseCounterpartBecameSomebodyElsesAsks) {
  const std::string contact = a->Add({{"company_name", "Acme"}, {"phone_number", kPhoneOfAda}});
  b->hooks.fate = [](std::string_view call, bool) {
    return call == "Create" ? testing::Fate::kLost : testing::Fate::kDone;
  };
  EXPECT_EQ(Told(Side::kA, contact), Outcome::kHindered);
  b->hooks.fate = nullptr;
  const std::string made = b->All().begin()->first;
  ports::LinkCommit other;
  other.place = place;
  other.link = ports::Link();
  other.link->id = ports::LinkId(++ids);
  other.link->place = place;
  other.link->state.key_a = a->Add({{"phone_number", "+33142685399"}});
  other.link->state.key_b = made;
  ASSERT_TRUE(store.Commit(other).ok());
  clock.Advance(std::chrono::minutes(5));
  EXPECT_EQ(Told(Side::kA, contact), Outcome::kEnded);
  const auto open = Open();
  ASSERT_EQ(open.size(), 1U);
  EXPECT_EQ(open.front().code, "LINK_TAKEN");
  EXPECT_EQ(open.front().key, contact);
  EXPECT_EQ(open.front().rivals, std::vector<std::string>{made});
}

TEST_F(SyncsTest, TheOldestOfManyThatWaitedIsMetAnew) {
  const auto [contact, customer] = LinkedPair("Acme");
  ports::LinkCommit waiting;
  waiting.place = place;
  constexpr int kMoreThanAPage = 201;
  for (int i = 0; i < kMoreThanAPage; ++i) {
    ports::LinkConflict taken;
    taken.id = ports::ConflictId(++ids);
    taken.side = Side::kB;
    taken.key = "waits" + std::to_string(i);
    taken.code = "LINK_TAKEN";
    taken.rivals = {i == 0 ? contact : "another"};
    waiting.conflicts.push_back(taken);
  }
  ASSERT_TRUE(store.Commit(waiting).ok());
  a->Remove(contact);
  b->Remove(customer);
  EXPECT_EQ(Told(Side::kA, contact), Outcome::kEnded);
  const auto due = Due();
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due.front().key, "waits0");
}

// ---- What people choose

TEST_F(SyncsTest, ALinkThatFlippedGoesOnAsIfItHadNotWritten) {
  const auto [contact, customer] = LinkedPair("Acme");
  ports::Link link = LinkOf(Side::kA, contact);
  link.state.writes.assign(6, {Side::kB, "hash", clock.Now()});
  const auto flips = Park(link, kFlips);
  EXPECT_EQ(Chosen(flips, Choice::What::kB), "LINK_CHOICE_INVALID") << "no side is chosen";
  EXPECT_EQ(Chosen(flips, Choice::What::kCreate), "");
  EXPECT_EQ(LinkOf(Side::kA, contact).standing, ports::LinkStanding::kActive);
  EXPECT_TRUE(LinkOf(Side::kA, contact).state.writes.empty());
}

TEST_F(SyncsTest, AFieldThatWouldAskAgainCannotBeIgnored) {
  const auto [contact, customer] = LinkedPair("Acme");
  const auto asks = Park(LinkOf(Side::kA, contact), kFieldAsks);
  EXPECT_EQ(Chosen(asks, Choice::What::kIgnore), "LINK_CHOICE_INVALID");
  EXPECT_EQ(Open().size(), 1U);
}

TEST_F(SyncsTest, IgnoringADeleteEndsTheLinkAndLeavesTheOtherRecord) {
  const auto [contact, customer] = LinkedPair("Acme");
  const ports::Link link = LinkOf(Side::kA, contact);
  Park(link, "LINK_VALUE_REFUSED");
  a->Remove(contact);
  const auto gone = Park(LinkOf(Side::kA, contact), kDeleteConflict);
  EXPECT_EQ(Chosen(gone, Choice::What::kIgnore), "");
  EXPECT_EQ(store.Get(place, link.id)->standing, ports::LinkStanding::kEnded);
  EXPECT_TRUE(Open().empty()) << "nor does anything else wait for an answer";
  EXPECT_EQ(Told(Side::kB, customer), Outcome::kQuiet);
  EXPECT_TRUE(a->All().empty()) << "it is not made anew";
}

TEST_F(SyncsTest, WhatTheDefinitionMakesNowhereIsNotChosen) {
  Definition definition = Customers();
  definition.creates = core::twoway::Creates::kInB;
  Follow(definition);
  const auto [contact, customer] = LinkedPair("Acme");
  a->Remove(contact);
  const auto gone = Park(LinkOf(Side::kA, contact), kDeleteConflict);
  EXPECT_EQ(Chosen(gone, Choice::What::kCreate), "LINK_CHOICE_INVALID");
  EXPECT_EQ(LinkOf(Side::kB, customer).standing, ports::LinkStanding::kParked);
}

TEST_F(SyncsTest, AValueOfAFieldThatGoesOneWayIsNotPutBack) {
  Definition definition = Customers();
  definition.fields[0].direction = core::twoway::Direction::kToB;
  Follow(definition);
  const auto [contact, customer] = LinkedPair("Acme");
  const auto lost = Overwritten(LinkOf(Side::kA, contact));
  EXPECT_EQ(Chosen(lost, Choice::What::kPutBack), "LINK_CHOICE_INVALID");
}

TEST_F(SyncsTest, AnotherValueIsAnotherAnswer) {
  const auto [contact, customer] = LinkedPair("Acme");
  const auto lost = Overwritten(LinkOf(Side::kA, contact));
  EXPECT_EQ(Chosen(lost, Choice::What::kValue, 12), "LINK_CHOICE_INVALID") << "no name";
  EXPECT_EQ(Chosen(lost, Choice::What::kValue, " Acme  SA "), "");
  EXPECT_EQ(Chosen(lost, Choice::What::kValue, " Acme  SA "), "") << "once more";
  EXPECT_EQ(Chosen(lost, Choice::What::kValue, "Acme SARL"), "LINK_CONFLICT_ANSWERED");
  EXPECT_EQ(Told(Side::kA, contact), Outcome::kSettled);
  EXPECT_EQ((*a->Now(contact))["company_name"], "Acme SA");
  EXPECT_EQ((*b->Now(customer))["company"], "Acme SA");
}

}  // namespace
}  // namespace sb::syncs
