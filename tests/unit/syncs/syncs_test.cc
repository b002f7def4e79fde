#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/syncs/comparison.h"
#include "engine/syncs/link_plan.h"
#include "engine/syncs/link_worker.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_link_store.h"
#include "tests/support/fake_record_side.h"

namespace sb::syncs {
namespace {

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

class SyncsTest : public ::testing::Test {
 protected:
  SyncsTest() : store(clock) {
    FakeRecordSide::Options contacts;
    contacts.shape = {{"company_name", Limits("text")}, {"phone_number", Limits("text")}};
    contacts.prefix = "a";
    FakeRecordSide::Options customers;
    customers.shape = {{"company", Limits("text")}, {"phone", Limits("text")}};
    customers.prefix = "b";
    MadeSide made_a;
    made_a.records = std::make_unique<FakeRecordSide>(contacts, clock);
    MadeSide made_b;
    made_b.records = std::make_unique<FakeRecordSide>(customers, clock);
    a = static_cast<FakeRecordSide*>(made_a.records.get());
    b = static_cast<FakeRecordSide*>(made_b.records.get());
    scene = std::make_unique<SyncScene>(Customers(), std::move(made_a), std::move(made_b));
    EXPECT_TRUE(scene->Measure("FR", {}).ok());
  }

  /// A record of that side changed; everything that follows from it.
  Outcome Told(Side side, const std::string& key) {
    ports::Hint hint;
    hint.side = side;
    hint.key = key;
    hint.reason = "event";
    hint.first_at = clock.Now();
    hint.due_at = clock.Now();
    EXPECT_TRUE(store.Add(place, {hint}).ok());
    const auto due = store.Due(place, clock.Now(), 10);
    EXPECT_TRUE(due.ok() && !due->empty());
    LinkWorker worker({store, clock, [this] { return ++ids; }});
    const auto outcome = worker.Work(scene->At(place), due->front(), core::quota::Lane::kSync);
    EXPECT_TRUE(outcome.ok());
    return outcome.ok() ? *outcome : Outcome::kHindered;
  }

  testing::FakeClock clock;
  testing::FakeLinkStore store;
  ports::LinkPlace place{1, AccountId(1), ports::SyncId(1)};
  FakeRecordSide* a = nullptr;
  FakeRecordSide* b = nullptr;
  std::unique_ptr<SyncScene> scene;
  std::int64_t ids = 0;
};

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

}  // namespace
}  // namespace sb::syncs
