#include "engine/core/twoway/step.h"

#include <algorithm>
#include <array>
#include <random>
#include <utility>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

// One link, looked at again and again: what is decided, what is remembered, and that it comes to
// rest.
namespace sb::core::twoway {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using What = Verdict::What;
using Kind = Intent::Kind;
using Numbers = std::map<std::string, std::string>;

const WallTime kNine{hours(9)};

Field Mapped(std::string name, Conflict conflict, Direction direction = Direction::kBoth) {
  Field field;
  field.name = name;
  field.a.names = {name};
  field.b.names = {std::move(name)};
  field.conflict = conflict;
  field.direction = direction;
  return field;
}

Definition CustomersSync() {
  Definition definition;
  definition.a.name = "aircall";
  definition.a.connector = "aircall";
  definition.b.name = "crm";
  definition.b.connector = "postgres";
  definition.match = {MatchBy::kPhone, MatchBy::kEmail};
  definition.fields = {Mapped("name", Conflict::kNewest),
                       Mapped("company", Conflict::kAsk),
                       Mapped("city", Conflict::kFillBlank),
                       Mapped("owner", Conflict::kB),
                       Mapped("from_a", Conflict::kNewest, Direction::kToB),
                       Mapped("from_b", Conflict::kNewest, Direction::kToA)};
  Field phones = Mapped("phones", Conflict::kNewest);
  phones.shape = Shape::kPhones;
  phones.labels = true;
  definition.fields.push_back(phones);
  return definition;
}

/// Aircall cannot clear a name, and keeps one phone at least.
SideShape ShapeOfA() {
  SideShape shape;
  for (const char* name : {"name", "company", "city", "owner", "from_a", "from_b"}) {
    shape[name] = {};
  }
  shape["name"].clears = false;
  shape["phones"].type = "phones";
  shape["phones"].most = 5;
  shape["phones"].least = 1;
  shape["phones"].required = true;
  return shape;
}

/// The table is narrow: eight characters for a company, three phones.
SideShape ShapeOfB() {
  SideShape shape = ShapeOfA();
  shape["name"].clears = true;
  shape["company"].most_chars = 8;
  shape["phones"].most = 3;
  shape["phones"].least = 0;
  shape["phones"].required = false;
  return shape;
}

/// A link and its two records.
struct Pair {
  Definition definition = CustomersSync();
  Projector projector_a{definition, Side::kA, ShapeOfA(), "", {}};
  Projector projector_b{definition, Side::kB, ShapeOfB(), "", {}};
  LinkState state;
  Seen a;
  Seen b;
  WallTime now = kNine;
  bool deletes_held = false;
  std::vector<Loss> losses;
  int writes = 0;

  Pair() {
    state.key_a = "1";
    state.key_b = "2";
    a.presence = Presence::kPresent;
    b.presence = Presence::kPresent;
  }

  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  Seen& seen(Side side) { return side == Side::kA ? a : b; }

  Record& record(Side side) { return seen(side).told.record; }

  /// Both show this and agree.
  void Agree(const Record& record) {
    a.told.record = record;
    b.told.record = record;
    state.agreed.emplace();
    state.agreed->base = record;
    state.agreed->shown_a = record;
    state.agreed->shown_b = record;
    state.mapped = MappingsOf(definition);
  }

  Verdict Look() const {
    const Surroundings world{.definition = definition,
                             .a = projector_a,
                             .b = projector_b,
                             .deletes_held = deletes_held,
                             .now = now};
    auto verdict = Decide(world, state, a, b);
    EXPECT_TRUE(verdict.ok());
    return verdict.ok() ? *verdict : Verdict{};
  }

  void Remember(const Verdict& verdict) {
    state = Decided(std::move(state), definition, verdict);
    losses.insert(losses.end(), verdict.losses.begin(), verdict.losses.end());
  }

  /// Makes the write of a verdict, and hears what came of it.
  void Make(const Verdict& verdict) {
    Remember(verdict);
    Apply(*verdict.write);
    state = Written(std::move(state), *verdict.write, record(verdict.write->side), now).state;
  }

  /// As it is stored before the write of a verdict begins.
  void Intend(const Verdict& verdict) {
    Remember(verdict);
    state.intent = Intent{.op_key = "1",
                          .side = verdict.write->side,
                          .kind = verdict.write->kind,
                          .target = verdict.write->target,
                          .at = now};
  }

  void Apply(const Write& write) {
    ++writes;
    now += minutes(11);
    seen(write.side).presence = Presence::kPresent;
    for (const std::string& field : write.fields) {
      SetValue(record(write.side), field, ValueOf(write.target, field));
    }
    seen(write.side).told.changed_at = now;
  }

  /// Looks and writes until nothing is left to be done. The last verdict.
  Verdict Rest() {
    for (int round = 0; round < 8; ++round) {
      const Verdict verdict = Look();
      if (verdict.what != What::kWrite) {
        Remember(verdict);
        return verdict;
      }
      Make(verdict);
    }
    ADD_FAILURE() << "it does not come to rest";
    return {};
  }
};

Json PhoneList(const Numbers& numbers) {
  return numbers;
}

Record Ana() {
  return {{"name", "Ana"}, {"company", "Acme"}, {"phones", PhoneList({{"+33142685300", "Work"}})}};
}

// ---- Nothing to do ----

TEST(Step, SettlesAPairThatNobodyChangedWithoutAWrite) {
  Pair pair;
  pair.Agree(Ana());

  const Verdict verdict = pair.Look();

  EXPECT_EQ(verdict.what, What::kSettle);
  EXPECT_EQ(verdict.agreement, *pair.state.agreed);
  EXPECT_EQ(verdict.reason, "aircall and crm agree.");
}

TEST(Step, TakesItsOwnWriteForNoEdit) {
  Pair pair;
  pair.Agree(Ana());
  pair.record(Side::kA)["name"] = "Anna";
  EXPECT_EQ(pair.Rest().what, What::kSettle);
  EXPECT_EQ(pair.writes, 1);

  EXPECT_EQ(pair.Look().what, What::kSettle);
  EXPECT_EQ(pair.record(Side::kB).at("name"), "Anna");
}

// ---- Writes ----

TEST(Step, WritesOnlyWhatChangedAndExpectsWhatWasSeen) {
  Pair pair;
  pair.Agree(Ana());
  pair.record(Side::kA)["name"] = "Anna";

  const Verdict verdict = pair.Look();

  ASSERT_EQ(verdict.what, What::kWrite);
  EXPECT_EQ(verdict.write->side, Side::kB);
  EXPECT_EQ(verdict.write->fields, (std::set<std::string>{"name"}));
  EXPECT_EQ(verdict.write->expected, Ana());
  EXPECT_EQ(verdict.reason, "name changed in aircall and is written to crm.");
  EXPECT_EQ(verdict.agreement.base.at("name"), "Anna");
  EXPECT_EQ(verdict.agreement.shown_b.at("name"), "Ana");
  EXPECT_EQ(verdict.agreement.owed_b, (std::set<std::string>{"name"}));
}

TEST(Step, WritesToOneSideAtATimeAndToTheTableFirst) {
  Pair pair;
  pair.Agree(Ana());
  pair.record(Side::kA)["name"] = "Anna";
  pair.record(Side::kB)["city"] = "Lyon";

  const Verdict first = pair.Look();
  EXPECT_EQ(first.write->side, Side::kB);
  pair.Make(first);
  const Verdict second = pair.Look();
  ASSERT_EQ(second.what, What::kWrite);
  EXPECT_EQ(second.write->side, Side::kA);
  EXPECT_EQ(second.write->fields, (std::set<std::string>{"city"}));
  pair.Make(second);

  EXPECT_EQ(pair.Look().what, What::kSettle);
  EXPECT_EQ(pair.a.told.record, pair.b.told.record);
  EXPECT_TRUE(pair.losses.empty());
}

TEST(Step, DoesNotBringACutValueBack) {
  Pair pair;
  pair.Agree(Ana());
  pair.record(Side::kA)["company"] = "Acme Incorporated";
  EXPECT_EQ(pair.Rest().what, What::kSettle);
  EXPECT_EQ(pair.record(Side::kB).at("company"), "Acme Inc");

  pair.record(Side::kB)["city"] = "Lyon";
  EXPECT_EQ(pair.Rest().what, What::kSettle);
  EXPECT_EQ(pair.record(Side::kA).at("company"), "Acme Incorporated");
  EXPECT_EQ(pair.record(Side::kA).at("city"), "Lyon");
}

TEST(Step, DoesNotRemovePhonesThatTheOtherSideHasNoRoomFor) {
  Pair pair;
  pair.Agree(Ana());
  pair.record(Side::kA)["phones"] = PhoneList(
      {{"+33100000001", ""}, {"+33100000002", ""}, {"+33100000003", ""}, {"+33142685300", "Work"}});
  EXPECT_EQ(pair.Rest().what, What::kSettle);
  EXPECT_EQ(pair.record(Side::kA).at("phones").size(), 4U);
  EXPECT_EQ(pair.record(Side::kB).at("phones").size(), 3U);

  pair.record(Side::kB)["phones"].erase("+33142685300");
  EXPECT_EQ(pair.Rest().what, What::kSettle);
  EXPECT_EQ(pair.record(Side::kA).at("phones").size(), 3U) << "the one that was removed";
  EXPECT_EQ(pair.record(Side::kA).at("phones"), pair.record(Side::kB).at("phones"));
}

TEST(Step, LeavesAFieldThatASideCannotClear) {
  Pair pair;
  pair.Agree(Ana());
  pair.record(Side::kB).erase("name");

  EXPECT_EQ(pair.Rest().what, What::kSettle);
  EXPECT_EQ(pair.writes, 0);
  EXPECT_EQ(pair.record(Side::kA).at("name"), "Ana");
  EXPECT_FALSE(pair.record(Side::kB).contains("name"));

  pair.record(Side::kA)["name"] = "Anna";
  EXPECT_EQ(pair.Rest().what, What::kSettle);
  EXPECT_EQ(pair.record(Side::kB).at("name"), "Anna");
}

TEST(Step, AdoptsHowASideSpellsWhatItIsGiven) {
  Pair pair;
  pair.Agree(Ana());
  pair.record(Side::kA)["city"] = "Lyon";
  const Verdict verdict = pair.Look();
  pair.Remember(verdict);
  pair.Apply(*verdict.write);
  pair.record(Side::kB)["city"] = "LYON";
  const AfterWrite after = Written(pair.state, *verdict.write, pair.record(Side::kB), pair.now);
  pair.state = after.state;

  EXPECT_FALSE(after.look_again);
  EXPECT_EQ(pair.Look().what, What::kSettle);
  pair.Rest();
  pair.record(Side::kA)["name"] = "Anna";
  pair.Rest();
  EXPECT_EQ(pair.record(Side::kA).at("city"), "Lyon");
  EXPECT_EQ(pair.record(Side::kB).at("city"), "LYON");
}

TEST(Step, SeesWhatSomebodyChangedDuringAWrite) {
  Pair pair;
  pair.Agree(Ana());
  pair.record(Side::kA)["phones"]["+33100000001"] = "";
  const Verdict verdict = pair.Look();
  pair.Remember(verdict);
  pair.Apply(*verdict.write);
  pair.record(Side::kB)["city"] = "Lyon";
  pair.record(Side::kB)["phones"]["+33100000002"] = "";
  const AfterWrite after = Written(pair.state, *verdict.write, pair.record(Side::kB), pair.now);
  pair.state = after.state;

  EXPECT_TRUE(after.look_again);
  pair.Rest();
  EXPECT_EQ(pair.record(Side::kA).at("city"), "Lyon");
  EXPECT_EQ(pair.record(Side::kA).at("phones").size(), 3U);
}

// ---- Questions and choices ----

TEST(Step, AsksTheSameAtEveryLookAndGoesOnWithTheOtherFields) {
  Pair pair;
  pair.Agree(Ana());
  pair.record(Side::kA)["company"] = "Ours";
  pair.record(Side::kB)["company"] = "Theirs";
  pair.record(Side::kB)["city"] = "Lyon";

  const Verdict first = pair.Rest();
  EXPECT_EQ(first.what, What::kSettle);
  ASSERT_EQ(first.asks.size(), 1U);
  EXPECT_EQ(first.reason, "company differs between aircall and crm, and a person has to choose.");
  EXPECT_EQ(pair.Look().asks, first.asks);
  EXPECT_EQ(pair.record(Side::kA).at("company"), "Ours");
  EXPECT_EQ(pair.record(Side::kA).at("city"), "Lyon");

  pair.record(Side::kB)["company"] = "Ours";
  EXPECT_TRUE(pair.Rest().asks.empty()) << "it answered itself";
}

TEST(Step, CarriesOutAChoiceOnce) {
  Pair pair;
  pair.Agree(Ana());
  pair.record(Side::kA)["company"] = "Ours";
  pair.record(Side::kB)["company"] = "Theirs";
  pair.Rest();
  pair.state.choices["company"] = "Both";
  EXPECT_EQ(pair.Rest().what, What::kSettle);
  EXPECT_EQ(pair.record(Side::kA).at("company"), "Both");
  EXPECT_EQ(pair.record(Side::kB).at("company"), "Both");
  EXPECT_TRUE(pair.state.choices.empty());
  ASSERT_EQ(pair.losses.size(), 1U);
  EXPECT_EQ(pair.losses[0].rule, "chosen");

  pair.record(Side::kB)["company"] = "Later";
  EXPECT_EQ(pair.Rest().what, What::kSettle);
  EXPECT_EQ(pair.record(Side::kA).at("company"), "Later");
}

// ---- The first time, and fields that are mapped later ----

TEST(Step, MergesTwoRecordsThatWereNeverMerged) {
  Pair pair;
  pair.record(Side::kA) = {{"name", "Ana"},
                           {"company", "Acme Incorporated"},
                           {"phones", PhoneList({{"+33142685300", ""}})}};
  pair.record(Side::kB) = {{"name", "Anna"},
                           {"company", "Acme Inc"},
                           {"city", "Lyon"},
                           {"phones", PhoneList({{"+33100000001", "Home"}})}};
  const Verdict verdict = pair.Rest();

  EXPECT_EQ(verdict.what, What::kSettle);
  EXPECT_TRUE(verdict.asks.empty()) << "the table cannot hold the longer company";
  EXPECT_EQ(pair.record(Side::kA).at("company"), "Acme Incorporated");
  EXPECT_EQ(pair.record(Side::kA).at("city"), "Lyon");
  EXPECT_EQ(pair.record(Side::kB).at("phones").size(), 2U);
  ASSERT_EQ(pair.losses.size(), 1U);
  EXPECT_EQ(pair.losses[0].field, "name");
  EXPECT_EQ(pair.losses[0].b, "Anna");
}

TEST(Step, TreatsOnlyAFieldThatWasMappedLaterAsNew) {
  Pair pair;
  pair.Agree(Ana());
  const std::string city = MappingOf(*pair.definition.Find("city"));
  pair.state.mapped.erase(city);
  pair.state.mapped.insert("gone");
  pair.state.agreed->base["gone"] = "x";
  pair.state.agreed->owed_b = {"gone"};
  pair.record(Side::kA)["city"] = "Lyon";
  pair.record(Side::kA).erase("company");

  EXPECT_EQ(pair.Rest().what, What::kSettle);
  EXPECT_EQ(pair.record(Side::kB).at("city"), "Lyon");
  EXPECT_FALSE(pair.record(Side::kB).contains("company"));
  EXPECT_FALSE(pair.state.agreed->base.contains("gone"));
  EXPECT_TRUE(pair.state.mapped.contains(city));
  EXPECT_FALSE(pair.state.mapped.contains("gone"));
}

TEST(Step, TakesNoBlankForAnEditWhereTheFieldIsMappedOtherwise) {
  Pair pair;
  pair.Agree(Ana());
  ASSERT_TRUE(pair.record(Side::kA).contains("name"));
  // The second version keeps the name in a column of its own, which is empty.
  const auto name = std::ranges::find(pair.definition.fields, "name", &Field::name);
  name->b.names = {"full_name"};
  pair.record(Side::kB).erase("name");

  const Verdict verdict = pair.Look();
  ASSERT_EQ(verdict.what, What::kWrite);
  EXPECT_EQ(verdict.write->side, Side::kB);
  EXPECT_EQ(verdict.write->fields, std::set<std::string>{"name"});
  EXPECT_TRUE(verdict.losses.empty());
  EXPECT_EQ(verdict.agreement.base.at("name"), Ana().at("name"));
}

TEST(Step, KnowsAMappingByWhatItReadsAndWrites) {
  const Field field = Mapped("name", Conflict::kNewest);
  Field other = field;
  other.conflict = Conflict::kAsk;
  EXPECT_EQ(MappingOf(other), MappingOf(field)) << "who wins is no matter of the mapping";
  other.b.read = ".";
  EXPECT_NE(MappingOf(other), MappingOf(field));
}

// ---- Writes whose outcome nobody heard ----

TEST(Step, DoesNotRepeatALostWriteThatWasMade) {
  Pair pair;
  pair.Agree(Ana());
  pair.record(Side::kA)["name"] = "Anna";
  const Verdict verdict = pair.Look();
  pair.Intend(verdict);
  pair.Apply(*verdict.write);

  pair.state = AfterLostWrite(pair.state, pair.b);

  EXPECT_FALSE(pair.state.intent);
  EXPECT_EQ(pair.state.writes.size(), 1U);
  EXPECT_EQ(pair.Rest().what, What::kSettle);
  EXPECT_EQ(pair.writes, 1);
  EXPECT_TRUE(pair.losses.empty());
}

TEST(Step, FinishesALostWriteThatWasMadeInPart) {
  Pair pair;
  pair.Agree(Ana());
  pair.record(Side::kB)["phones"] = PhoneList({{"+33100000001", ""}, {"+33100000002", ""}});
  const Verdict verdict = pair.Look();
  pair.Intend(verdict);
  pair.record(Side::kA)["phones"] = PhoneList({{"+33142685300", "Work"}, {"+33100000001", ""}});

  pair.state = AfterLostWrite(pair.state, pair.a);

  EXPECT_EQ(pair.Rest().what, What::kSettle);
  EXPECT_EQ(pair.record(Side::kA).at("phones"), pair.record(Side::kB).at("phones"));
  EXPECT_EQ(pair.record(Side::kA).at("phones").size(), 2U);
}

TEST(Step, DoesNotTakeALostWriteOfAnotherFieldForAnAnswer) {
  Pair pair;
  pair.record(Side::kA) = {{"company", "Ours"}, {"city", "Lyon"}};
  pair.record(Side::kB) = {{"company", "Theirs"}};
  const Verdict verdict = pair.Look();
  ASSERT_EQ(verdict.what, What::kWrite);
  ASSERT_EQ(verdict.asks.size(), 1U);
  pair.Intend(verdict);
  pair.Apply(*verdict.write);

  pair.state = AfterLostWrite(pair.state, pair.b);

  EXPECT_EQ(pair.Rest().asks, verdict.asks);
  EXPECT_EQ(pair.record(Side::kB).at("company"), "Theirs");
}

TEST(Step, KeepsWhatMayHaveBeenPutBackWhileAWriteWasInDoubt) {
  Pair pair;
  pair.Agree(Ana());
  pair.record(Side::kA)["name"] = "Anna";
  const Verdict verdict = pair.Look();
  pair.Intend(verdict);
  const LinkState stored = pair.state;
  pair.b.told.changed_at = pair.now + seconds(3);
  pair.state = AfterLostWrite(stored, pair.b);
  pair.Rest();
  EXPECT_EQ(pair.record(Side::kB).at("name"), "Anna");
  ASSERT_EQ(pair.losses.size(), 1U);
  EXPECT_EQ(pair.losses[0].rule, "in_doubt");
  EXPECT_EQ(pair.losses[0].b, "Ana");

  pair.b.told.changed_at = stored.intent->at - minutes(1);
  EXPECT_TRUE(AfterLostWrite(stored, pair.b).agreed->doubted.empty()) << "it never began";
}

TEST(Step, TellsOfABlankThatASpellingInDoubtOutlives) {
  Pair pair;
  pair.record(Side::kB)["city"] = "Lyon";
  const Verdict verdict = pair.Look();
  pair.Intend(verdict);
  // Nobody can tell whether the server spells it so, or a person wrote over it.
  pair.record(Side::kA)["city"] = "LYON";
  pair.a.told.changed_at = pair.now;
  pair.record(Side::kB).erase("city");

  pair.state = AfterLostWrite(pair.state, pair.a);
  pair.Rest();

  EXPECT_EQ(pair.record(Side::kB).at("city"), "LYON");
  ASSERT_EQ(pair.losses.size(), 1U);
  EXPECT_EQ(pair.losses[0].rule, "fill_blank");
  EXPECT_EQ(pair.losses[0].b, Json());
}

// ---- Creates ----

TEST(Step, MakesTheRecordThatIsMissing) {
  Pair pair;
  pair.state.key_b.clear();
  pair.b.presence = Presence::kNone;
  pair.record(Side::kA) = Ana();
  pair.record(Side::kA)["company"] = "Acme Incorporated";

  const Verdict verdict = pair.Look();
  ASSERT_EQ(verdict.what, What::kWrite);
  EXPECT_EQ(verdict.write->kind, Kind::kCreate);
  EXPECT_EQ(verdict.write->target.at("company"), "Acme Inc");
  EXPECT_EQ(verdict.reason, "The record is made in crm, since only aircall has it.");
  pair.Make(verdict);
  pair.state.key_b = "2";

  EXPECT_EQ(pair.Look().what, What::kSettle);
  EXPECT_EQ(pair.Look().agreement.base.at("company"), "Acme Incorporated");
}

TEST(Step, ParksARecordThatCannotBeMadeWithoutAValue) {
  Pair pair;
  pair.state.key_a.clear();
  pair.a.presence = Presence::kNone;
  pair.record(Side::kB) = {{"name", "Ana"}};

  const Verdict verdict = pair.Look();
  EXPECT_EQ(verdict.what, What::kPark);
  EXPECT_EQ(verdict.code, "LINK_VALUE_MISSING");
  EXPECT_EQ(verdict.reason, "The record cannot be made in aircall without phones, which is blank.");
}

TEST(Step, MakesNothingWhereNothingIsToBeMade) {
  Pair pair;
  pair.definition.creates = Creates::kInA;
  pair.state.key_b.clear();
  pair.b.presence = Presence::kNone;
  pair.record(Side::kA) = Ana();
  EXPECT_EQ(pair.Look().what, What::kEnd);

  pair.definition.creates = Creates::kBoth;
  pair.a.presence = Presence::kOutside;
  EXPECT_EQ(pair.Look().what, What::kEnd);
  pair.a.presence = Presence::kGone;
  EXPECT_EQ(pair.Look().what, What::kEnd);
}

// ---- Deletes and records that take no part ----

TEST(Step, FollowsTheRuleForDeletes) {
  Pair pair;
  pair.Agree(Ana());
  pair.a.presence = Presence::kGone;
  const auto look = [&](Deletes rule) {
    pair.definition.deletes.to_b = rule;
    return pair.Look();
  };
  EXPECT_EQ(look(Deletes::kIgnore).what, What::kWait);
  EXPECT_EQ(look(Deletes::kUnlink).what, What::kEnd);
  const Verdict verdict = look(Deletes::kDelete);
  ASSERT_EQ(verdict.what, What::kWrite);
  EXPECT_EQ(verdict.write->kind, Kind::kDelete);
  EXPECT_EQ(verdict.write->side, Side::kB);
  EXPECT_EQ(verdict.write->expected, Ana());

  pair.deletes_held = true;
  EXPECT_EQ(look(Deletes::kDelete).code, "LINK_DELETES_HELD");
  EXPECT_EQ(look(Deletes::kUnlink).what, What::kEnd);

  pair.b.presence = Presence::kGone;
  EXPECT_EQ(look(Deletes::kDelete).what, What::kEnd);
}

TEST(Step, MarksTheRecordOnceWhereTheRuleSaysSo) {
  Pair pair;
  pair.Agree(Ana());
  pair.a.presence = Presence::kGone;
  pair.definition.deletes.to_b = Deletes::kFlag;
  pair.definition.deletes.flag_b = "left";
  const Verdict verdict = pair.Look();
  ASSERT_EQ(verdict.what, What::kWrite);
  EXPECT_EQ(verdict.write->kind, Kind::kFlag);

  pair.state = Written(Decided(pair.state, pair.definition, verdict), *verdict.write,
                       pair.record(Side::kB), pair.now)
                   .state;
  pair.b.native = {{"left", true}};
  EXPECT_EQ(pair.Look().what, What::kEnd);
}

TEST(Step, NeverDeletesARecordWithAnEditThatTheOtherSideNeverGot) {
  Pair pair;
  pair.Agree(Ana());
  pair.a.presence = Presence::kGone;
  pair.definition.deletes.to_b = Deletes::kDelete;
  pair.record(Side::kB)["city"] = "Lyon";
  EXPECT_EQ(pair.Look().code, "LINK_DELETE_CONFLICT");

  pair.state.agreed->shown_b["city"] = "Lyon";
  pair.state.agreed->base["city"] = "Lyon";
  pair.state.agreed->owed_a = {"city"};
  EXPECT_EQ(pair.Look().code, "LINK_DELETE_CONFLICT") << "it was seen, but never written";

  pair.state.agreed->owed_a.clear();
  EXPECT_EQ(pair.Look().what, What::kWrite);
  pair.state.agreed.reset();
  EXPECT_EQ(pair.Look().code, "LINK_DELETE_CONFLICT") << "nothing was ever agreed";
}

TEST(Step, LeavesRecordsAloneThatTakeNoPart) {
  Pair pair;
  pair.Agree(Ana());
  pair.definition.deletes.to_b = Deletes::kDelete;
  pair.b.presence = Presence::kOutside;
  pair.record(Side::kA)["name"] = "Anna";
  EXPECT_EQ(pair.Look().what, What::kWait);
  EXPECT_EQ(Decided(pair.state, pair.definition, pair.Look()), pair.state);

  pair.a.presence = Presence::kGone;
  EXPECT_EQ(pair.Look().what, What::kEnd);

  pair.a.presence = Presence::kPresent;
  pair.b.presence = Presence::kPresent;
  EXPECT_EQ(pair.Rest().what, What::kSettle);
  EXPECT_EQ(pair.record(Side::kB).at("name"), "Anna") << "it goes on from where it was";
}

// ---- Guards ----

Write ToB(const std::string& name) {
  return {.kind = Kind::kUpdate,
          .side = Side::kB,
          .target = {{"name", name}},
          .expected = {},
          .fields = {"name"}};
}

WriteMark MarkOf(const Write& write, WallTime at) {
  return {.side = write.side, .hash = HashOf(write.target), .at = at};
}

TEST(Guards, SevenWritesWithinTenMinutesAreTooMany) {
  std::vector<WriteMark> marks;
  for (int i = 0; i < 6; ++i) {
    EXPECT_FALSE(Flips(marks, ToB("next"), kNine));
    marks.push_back(MarkOf(ToB(std::to_string(i)), kNine));
  }
  EXPECT_TRUE(Flips(marks, ToB("next"), kNine + minutes(9)));
  EXPECT_FALSE(Flips(marks, ToB("next"), kNine + minutes(10)));
}

TEST(Guards, AValueThatGoesToAndFroIsStopped) {
  const std::vector<WriteMark> back_and_forth = {MarkOf(ToB("x"), kNine),
                                                 MarkOf(ToB("y"), kNine + seconds(1))};
  EXPECT_TRUE(Flips(back_and_forth, ToB("x"), kNine + seconds(2)));
  EXPECT_FALSE(Flips(back_and_forth, ToB("y"), kNine + seconds(2)));

  const std::vector<WriteMark> undone = {MarkOf(ToB("x"), kNine),
                                         MarkOf(ToB("x"), kNine + seconds(1))};
  EXPECT_TRUE(Flips(undone, ToB("x"), kNine + seconds(2)));
}

TEST(Guards, APairThatFlipsIsParkedAndNothingIsForgotten) {
  Pair pair;
  pair.Agree(Ana());
  for (int i = 0; i < 6; ++i) {
    pair.state.writes.push_back(MarkOf(ToB(std::to_string(i)), pair.now));
  }
  pair.record(Side::kA)["name"] = "Anna";
  const Verdict verdict = pair.Look();
  EXPECT_EQ(verdict.what, What::kPark);
  EXPECT_EQ(verdict.code, "LINK_FLIPS");
  EXPECT_EQ(Decided(pair.state, pair.definition, verdict), pair.state);
}

TEST(Guards, TheBrakeHoldsWhatIsMoreThanTheRulesAllow) {
  const DeleteRules rules;
  EXPECT_FALSE(IsHeld(rules, 19, 100));
  EXPECT_TRUE(IsHeld(rules, 20, 100));
  EXPECT_FALSE(IsHeld(rules, 20, 1050));
  EXPECT_TRUE(IsHeld(rules, 21, 1050));
}

// ---- Records that have no link ----

struct Stranger {
  Definition definition = CustomersSync();
  Seen seen;
  std::vector<MatchKey> keys = {
      {MatchBy::kPhone, "+331"}, {MatchBy::kPhone, "+332"}, {MatchBy::kEmail, "ana@acme.example"}};
  std::vector<std::vector<Candidate>> found = {{}, {}, {}};
  std::set<std::string> linked;
  std::optional<WallTime> deleted_at;

  Stranger() { seen.presence = Presence::kPresent; }

  Meeting Meets() const {
    return Meet(definition, Side::kA, seen, keys, found, linked, deleted_at);
  }
};

Candidate Keyed(std::string key) {
  Candidate candidate;
  candidate.key = std::move(key);
  return candidate;
}

TEST(Meeting, LinksTheOneThatFits) {
  Stranger stranger;
  stranger.found = {{Keyed("7")}, {Keyed("7")}, {Keyed("8")}};
  EXPECT_EQ(stranger.Meets().what, Meeting::What::kLink);
  EXPECT_EQ(stranger.Meets().key, "7") << "a phone comes before an e-mail";
}

TEST(Meeting, LeavesToAPersonWhatFitsSeveral) {
  Stranger stranger;
  stranger.found = {{Keyed("7")}, {Keyed("8")}, {}};
  EXPECT_EQ(stranger.Meets().what, Meeting::What::kAmbiguous);
  EXPECT_EQ(stranger.Meets().rivals, (std::vector<std::string>{"7", "8"}));

  stranger.linked = {"7", "8", "9"};
  EXPECT_EQ(stranger.Meets().code, "LINK_TAKEN");
}

TEST(Meeting, MakesACounterpartOnlyWhereTheDefinitionSaysSo) {
  Stranger stranger;
  EXPECT_EQ(stranger.Meets().what, Meeting::What::kCreate);
  stranger.definition.creates = Creates::kInA;
  EXPECT_EQ(stranger.Meets().code, "LINK_NOT_CREATED");
  stranger.seen.presence = Presence::kOutside;
  EXPECT_EQ(stranger.Meets().code, "LINK_OUTSIDE");
}

TEST(Meeting, DoesNotBringBackWhatWasDeleted) {
  Stranger stranger;
  stranger.deleted_at = kNine;
  EXPECT_EQ(stranger.Meets().code, "LINK_TOMBSTONED");
  stranger.seen.told.changed_at = kNine;
  EXPECT_EQ(stranger.Meets().what, Meeting::What::kStale);
  stranger.seen.told.changed_at = kNine + seconds(1);
  EXPECT_EQ(stranger.Meets().what, Meeting::What::kCreate);
}

// ---- Histories ----

/// An edit of a person, with a value that nobody else ever gives.
struct Edit {
  std::string field;
  Side side = Side::kA;
  std::string value;  ///< Of a list: the entry that was added.
  bool removal = false;
  bool early = false;  ///< Before anything was merged: a removal need not last.
};

/// Edits, works, dies and hears nothing, by the dice.
class Histories {
 public:
  explicit Histories(std::uint32_t seed) : random_(seed) {
    if (Chance(2)) {
      pair_.Agree(Ana());
    } else {
      pair_.record(Side::kA) = Ana();
      pair_.record(Side::kB) = {{"phones", PhoneList({{"+33142685300", ""}, {"+4930", "Home"}})}};
    }
  }

  void Run() {
    for (int step = 0; step < 30; ++step) {
      pair_.now += minutes(11);
      if (Chance(2)) {
        EditSomething();
      } else {
        Work();
      }
    }
    dies_ = false;
    Work();
    Check();
  }

 private:
  std::uint32_t Draw(std::uint32_t below) { return static_cast<std::uint32_t>(random_() % below); }

  bool Chance(std::uint32_t of) { return Draw(of) == 0; }

  bool Dies() { return dies_ && Chance(4); }

  void EditSomething() {
    const Side side = Chance(2) ? Side::kA : Side::kB;
    Record& record = pair_.record(side);
    pair_.seen(side).told.changed_at = pair_.now;
    if (Chance(3)) {
      EditPhones(side, record);
      return;
    }
    static constexpr std::array<const char*, 6> kNames = {"name",  "company", "city",
                                                          "owner", "from_a",  "from_b"};
    const std::string field = kNames.at(Draw(6));
    const std::string value = "v" + std::to_string(++given_);
    record[field] = value;
    edits_.push_back({.field = field, .side = side, .value = value});
  }

  void EditPhones(Side side, Record& record) {
    Json phones = ValueOf(record, "phones");
    const std::size_t room = side == Side::kA ? 5 : 3;
    if (phones.size() >= 2 && Chance(2)) {
      auto entry = phones.begin();
      std::advance(entry, Draw(static_cast<std::uint32_t>(phones.size())));
      edits_.push_back({.field = "phones",
                        .side = side,
                        .value = entry.key(),
                        .removal = true,
                        .early = !pair_.state.agreed});
      phones.erase(entry);
    } else if (phones.size() < room) {
      const std::string phone = "+33" + std::to_string(100'000'000 + ++given_);
      phones[phone] = Chance(2) ? "" : "Home";
      edits_.push_back({.field = "phones", .side = side, .value = phone});
    }
    SetValue(record, "phones", phones);
  }

  /// What a worker does, and where it may die.
  void Work() {
    for (int round = 0; round < 8; ++round) {
      if (pair_.state.intent) {
        pair_.state = AfterLostWrite(pair_.state, pair_.seen(pair_.state.intent->side));
      }
      const Verdict verdict = pair_.Look();
      asks_ = verdict.asks;
      ASSERT_TRUE(verdict.what == What::kSettle || verdict.what == What::kWrite) << verdict.reason;
      pair_.Remember(verdict);
      if (verdict.what == What::kSettle) {
        return;
      }
      if (!MakeOrDie(*verdict.write)) {
        return;
      }
    }
    ADD_FAILURE() << "it does not come to rest";
  }

  bool MakeOrDie(const Write& write) {
    pair_.state.intent = Intent{.op_key = "1",
                                .side = write.side,
                                .kind = write.kind,
                                .target = write.target,
                                .at = pair_.now};
    if (Dies()) {
      return false;
    }
    if (dies_ && Chance(4)) {
      EditSomething();
    }
    for (const std::string& field : write.fields) {
      if (ValueOf(write.expected, field) != ValueOf(pair_.record(write.side), field)) {
        pair_.state.intent.reset();  // the record has moved: nothing was written
        return true;
      }
    }
    Write part = write;
    const bool dies = Dies();
    if (dies && write.side == Side::kA && write.fields.size() > 1) {
      part.fields.erase(part.fields.begin());
    }
    pair_.Apply(part);
    if (!dies) {
      pair_.state = Written(pair_.state, write, pair_.record(write.side), pair_.now).state;
    }
    return !dies;
  }

  bool IsAsked(const std::string& field) const { return IsIn(asks_, field); }

  static bool IsIn(const std::vector<Loss>& losses, const std::string& field) {
    return std::any_of(losses.begin(), losses.end(),
                       [&](const Loss& loss) { return loss.field == field; });
  }

  /// Whether a conflict shows the value on the side that gave it.
  bool IsTold(const Edit& edit) const {
    std::vector<Loss> told = pair_.losses;
    told.insert(told.end(), asks_.begin(), asks_.end());
    return std::any_of(told.begin(), told.end(), [&](const Loss& loss) {
      const Json& value = edit.side == Side::kA ? loss.a : loss.b;
      const bool has = value.is_object() && value.contains(edit.value);
      return loss.field == edit.field &&
             (edit.field == "phones" ? has != edit.removal : value == edit.value);
    });
  }

  bool IsAccounted(std::size_t index) const {
    const Edit& edit = edits_[index];
    const Json last = ValueOf(pair_.state.agreed->base, edit.field);
    const bool stands = edit.field == "phones"
                            ? (last.is_object() && last.contains(edit.value)) != edit.removal
                            : last == edit.value;
    const bool overwritten = std::any_of(
        edits_.begin() + static_cast<std::ptrdiff_t>(index) + 1, edits_.end(),
        [&](const Edit& later) {
          return later.field == edit.field && (edit.field != "phones" || later.value == edit.value);
        });
    return stands || overwritten || IsTold(edit) || (edit.removal && edit.early);
  }

  void Check() {
    ASSERT_TRUE(pair_.state.agreed);
    const Agreement& agreed = *pair_.state.agreed;
    for (const Side side : {Side::kA, Side::kB}) {
      const Projector& projector = side == Side::kA ? pair_.projector_a : pair_.projector_b;
      const auto best = projector.Shown(agreed.base, pair_.record(side));
      ASSERT_TRUE(best.ok());
      for (const std::string& field : Differing(*best, pair_.record(side))) {
        EXPECT_TRUE(IsAsked(field))
            << field << " does not show what was agreed: " << ValueOf(pair_.record(side), field)
            << " of " << ValueOf(agreed.base, field);
      }
    }
    for (std::size_t i = 0; i < edits_.size(); ++i) {
      EXPECT_TRUE(IsAccounted(i)) << edits_[i].field << " " << edits_[i].value << " is lost";
    }
    const int writes = pair_.writes;
    const std::size_t losses = pair_.losses.size();
    EXPECT_EQ(pair_.Rest().what, What::kSettle);
    EXPECT_EQ(pair_.writes, writes) << "it is not silent";
    EXPECT_EQ(pair_.losses.size(), losses);
  }

  std::mt19937 random_;
  Pair pair_;
  std::vector<Edit> edits_;
  std::vector<Loss> asks_;
  int given_ = 0;
  bool dies_ = true;
};

TEST(History, ComesToRestLosesNothingAndIsSilent) {
  for (std::uint32_t seed = 0; seed < 500 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Histories(seed).Run();
  }
}

}  // namespace
}  // namespace sb::core::twoway
