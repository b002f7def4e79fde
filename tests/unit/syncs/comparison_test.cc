// Both sides are read whole: what that links, what it gives hints for, and what it leaves alone,
// whatever happens meanwhile.
#include "engine/syncs/comparison.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/syncs/link_worker.h"
#include "engine/syncs/progress_book.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_link_store.h"
#include "tests/support/fake_record_side.h"
#include "tests/support/matchers.h"

namespace sb::syncs {
namespace {

using core::twoway::Definition;
using core::twoway::Meeting;
using core::twoway::Shape;
using core::twoway::Side;
using ports::LinkStanding;
using std::chrono::hours;
using ::testing::ElementsAre;
using testing::FakeRecordSide;
using testing::Fate;
using ::testing::IsEmpty;
using testing::IsOk;
using ::testing::Le;
using ::testing::SizeIs;

core::twoway::Field Alike(const char* name, Shape shape) {
  core::twoway::Field field;
  field.name = name;
  field.a.names = {name};
  field.b.names = {name};
  field.shape = shape;
  return field;
}

/// Two address books with the same fields, matched by phone.
Definition AddressBooks() {
  Definition definition;
  definition.head.workspace = "acme";
  definition.head.name = "people";
  definition.head.version = "1.0.0";
  definition.a.name = "phone";
  definition.b.name = "crm";
  definition.match = {core::twoway::MatchBy::kPhone};
  definition.fields = {Alike("company", Shape::kText), Alike("number", Shape::kPhone)};
  return definition;
}

FakeRecordSide::Options BookWith(const char* prefix) {
  FakeRecordSide::Options options;
  options.prefix = prefix;
  options.page = 1000;
  for (const char* field : {"company", "number"}) options.shape[field].type = "text";
  return options;
}

std::string NumberOf(int person) {
  return "+3314268" + std::to_string(1000 + person);
}

core::twoway::Seen PersonAsSeen(int person, const std::string& company = "Acme") {
  core::twoway::Seen seen;
  seen.presence = core::twoway::Presence::kPresent;
  seen.told.record = {{"company", company}, {"number", NumberOf(person)}};
  seen.native = {{"company", company}, {"number", NumberOf(person)}};
  return seen;
}

class ComparisonStory : public ::testing::Test {
 protected:
  ComparisonStory() { OpenBooks(BookWith("a"), BookWith("b")); }

  void OpenBooks(const FakeRecordSide::Options& of_a, const FakeRecordSide::Options& of_b) {
    MadeSide made_a;
    made_a.records = std::make_unique<FakeRecordSide>(of_a, clock_);
    MadeSide made_b;
    made_b.records = std::make_unique<FakeRecordSide>(of_b, clock_);
    a_ = static_cast<FakeRecordSide*>(made_a.records.get());
    b_ = static_cast<FakeRecordSide*>(made_b.records.get());
    scene_ = std::make_unique<SyncScene>(AddressBooks(), std::move(made_a), std::move(made_b));
    ASSERT_THAT(scene_->Measure("FR", {}), IsOk());
  }

  static std::string Add(FakeRecordSide& side, int person, const std::string& company = "Acme") {
    return side.Add({{"company", company}, {"number", NumberOf(person)}});
  }

  void AddToBoth(int people) {
    for (int person = 0; person < people; ++person) {
      Add(*a_, person);
      Add(*b_, person);
    }
  }

  /// Takes steps until it has ended; one that fails is taken again. How many failed.
  int Compare() {
    int failed = 0;
    for (int steps = 0; steps < 1000; ++steps) {
      const auto more = comparison_.Step(*scene_, place_);
      failed += more.ok() ? 0 : 1;
      if (more.ok() && !*more) return failed;
    }
    ADD_FAILURE() << "it does not end";
    return failed;
  }

  ports::LinkProgress Progress() { return ProgressOf(store_, place_).value(); }

  /// All hints, also those that are due later.
  std::vector<ports::Hint> Hints() {
    return store_.Due(place_, clock_.Now() + hours(24), 10'000).value();
  }

  ports::Link LinkOf(const std::string& key_a) {
    return store_.Holding(place_, Side::kA, key_a).value().value();
  }

  /// Works off what is due within a day.
  void Work() {
    clock_.Advance(hours(1));
    LinkWorker worker({store_, clock_, [this] { return ++ids_; }});
    for (const ports::Hint& hint : Hints())
      EXPECT_THAT(worker.Work(scene_->At(place_), hint, core::quota::Lane::kSync), IsOk());
  }

  void Park(const std::string& key_a, const std::string& code,
            LinkStanding standing = LinkStanding::kParked) {
    ports::LinkCommit commit;
    commit.place = place_;
    commit.link = LinkOf(key_a);
    commit.link->standing = standing;
    commit.link->code = code;
    ASSERT_THAT(store_.Commit(commit), IsOk());
  }

  /// The n-th such call of the store fails, once.
  void FailOnce(const std::string& call, int nth) {
    store_.hooks.fate = [call, left = nth](std::string_view name, bool) mutable {
      return name == call && --left == 0 ? Fate::kUnavailable : Fate::kDone;
    };
  }

  testing::FakeClock clock_;
  testing::FakeLinkStore store_{clock_};
  const ports::LinkPlace place_{1, AccountId(1), ports::SyncId(1)};
  FakeRecordSide* a_ = nullptr;
  FakeRecordSide* b_ = nullptr;
  std::unique_ptr<SyncScene> scene_;
  std::int64_t ids_ = 0;
  Metrics metrics_;
  HeardRecords heard_;
  Comparison comparison_{{store_, clock_, [this] { return ++ids_; }, metrics_, heard_}};
};

// ---- The pool

TEST(PoolOfRecords, KnowsItsRulesAlthoughTheSceneIsGone) {
  Definition definition = AddressBooks();
  RecordPool pool(definition, {.records = 10});
  definition.match.clear();
  pool.Add(Side::kA, "a1", PersonAsSeen(1));
  pool.Add(Side::kB, "b1", PersonAsSeen(1));
  std::vector<Meeting::What> met;
  const auto note = [&](const RecordPool::Met& each) {
    met.push_back(each.meeting.what);
    return Status();
  };
  ASSERT_THAT(pool.Match(note), IsOk());
  EXPECT_THAT(met, ElementsAre(Meeting::What::kLink));
}

TEST(PoolOfRecords, IsFullByBytesAsWellAsByRecords) {
  RecordPool pool(AddressBooks(), {.records = 10, .bytes = 2000});
  EXPECT_TRUE(pool.Add(Side::kA, "a1", PersonAsSeen(1, std::string(1000, 'x'))));
  EXPECT_FALSE(pool.Add(Side::kA, "a2", PersonAsSeen(2, std::string(1000, 'x'))));
  EXPECT_TRUE(pool.Add(Side::kA, "a1", PersonAsSeen(1))) << "that one is in it";
  EXPECT_EQ(pool.size(), 1U);
}

TEST(PoolOfRecords, LeavesRoomForTheOtherSideWhereThatIsWanted) {
  RecordPool pool(AddressBooks(), {.records = 4, .halves = true});
  EXPECT_TRUE(pool.Add(Side::kA, "a1", PersonAsSeen(1)));
  EXPECT_TRUE(pool.Add(Side::kA, "a2", PersonAsSeen(2)));
  EXPECT_FALSE(pool.Add(Side::kA, "a3", PersonAsSeen(3)));
  EXPECT_TRUE(pool.Add(Side::kB, "b1", PersonAsSeen(1)));
  EXPECT_TRUE(pool.Add(Side::kB, "b2", PersonAsSeen(2)));
}

TEST(PoolOfRecords, GoesOnWithTheRecordThatCouldNotBeTold) {
  RecordPool pool(AddressBooks(), {.records = 10});
  for (int person = 1; person <= 3; ++person) {
    pool.Add(Side::kA, "a" + std::to_string(person), PersonAsSeen(person));
    pool.Add(Side::kB, "b" + std::to_string(person), PersonAsSeen(person));
  }
  std::vector<std::string> told;
  bool fails = true;
  const auto tell = [&](const RecordPool::Met& met) {
    if (met.key == "a2" && std::exchange(fails, false))
      return Status(Unavailable("DATABASE_UNAVAILABLE", "away"));
    told.push_back(met.key + "-" + met.meeting.key);
    return Status();
  };
  EXPECT_FALSE(pool.Match(tell).ok());
  EXPECT_THAT(pool.Match(tell), IsOk());
  EXPECT_THAT(told, ElementsAre("a1-b1", "a2-b2", "a3-b3"));
}

// ---- Matching

TEST_F(ComparisonStory, AHiccupOfTheStoreLosesNoPair) {
  AddToBoth(20);
  int pages = 0;
  a_->hooks.before = [&](std::string_view call) { pages += call == "Scan" ? 1 : 0; };
  FailOnce("Commit", 5);
  EXPECT_EQ(Compare(), 1);
  EXPECT_EQ(store_.Count(place_)->active, 20);
  EXPECT_THAT(Hints(), IsEmpty());
  EXPECT_EQ(pages, 1) << "what was read is in memory";
}

TEST_F(ComparisonStory, AHiccupOfTheStoreLosesNoHint) {
  for (int person = 0; person < 3; ++person) Add(*a_, person);
  FailOnce("Add", 1);
  EXPECT_EQ(Compare(), 1);
  EXPECT_THAT(Hints(), SizeIs(3));
}

TEST_F(ComparisonStory, APairWhoseAnswerWasLostIsLinkedAndNotLookedAtAgain) {
  AddToBoth(3);
  store_.hooks.fate = [left = 2](std::string_view call, bool) mutable {
    return call == "Commit" && --left == 0 ? Fate::kLost : Fate::kDone;
  };
  EXPECT_EQ(Compare(), 1);
  EXPECT_EQ(store_.Count(place_)->active, 3);
  EXPECT_THAT(Hints(), IsEmpty());
}

TEST_F(ComparisonStory, ThousandsOfPairsTakeManySteps) {
  AddToBoth(1200);
  int commits = 0;
  int most = 0;
  store_.hooks.before = [&](std::string_view call) { commits += call == "Commit" ? 1 : 0; };
  for (bool more = true; more; most = std::max(most, std::exchange(commits, 0))) {
    const auto step = comparison_.Step(*scene_, place_);
    ASSERT_THAT(step, IsOk());
    more = *step;
  }
  EXPECT_EQ(store_.Count(place_)->active, 1200);
  EXPECT_THAT(most, Le(500)) << "between steps the sync may be paused";
}

// ---- Asked for meanwhile

TEST_F(ComparisonStory, ASideHasABeginningOfItsOwn) {
  AddToBoth(1);
  const WallTime began = clock_.Now();
  a_->hooks.before = [&](std::string_view) { clock_.Advance(std::chrono::minutes(1)); };
  std::optional<WallTime> of_b;
  b_->hooks.before = [&](std::string_view call) {
    if (call == "Scan") of_b = Progress().side_begun_at;
  };
  Compare();
  EXPECT_EQ(of_b, began + std::chrono::minutes(1));
  EXPECT_FALSE(Progress().side_begun_at) << "nothing is being read";
}

TEST_F(ComparisonStory, WhoAsksForOneInTheLastMomentGetsOne) {
  AddToBoth(1);
  bool asked = false;
  int pages = 0;
  a_->hooks.before = [&](std::string_view call) { pages += call == "Scan" ? 1 : 0; };
  store_.hooks.before = [&](std::string_view call) {
    if (call != "Commit" || std::exchange(asked, true)) return;
    clock_.Advance(std::chrono::seconds(1));
    EXPECT_THAT(UpdateProgress(store_, place_,
                               [](ports::LinkProgress& stored) {
                                 stored.compared_at.reset();
                                 stored.scan_begun_at.reset();
                               }),
                IsOk());
  };
  Compare();
  EXPECT_TRUE(asked);
  EXPECT_EQ(pages, 2);
  EXPECT_TRUE(Progress().compared_at);
}

TEST_F(ComparisonStory, WhatMayHaveBeenMissedMeanwhileIsReadByTheNextOneAtOnce) {
  AddToBoth(1);
  ASSERT_THAT(comparison_.Step(*scene_, place_), IsOk());
  ASSERT_THAT(UpdateProgress(store_, place_, AskForComparison), IsOk());
  clock_.Advance(hours(1));
  Compare();
  EXPECT_TRUE(Progress().first_done) << "it went on to its end";
  EXPECT_TRUE(comparison_.IsDue(*scene_, place_).value());
  Compare();
  EXPECT_FALSE(comparison_.IsDue(*scene_, place_).value());
}

TEST_F(ComparisonStory, WhatMayHaveBeenMissedMakesOneDueWhereNoneIsUnderWay) {
  Compare();
  ASSERT_FALSE(comparison_.IsDue(*scene_, place_).value());
  ASSERT_THAT(UpdateProgress(store_, place_, AskForComparison), IsOk());
  EXPECT_TRUE(comparison_.IsDue(*scene_, place_).value());
}

// ---- Links that wait for a person

TEST_F(ComparisonStory, ALinkThatWaitsForAPersonIsNoDrift) {
  AddToBoth(2);
  Compare();
  Park("a1", "LINK_FLIPS");
  Park("a2", "", LinkStanding::kPaused);
  a_->Edit("a1", {{"company", "Other"}});
  a_->Edit("a2", {{"company", "Other"}});
  Compare();
  EXPECT_EQ(Progress().drift, 0);
  EXPECT_THAT(Hints(), IsEmpty());
  EXPECT_EQ(LinkOf("a1").standing, LinkStanding::kParked);
}

TEST_F(ComparisonStory, AnEditThatMendsALinkIsFoundAlthoughNobodyToldOfIt) {
  AddToBoth(1);
  Compare();
  Park("a1", "LINK_VALUE_REFUSED");
  Compare();
  EXPECT_EQ(LinkOf("a1").standing, LinkStanding::kParked) << "nobody has edited it";
  clock_.Advance(hours(1));
  a_->Edit("a1", {{"company", "Mended"}});
  Compare();
  EXPECT_EQ(LinkOf("a1").standing, LinkStanding::kActive);
  EXPECT_EQ(Progress().drift, 0);
  Work();
  EXPECT_EQ((*b_->Now("b1"))["company"], "Mended");
}

TEST_F(ComparisonStory, ARecordThatLacksAValueWaitsQuietlyUntilItHasOne) {
  FakeRecordSide::Options crm = BookWith("b");
  crm.shape["company"].required = true;
  OpenBooks(BookWith("a"), crm);
  a_->Add({{"number", NumberOf(1)}});
  Compare();
  Work();
  ASSERT_EQ(LinkOf("a1").code, "LINK_VALUE_MISSING");
  Compare();
  EXPECT_THAT(Hints(), IsEmpty());
  EXPECT_EQ(Progress().drift, 0);
  EXPECT_EQ(LinkOf("a1").standing, LinkStanding::kParked);
  a_->Edit("a1", {{"company", "Acme"}});
  Compare();
  Work();
  EXPECT_THAT(b_->All(), SizeIs(1));
}

}  // namespace
}  // namespace sb::syncs
