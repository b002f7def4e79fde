// People as they are, and input as it comes: what sides find, hold and refuse.
#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/adapters/jq/jq_expressions.h"
#include "engine/adapters/phone/phone_number_reader.h"
#include "engine/syncs/connector_side.h"
#include "engine/syncs/link_plan.h"
#include "engine/syncs/link_worker.h"
#include "engine/syncs/sync_scene.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_link_store.h"
#include "tests/support/fake_record_side.h"
#include "tests/support/matchers.h"

namespace sb::syncs {
namespace {

using core::quota::Lane;
using core::twoway::MatchBy;
using core::twoway::MatchKey;
using core::twoway::Side;
using sb::testing::FakeRecordSide;
using sb::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Outcome = LinkWorker::Outcome;

core::twoway::FieldLimits Holding(const char* type) {
  core::twoway::FieldLimits limits;
  limits.type = type;
  return limits;
}

core::twoway::Field Between(const char* a, std::vector<std::string> b, core::twoway::Shape shape) {
  core::twoway::Field field;
  field.name = a;
  field.a.names = {a};
  field.b.names = std::move(b);
  field.shape = shape;
  return field;
}

/// Aircall's contacts, and a table with two columns of numbers.
core::twoway::Definition PeopleOfBoth() {
  using core::twoway::Shape;
  core::twoway::Definition definition;
  definition.head.workspace = "acme";
  definition.head.name = "customers";
  definition.head.version = "1.0.0";
  definition.a.name = "aircall";
  definition.b.name = "crm";
  definition.match = {MatchBy::kPhone};
  definition.fields = {Between("first_name", {"first_name"}, Shape::kText),
                       Between("company_name", {"company"}, Shape::kText),
                       Between("phone_numbers", {"phone", "mobile"}, Shape::kPhones)};
  return definition;
}

/// A side that does not take everything.
class ChoosySide final : public FakeRecordSide {
 public:
  using FakeRecordSide::FakeRecordSide;

  Result<ports::SideWritten> Update(const ports::SideWrite& write, Lane lane) override {
    if (Member(write.values, "company") == Json("Forbidden"))
      return Invalid("LINK_VALUE_REFUSED", "the tariff does not allow this company");
    return FakeRecordSide::Update(write, lane);
  }

  Result<std::vector<ports::SideRecord>> Find(const MatchKey& key, Lane lane) override {
    if (crowd.empty()) return FakeRecordSide::Find(key, lane);
    return crowd;
  }

  /// What is found, where it is not empty.
  std::vector<ports::SideRecord> crowd;
};

class PeopleAsTheyAre : public ::testing::Test {
 protected:
  PeopleAsTheyAre() : store(clock) { Arrange(PeopleOfBoth()); }

  void Arrange(core::twoway::Definition definition) {
    FakeRecordSide::Options contacts;
    contacts.shape = {{"first_name", Holding("text")},
                      {"company_name", Holding("text")},
                      {"phone_numbers", Holding("phones")}};
    contacts.shape["company_name"].clears = false;
    contacts.shape["phone_numbers"].most = 20;
    contacts.shape["phone_numbers"].least = 1;
    contacts.shape["phone_numbers"].required = true;
    contacts.prefix = "a";
    FakeRecordSide::Options customers;
    for (const char* column : {"first_name", "company", "phone", "mobile"})
      customers.shape[column] = Holding("text");
    customers.prefix = "b";
    MadeSide made_a;
    made_a.records = std::make_unique<FakeRecordSide>(contacts, clock);
    a = static_cast<FakeRecordSide*>(made_a.records.get());
    MadeSide made_b;
    made_b.records = std::make_unique<ChoosySide>(customers, clock);
    b = static_cast<ChoosySide*>(made_b.records.get());
    scene =
        std::make_unique<SyncScene>(std::move(definition), std::move(made_a), std::move(made_b));
    EXPECT_THAT(scene->Measure("FR", {&phones, &jq}), IsOk());
  }

  /// That record changed: everything that follows.
  Outcome Told(Side side, const std::string& key,
               const std::optional<ports::SideRecord>& heard = std::nullopt) {
    ports::Hint hint;
    hint.side = side;
    hint.key = key;
    hint.reason = "event";
    hint.first_at = clock.Now();
    hint.due_at = clock.Now();
    EXPECT_THAT(store.Add(place, {hint}), IsOk());
    const auto due = store.Due(place, clock.Now(), 10);
    if (!due.ok()) return Outcome::kHindered;
    const auto told = std::ranges::find_if(
        *due, [&](const ports::Hint& each) { return each.side == side && each.key == key; });
    EXPECT_TRUE(told != due->end()) << "nothing is to be done about " << key;
    if (told == due->end()) return Outcome::kHindered;
    LinkWorker worker({store, clock, [this] { return ++ids; }});
    const auto outcome = worker.Work(scene->At(place), *told, Lane::kSync, heard);
    EXPECT_THAT(outcome, IsOk());
    return outcome.ok() ? *outcome : Outcome::kHindered;
  }

  std::vector<std::string> Questions() {
    ports::ConflictQuery query;
    query.open = true;
    const auto open = store.Conflicts(place, query);
    EXPECT_THAT(open, IsOk());
    std::vector<std::string> codes;
    if (!open.ok()) return codes;
    for (const ports::LinkConflict& each : *open) codes.push_back(each.code);
    return codes;
  }

  std::int64_t Writes() const { return a->WritesOfOurs() + b->WritesOfOurs(); }

  static Json Numbers(const std::vector<std::string>& values) {
    Json list = Json::array();
    for (const std::string& value : values) list.push_back({{"value", value}, {"label", "Work"}});
    return list;
  }

  sb::testing::FakeClock clock;
  sb::testing::FakeLinkStore store;
  adapters::phone::PhoneNumberReader phones;
  adapters::jq::JqExpressions jq;
  ports::LinkPlace place{1, AccountId(1), ports::SyncId(1)};
  FakeRecordSide* a = nullptr;
  ChoosySide* b = nullptr;
  std::unique_ptr<SyncScene> scene;
  std::int64_t ids = 0;
};

// ---- What events tell

TEST_F(PeopleAsTheyAre, AnEventOfWhichAPartCannotBeReadIsNotTakenForTheRecord) {
  const std::string contact =
      a->Add({{"first_name", "Ada"}, {"phone_numbers", Numbers({"+33142685300"})}});
  EXPECT_EQ(Told(Side::kA, contact), Outcome::kSettled);
  const std::string customer = b->All().begin()->first;
  clock.Advance(std::chrono::minutes(1));
  a->Edit(contact, {{"first_name", "Ada L."}});
  ports::SideRecord garbled{contact, *a->Now(contact), clock.Now()};
  garbled.native["first_name"] = Json::array({1});
  EXPECT_EQ(Told(Side::kA, contact, garbled), Outcome::kSettled);
  EXPECT_EQ(b->Now(customer)->at("first_name"), "Ada L.");
}

// ---- Real names

TEST_F(PeopleAsTheyAre, NamesOfEveryScriptArriveAsTheyAreWrittenAndStayQuiet) {
  int number = 10;
  for (const char* name : {"Zoë Ångström", "Nguyễn Thị Ánh", "محمد العلي", "山田 太郎", "Ольга",
                           "👩‍💻 Ada", "Conan O'Brien \"Coco\" \\ <b>", "ß"}) {
    const std::string contact =
        a->Add({{"first_name", name},
                {"phone_numbers", Numbers({"+331426853" + std::to_string(number++)})}});
    const std::size_t before = b->All().size();
    EXPECT_EQ(Told(Side::kA, contact), Outcome::kSettled) << name;
    ASSERT_EQ(b->All().size(), before + 1);
    const auto link = store.Holding(place, Side::kA, contact);
    ASSERT_TRUE(link.ok() && *link);
    const std::string customer = (*link)->state.key_b;
    EXPECT_EQ(b->Now(customer)->at("first_name"), name);
    const std::int64_t writes = Writes();
    EXPECT_EQ(Told(Side::kB, customer), Outcome::kQuiet) << name;
    EXPECT_EQ(Told(Side::kA, contact), Outcome::kQuiet) << name;
    EXPECT_EQ(Writes(), writes) << name;
  }
}

TEST_F(PeopleAsTheyAre, AnAccentThatIsComposedIsTheSameAsOneThatIsNot) {
  const std::string contact =
      a->Add({{"first_name", "Ame\xCC\x81lie"}, {"phone_numbers", Numbers({"+33142685300"})}});
  b->Add({{"first_name", "Am\xC3\xA9lie"}, {"phone", "+33142685300"}});
  EXPECT_EQ(Told(Side::kA, contact), Outcome::kQuiet);
  EXPECT_EQ(Writes(), 0);
}

TEST_F(PeopleAsTheyAre, TwentyNumbersStayWhereTheTableHasRoomForTwo) {
  std::vector<std::string> twenty;
  for (int i = 10; i < 30; ++i) twenty.push_back("+331426853" + std::to_string(i));
  const std::string contact = a->Add({{"first_name", "Ada"}, {"phone_numbers", Numbers(twenty)}});
  EXPECT_EQ(Told(Side::kA, contact), Outcome::kSettled);
  ASSERT_THAT(b->All(), SizeIs(1));
  const std::string customer = b->All().begin()->first;
  EXPECT_FALSE(b->Now(customer)->at("phone").get<std::string>().empty());
  EXPECT_FALSE(b->Now(customer)->at("mobile").get<std::string>().empty());
  clock.Advance(std::chrono::minutes(1));
  b->Edit(customer, {{"company", "Engines"}});
  EXPECT_EQ(Told(Side::kB, customer), Outcome::kSettled);
  EXPECT_EQ(a->Now(contact)->at("company_name"), "Engines");
  EXPECT_THAT(a->Now(contact)->at("phone_numbers"), SizeIs(20));
}

TEST_F(PeopleAsTheyAre, ASecondPersonWithTheNumberOfAPairWaitsForAPerson) {
  const std::string ada =
      a->Add({{"first_name", "Ada"}, {"phone_numbers", Numbers({"+33142685300"})}});
  b->Add({{"first_name", "Ada"}, {"phone", "+33142685300"}});
  ASSERT_EQ(Told(Side::kA, ada), Outcome::kQuiet);
  const std::string ken =
      a->Add({{"first_name", "Ken"}, {"phone_numbers", Numbers({"+33142685300"})}});
  EXPECT_EQ(Told(Side::kA, ken), Outcome::kParked);
  EXPECT_THAT(Questions(), ElementsAre("LINK_TAKEN"));
  EXPECT_EQ(Writes(), 0);
  b->Add({{"first_name", "Zoë"}, {"phone", "+33142685399"}});
  const std::string zoe =
      a->Add({{"first_name", "Zoë"}, {"phone_numbers", Numbers({"+33142685399"})}});
  EXPECT_EQ(Told(Side::kA, zoe), Outcome::kQuiet) << "the others go on";
}

TEST_F(PeopleAsTheyAre, ANumberWithoutCountryCodeIsOneOfTheAccountsCountry) {
  a->Add({{"first_name", "Ada"}, {"phone_numbers", Numbers({"+33142685300"})}});
  const std::string customer = b->Add({{"first_name", "Ada"}, {"phone", "01 42 68 53 00"}});
  EXPECT_EQ(Told(Side::kB, customer), Outcome::kQuiet);
  EXPECT_EQ(b->Now(customer)->at("phone"), "01 42 68 53 00") << "it keeps its spelling";
  EXPECT_THAT(a->All(), SizeIs(1));
  EXPECT_EQ(Writes(), 0);
}

TEST_F(PeopleAsTheyAre, ABlankThatTheOtherSideCannotTakeStaysOneAndIsNoEditForEver) {
  const std::string contact = a->Add({{"first_name", "Ada"},
                                      {"company_name", "Engines"},
                                      {"phone_numbers", Numbers({"+33142685300"})}});
  const std::string customer =
      b->Add({{"first_name", "Ada"}, {"company", "Engines"}, {"phone", "+33142685300"}});
  ASSERT_EQ(Told(Side::kA, contact), Outcome::kQuiet);
  clock.Advance(std::chrono::minutes(1));
  b->Edit(customer, {{"company", nullptr}});
  for (int look = 0; look < 3; ++look) {
    Told(Side::kB, customer);
    Told(Side::kA, contact);
    EXPECT_EQ(a->Now(contact)->at("company_name"), "Engines") << "Aircall cannot empty it";
    EXPECT_FALSE(b->Now(customer)->contains("company")) << "and your blank stays blank";
  }
  EXPECT_EQ(Writes(), 0);
  clock.Advance(std::chrono::minutes(1));
  a->Edit(contact, {{"company_name", "Looms"}});
  EXPECT_EQ(Told(Side::kA, contact), Outcome::kSettled);
  EXPECT_EQ(b->Now(customer)->at("company"), "Looms") << "an edit of it goes over as ever";
}

// ---- Bad input

TEST_F(PeopleAsTheyAre, ARefusedValueParksItsPairWithTheReasonAndTheOthersGoOn) {
  std::vector<std::string> contacts;
  for (const char* number : {"+33142685300", "+33142685301"}) {
    contacts.push_back(a->Add({{"first_name", "Ada"}, {"phone_numbers", Numbers({number})}}));
    b->Add({{"first_name", "Ada"}, {"phone", number}});
    ASSERT_EQ(Told(Side::kA, contacts.back()), Outcome::kQuiet);
  }
  clock.Advance(std::chrono::minutes(1));
  a->Edit(contacts[0], {{"company_name", "Forbidden"}});
  EXPECT_EQ(Told(Side::kA, contacts[0]), Outcome::kParked);
  const auto link = store.Holding(place, Side::kA, contacts[0]);
  ASSERT_TRUE(link.ok() && *link);
  EXPECT_EQ((*link)->standing, ports::LinkStanding::kParked);
  EXPECT_EQ((*link)->code, "LINK_VALUE_REFUSED");
  EXPECT_THAT((*link)->reason, HasSubstr("the tariff does not allow this company"));
  a->Edit(contacts[1], {{"company_name", "Looms"}});
  EXPECT_EQ(Told(Side::kA, contacts[1]), Outcome::kSettled);
}

TEST_F(PeopleAsTheyAre, AMappingThatDoesNotComeBackIsNamedByThePlan) {
  core::twoway::Definition definition = PeopleOfBoth();
  definition.fields[1].b.read = "\"Dear \" + .";
  definition.fields[1].b.write = ".";
  Arrange(definition);
  a->Add({{"first_name", "Ada"}, {"phone_numbers", Numbers({"+33142685300"})}});
  b->Add({{"first_name", "Ken"}, {"company", "Looms"}, {"phone", "+33142685301"}});
  const auto plan = PlanLinks({*scene, store, std::nullopt, 60.0, clock.Now()});
  ASSERT_THAT(plan, IsOk());
  EXPECT_THAT(plan->problems_a, IsEmpty());
  ASSERT_THAT(plan->problems_b, SizeIs(1));
  EXPECT_EQ(plan->problems_b[0].code, "LINK_TRANSFORM_INVALID");
  EXPECT_EQ(plan->problems_b[0].field, "company_name");
  EXPECT_EQ(Writes(), 0);
}

TEST_F(PeopleAsTheyAre, NoSecondRecordIsMadeWhereTheRightOneMayBeBehindThoseThatWereFound) {
  const std::string contact =
      a->Add({{"first_name", "Ada"}, {"phone_numbers", Numbers({"+33142685300"})}});
  for (std::int64_t i = 0; i < ports::kMostFound; ++i) {
    b->crowd.push_back({"c" + std::to_string(i),
                        {{"first_name", "Same end"}, {"phone", "+49302685300"}},
                        std::nullopt});
  }
  EXPECT_EQ(Told(Side::kA, contact), Outcome::kHindered);
  EXPECT_THAT(b->All(), IsEmpty());
  b->crowd.pop_back();
  clock.Advance(std::chrono::hours(1));
  EXPECT_EQ(Told(Side::kA, contact), Outcome::kSettled) << "all of them were looked at";
  EXPECT_THAT(b->All(), SizeIs(1));
}

// ---- What is remembered between two calls

core::sync::WindowReading AtPage(int page) {
  core::sync::WindowReading reading;
  reading.page = page;
  return reading;
}

TEST(MemoryOfSides, KeepsTheReadingsOfScansApart) {
  SideMemory memory;
  const WallTime now = sb::testing::kStoryTime;
  const std::string nightly = memory.NewScan(now);
  const std::string plan = memory.NewScan(now);
  EXPECT_NE(nightly, plan);
  memory.Keep("acc/contact", nightly, "page 7", AtPage(7));
  for (int page = 2; page < 9; ++page)
    memory.Keep("acc/contact", plan, "plan " + std::to_string(page), AtPage(page));
  memory.Forget("acc/contact", plan);
  EXPECT_EQ(memory.Recall("acc/contact", nightly, "page 7").page, 7);
  EXPECT_EQ(memory.Recall("acc/contact", plan, "plan 8").page, AtPage(1).page);
  EXPECT_EQ(memory.Recall("acc/other", nightly, "page 7").page, AtPage(1).page);
}

TEST(MemoryOfSides, ForgetsScansThatWereBrokenOff) {
  SideMemory memory;
  const WallTime now = sb::testing::kStoryTime;
  const std::string nightly = memory.NewScan(now);
  const std::string broken_off = memory.NewScan(now);
  memory.Keep("acc/contact", broken_off, "x", AtPage(3));
  for (int i = 0; i < 4; ++i) {
    memory.Keep("acc/contact", memory.NewScan(now), "x", AtPage(3));
    memory.Keep("acc/contact", nightly, "y", AtPage(5));
  }
  EXPECT_EQ(memory.Recall("acc/contact", broken_off, "x").page, 1);
  EXPECT_EQ(memory.Recall("acc/contact", nightly, "y").page, 5) << "what goes on stays";
}

}  // namespace
}  // namespace sb::syncs
