#include "engine/core/twoway/merge.h"

#include <algorithm>
#include <random>
#include <utility>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

// What becomes of two records that were edited: tests on values, without sides.
namespace sb::core::twoway {
namespace {

using Phones = std::map<std::string, std::string>;
using ValueByRule = std::pair<Json, std::string>;

const WallTime kNoon{std::chrono::hours(12)};

Field Named(std::string name, Conflict conflict = Conflict::kNewest, Shape shape = Shape::kText) {
  Field field;
  field.name = std::move(name);
  field.shape = shape;
  field.conflict = conflict;
  return field;
}

Field OneWay(std::string name, Direction direction, Shape shape = Shape::kText) {
  Field field = Named(std::move(name), Conflict::kNewest, shape);
  field.direction = direction;
  return field;
}

/// A merge in the making: both sides agreed on `base` unless said otherwise.
struct Case {
  Definition definition;
  std::optional<Agreement> agreed;
  Told a;
  Told b;
  std::map<std::string, Json> choices;
  std::set<std::string> unmerged;
  std::optional<Record> a_on_b;
  std::optional<Record> b_on_a;

  explicit Case(std::vector<Field> fields, const Record& base = {}) {
    definition.fields = std::move(fields);
    agreed.emplace();
    agreed->base = base;
    agreed->shown_a = base;
    agreed->shown_b = base;
    a.record = base;
    b.record = base;
  }

  static Case FirstMeeting(std::vector<Field> fields, Record a, Record b) {
    Case first(std::move(fields));
    first.agreed.reset();
    first.a.record = std::move(a);
    first.b.record = std::move(b);
    return first;
  }

  MergeInput Input() const {
    return {.agreed = agreed,
            .a = a,
            .b = b,
            .choices = choices,
            .unmerged = unmerged,
            .a_on_b = a_on_b ? &*a_on_b : nullptr,
            .b_on_a = b_on_a ? &*b_on_a : nullptr};
  }

  Merged Merge() const { return MergeRecords(definition, Input()); }

  Json Wanted(Side side, const std::string& field) const {
    const auto& fields = definition.fields;
    const auto found = std::find_if(fields.begin(), fields.end(),
                                    [&](const Field& each) { return each.name == field; });
    return WantedOf(*found, side, Merge(), Input());
  }
};

TEST(Merge, LeavesAloneWhatNobodyChanged) {
  const Case quiet({Named("company")}, {{"company", "Old"}});

  const Merged merged = quiet.Merge();

  EXPECT_EQ(merged.target, (Record{{"company", "Old"}}));
  EXPECT_TRUE(merged.losses.empty());
  EXPECT_TRUE(merged.from_a.empty());
  EXPECT_TRUE(merged.from_b.empty());
}

TEST(Merge, TakesTheEditOfOneSide) {
  Case edited({Named("company"), Named("name")}, {{"company", "Old"}, {"name", "Ana"}});
  edited.a.record["company"] = "New";
  edited.b.record.erase("name");

  const Merged merged = edited.Merge();

  EXPECT_EQ(merged.target, (Record{{"company", "New"}}));
  EXPECT_EQ(merged.from_a, (std::set<std::string>{"company"}));
  EXPECT_EQ(merged.from_b, (std::set<std::string>{"name"}));
  EXPECT_TRUE(merged.losses.empty());
}

TEST(Merge, TakesWhatBothChangedAlike) {
  Case alike({Named("company", Conflict::kAsk)}, {{"company", "Old"}});
  alike.a.record["company"] = "New";
  alike.b.record["company"] = "New";

  EXPECT_EQ(alike.Merge().target, (Record{{"company", "New"}}));
  EXPECT_TRUE(alike.Merge().asks.empty());
}

TEST(Merge, GivesTheLaterEditTheFieldAndRecordsTheOther) {
  Case both({Named("company")}, {{"company", "Old"}});
  both.a = {.record = {{"company", "Ours"}}, .changed_at = kNoon};
  both.b = {.record = {{"company", "Theirs"}}, .changed_at = kNoon + std::chrono::seconds(6)};

  const Merged merged = both.Merge();

  EXPECT_EQ(merged.target, (Record{{"company", "Theirs"}}));
  EXPECT_EQ(merged.losses, (std::vector<Loss>{{.field = "company",
                                               .base = "Old",
                                               .a = "Ours",
                                               .b = "Theirs",
                                               .winner = Side::kB,
                                               .rule = "newest"}}));
}

TEST(Merge, DoesNotTrustTimesThatAreCloseOrMissing) {
  Case both({Named("company")}, {{"company", "Old"}});
  both.a = {.record = {{"company", "Ours"}}, .changed_at = kNoon};
  both.b = {.record = {{"company", "Theirs"}}, .changed_at = kNoon + kTimesApart};
  EXPECT_EQ(both.Merge().losses.at(0).rule, "prefer_a");
  EXPECT_EQ(both.Merge().target.at("company"), "Ours");

  both.a.changed_at.reset();
  both.b.changed_at = kNoon + std::chrono::hours(1);
  EXPECT_EQ(both.Merge().target.at("company"), "Ours");
}

TEST(Merge, FollowsThePolicyOfTheField) {
  const auto value = [](Conflict conflict, Json a, Json b) {
    Case both({Named("company", conflict)}, {{"company", "Old"}});
    SetValue(both.a.record, "company", std::move(a));
    SetValue(both.b.record, "company", std::move(b));
    const Merged merged = both.Merge();
    EXPECT_EQ(merged.losses.size(), 1U);
    return ValueByRule(ValueOf(merged.target, "company"), merged.losses.at(0).rule);
  };
  EXPECT_EQ(value(Conflict::kA, "Ours", "Theirs"), ValueByRule(Json("Ours"), "prefer_a"));
  EXPECT_EQ(value(Conflict::kB, "Ours", "Theirs"), ValueByRule(Json("Theirs"), "prefer_b"));
  EXPECT_EQ(value(Conflict::kFillBlank, nullptr, "Theirs"),
            ValueByRule(Json("Theirs"), "fill_blank"));
  EXPECT_EQ(value(Conflict::kFillBlank, "Ours", "Theirs"), ValueByRule(Json("Ours"), "prefer_a"));
  EXPECT_EQ(value(Conflict::kA, nullptr, "Theirs"), ValueByRule(Json(), "prefer_a"));
}

TEST(Merge, AsksWhereNobodyMayDecideAndLeavesBothSidesAsTheyAre) {
  Case both({Named("company", Conflict::kAsk)}, {{"company", "Old"}});
  both.a.record["company"] = "Ours";
  both.b.record["company"] = "Theirs";

  const Merged merged = both.Merge();

  ASSERT_EQ(merged.asks.size(), 1U);
  EXPECT_EQ(merged.asks[0].base, "Old");
  EXPECT_EQ(merged.asks[0].a, "Ours");
  EXPECT_EQ(merged.asks[0].b, "Theirs");
  EXPECT_TRUE(merged.losses.empty());
  EXPECT_EQ(both.Wanted(Side::kA, "company"), "Ours");
  EXPECT_EQ(both.Wanted(Side::kB, "company"), "Theirs");
}

TEST(Merge, AnswersAQuestionThatHasGone) {
  Case back({Named("company", Conflict::kAsk)}, {{"company", "Old"}});
  back.a.record["company"] = "Old";
  back.b.record["company"] = "Theirs";

  EXPECT_TRUE(back.Merge().asks.empty());
  EXPECT_EQ(back.Merge().target.at("company"), "Theirs");
}

TEST(Merge, LetsAChoiceStandAndRecordsWhatItOverwrites) {
  Case asked({Named("company", Conflict::kAsk)}, {{"company", "Old"}});
  asked.a.record["company"] = "Ours";
  asked.b.record["company"] = "Theirs";
  asked.choices["company"] = "Theirs";

  const Merged merged = asked.Merge();

  EXPECT_EQ(merged.target.at("company"), "Theirs");
  EXPECT_TRUE(merged.asks.empty());
  ASSERT_EQ(merged.losses.size(), 1U);
  EXPECT_EQ(merged.losses[0].rule, "chosen");
  EXPECT_EQ(merged.losses[0].winner, Side::kB);
}

TEST(Merge, CanPutBackAValueThatNobodyShows) {
  Case settled({Named("company")}, {{"company", "Now"}});
  settled.choices["company"] = "Before";

  EXPECT_EQ(settled.Merge().target.at("company"), "Before");
  EXPECT_TRUE(settled.Merge().losses.empty());
  EXPECT_EQ(settled.Wanted(Side::kA, "company"), "Before");
  EXPECT_EQ(settled.Wanted(Side::kB, "company"), "Before");
}

TEST(Merge, OverwritesEditsOfTheSideThatIsNotRight) {
  Case edited({OneWay("company", Direction::kToA)}, {{"company", "Right"}});
  edited.a.record["company"] = "Wrong";

  const Merged merged = edited.Merge();

  EXPECT_EQ(merged.target.at("company"), "Right");
  ASSERT_EQ(merged.losses.size(), 1U);
  EXPECT_EQ(merged.losses[0].rule, "one_way");
  EXPECT_EQ(merged.losses[0].winner, Side::kB);
  EXPECT_EQ(merged.losses[0].a, "Wrong");
  EXPECT_EQ(edited.Wanted(Side::kA, "company"), "Right");
}

TEST(Merge, NeverWritesToTheSideThatIsRight) {
  Case edited({OneWay("company", Direction::kToB)}, {{"company", "Old"}});
  edited.a.record.erase("company");
  edited.b.record["company"] = "Wrong";

  EXPECT_EQ(ValueOf(edited.Merge().target, "company"), Json());
  EXPECT_EQ(edited.Wanted(Side::kA, "company"), Json());
  EXPECT_EQ(edited.Wanted(Side::kB, "company"), Json());
  EXPECT_EQ(edited.Merge().losses.size(), 1U);
}

// ---- The first time ----

TEST(FirstMerge, FillsWhatOneSideLacksAndRecordsWhereTheyDiffer) {
  const Case first = Case::FirstMeeting({Named("company"), Named("name"), Named("note")},
                                        {{"company", "Acme"}, {"note", "Hello"}},
                                        {{"name", "Ana"}, {"note", "Hi"}});
  const Merged merged = first.Merge();

  EXPECT_EQ(merged.target, (Record{{"company", "Acme"}, {"name", "Ana"}, {"note", "Hello"}}));
  ASSERT_EQ(merged.losses.size(), 1U);
  EXPECT_EQ(merged.losses[0].field, "note");
  EXPECT_EQ(first.Wanted(Side::kB, "company"), "Acme");
}

TEST(FirstMerge, UnitesLists) {
  const Case first = Case::FirstMeeting({Named("phones", Conflict::kAsk, Shape::kPhones)},
                                        {{"phones", Phones{{"+331", "Work"}, {"+332", ""}}}},
                                        {{"phones", Phones{{"+332", "Home"}, {"+333", ""}}}});

  EXPECT_EQ(first.Merge().target.at("phones"),
            Json(Phones{{"+331", "Work"}, {"+332", "Home"}, {"+333", ""}}));
  EXPECT_TRUE(first.Merge().asks.empty());
}

TEST(FirstMerge, TakesNothingAwayWhereOneSideIsRight) {
  const Case first = Case::FirstMeeting(
      {OneWay("company", Direction::kToB), OneWay("phones", Direction::kToB, Shape::kPhones)},
      {{"phones", Phones{{"+331", ""}}}}, {{"company", "Acme"}, {"phones", Phones{{"+332", ""}}}});

  EXPECT_EQ(first.Wanted(Side::kB, "company"), "Acme");
  EXPECT_EQ(first.Wanted(Side::kB, "phones"), Json(Phones{{"+331", ""}, {"+332", ""}}));
  EXPECT_EQ(first.Wanted(Side::kA, "company"), Json());
  EXPECT_EQ(first.Wanted(Side::kA, "phones"), Json(Phones{{"+331", ""}}));
  EXPECT_TRUE(first.Merge().losses.empty());
}

TEST(FirstMerge, KnowsACutValueForWhatItIs) {
  Case first = Case::FirstMeeting({Named("company", Conflict::kAsk)},
                                  {{"company", "Acme Incorporated"}}, {{"company", "Acme Incor"}});
  first.a_on_b = Record{{"company", "Acme Incor"}};
  first.b_on_a = Record{{"company", "Acme Incor"}};

  EXPECT_EQ(first.Merge().target.at("company"), "Acme Incorporated");
  EXPECT_TRUE(first.Merge().asks.empty());
  EXPECT_TRUE(first.Merge().losses.empty());
}

TEST(FirstMerge, IsMadeOfAFieldThatWasMappedLaterWhileOthersKeepTheirBase) {
  Case later({Named("company"), Named("note")}, {{"company", "Old"}, {"note", "Stale"}});
  later.unmerged = {"note"};
  later.a.record = {{"company", "Old"}, {"note", "Hello"}};
  later.b.record = {{"company", "New"}};

  EXPECT_EQ(later.Merge().target, (Record{{"company", "New"}, {"note", "Hello"}}));
}

// ---- Lists ----

Case TwoLists(Json base, Json a, Json b, Conflict conflict = Conflict::kNewest) {
  Case lists({Named("phones", conflict, Shape::kPhones)}, {{"phones", std::move(base)}});
  SetValue(lists.a.record, "phones", std::move(a));
  SetValue(lists.b.record, "phones", std::move(b));
  return lists;
}

TEST(MergeOfLists, TakesAddsOfBothAndRemoves) {
  const Case lists = TwoLists(Phones{{"+331", ""}, {"+332", ""}, {"+333", ""}},
                              Phones{{"+332", ""}, {"+333", ""}, {"+334", ""}},
                              Phones{{"+331", ""}, {"+333", ""}, {"+335", "Home"}}, Conflict::kAsk);

  EXPECT_EQ(lists.Merge().target.at("phones"),
            Json(Phones{{"+333", ""}, {"+334", ""}, {"+335", "Home"}}));
  EXPECT_TRUE(lists.Merge().losses.empty());
  EXPECT_TRUE(lists.Merge().asks.empty());
}

TEST(MergeOfLists, KeepsAnEntryThatOneSideRemovedAndTheOtherChanged) {
  const Case lists = TwoLists(Phones{{"+331", "Work"}, {"+332", ""}}, Phones{{"+332", ""}},
                              Phones{{"+331", "Home"}, {"+332", ""}});
  const Merged merged = lists.Merge();

  EXPECT_EQ(merged.target.at("phones"), Json(Phones{{"+331", "Home"}, {"+332", ""}}));
  ASSERT_EQ(merged.losses.size(), 1U);
  EXPECT_EQ(merged.losses[0].rule, "kept");
  EXPECT_EQ(merged.losses[0].winner, Side::kB);
  EXPECT_EQ(merged.losses[0].a, Json(Phones{{"+332", ""}}));
}

TEST(MergeOfLists, AsksAboutALabelThatBothChanged) {
  const Case lists = TwoLists(Phones{{"+331", "Work"}}, Phones{{"+331", "Home"}},
                              Phones{{"+331", "Mobile"}}, Conflict::kAsk);
  ASSERT_EQ(lists.Merge().asks.size(), 1U);
  EXPECT_EQ(lists.Wanted(Side::kA, "phones"), Json(Phones{{"+331", "Home"}}));
  EXPECT_EQ(lists.Wanted(Side::kB, "phones"), Json(Phones{{"+331", "Mobile"}}));
}

TEST(MergeOfLists, DoesNotTakeLackOfRoomForARemoval) {
  Case lists = TwoLists(Phones{{"+331", ""}, {"+332", ""}, {"+333", ""}},
                        Phones{{"+331", ""}, {"+332", ""}, {"+333", ""}},
                        Phones{{"+331", ""}, {"+332", ""}});
  lists.agreed->shown_b = lists.b.record;
  EXPECT_EQ(lists.Merge().target.at("phones").size(), 3U);
  EXPECT_EQ(lists.Wanted(Side::kB, "phones").size(), 2U) << "nobody changed anything";

  SetValue(lists.b.record, "phones", Phones{{"+332", ""}});
  EXPECT_EQ(lists.Merge().target.at("phones"), Json(Phones{{"+332", ""}, {"+333", ""}}));
  EXPECT_EQ(lists.Wanted(Side::kB, "phones"), Json(Phones{{"+332", ""}, {"+333", ""}}))
      << "there is room for it now";
}

TEST(MergeOfLists, LeavesASpellingOfTheSideAloneWhileNobodyChangesTheList) {
  Case lists = TwoLists(Phones{{"12", ""}}, Phones{{"12", ""}}, Phones{{"0012", ""}});
  lists.agreed->shown_b = lists.b.record;

  EXPECT_EQ(lists.Merge().target.at("phones"), Json(Phones{{"12", ""}}));
  EXPECT_EQ(lists.Wanted(Side::kB, "phones"), Json(Phones{{"0012", ""}}));
}

TEST(MergeOfLists, TakesAwayWhatCouldNotBeTakenAwayBefore) {
  // A keeps its last phone although B removed it; now B has another one.
  Case lists = TwoLists(Phones{}, Phones{{"+331", ""}}, Phones{{"+332", ""}});
  lists.agreed->shown_a = lists.a.record;
  lists.agreed->base.clear();
  lists.agreed->shown_b.clear();

  EXPECT_EQ(lists.Wanted(Side::kA, "phones"), Json(Phones{{"+332", ""}}));
}

// ---- What a side shows, and what it is owed ----

TEST(Merge, TakesOnlyWhatASideDidNotShowForAnEdit) {
  Case cut({Named("company")}, {{"company", "Acme Incorporated"}});
  cut.agreed->shown_b = {{"company", "Acme Incor"}};
  cut.b.record = {{"company", "Acme Incor"}};

  EXPECT_EQ(cut.Merge().target.at("company"), "Acme Incorporated");
  EXPECT_EQ(cut.Wanted(Side::kB, "company"), "Acme Incor");
}

TEST(Merge, HoldsAnEditAgainstWhatTheSideIsOwed) {
  // A's edit was seen and taken into the base; before it was written, B was edited.
  Case owed({Named("company", Conflict::kAsk)}, {{"company", "Of A"}});
  owed.agreed->shown_b = {{"company", "Old"}};
  owed.agreed->owed_b = {"company"};
  owed.b.record = {{"company", "Old"}};
  EXPECT_EQ(owed.Wanted(Side::kB, "company"), "Of A");

  owed.b.record = {{"company", "Of B"}};
  ASSERT_EQ(owed.Merge().asks.size(), 1U);
  EXPECT_EQ(owed.Merge().asks[0].base, "Old");
  EXPECT_EQ(owed.Merge().asks[0].a, "Of A");
  EXPECT_EQ(owed.Merge().asks[0].b, "Of B");

  owed.a.record = {{"company", "Old"}};
  EXPECT_EQ(owed.Merge().target.at("company"), "Of B") << "A took its edit back";
}

TEST(Merge, LetsASideOverwriteItsOwnEditThatWasNotCarriedOverYet) {
  Case owed({Named("company", Conflict::kAsk)}, {{"company", "First"}});
  owed.agreed->shown_b = {{"company", "Old"}};
  owed.agreed->owed_b = {"company"};
  owed.b.record = {{"company", "Old"}};
  owed.a.record = {{"company", "Second"}};

  EXPECT_EQ(owed.Merge().target.at("company"), "Second");
  EXPECT_TRUE(owed.Merge().losses.empty());
}

// ---- Properties ----

class AnyCase {
 public:
  explicit AnyCase(std::uint32_t seed) : random_(seed) {}

  Case Make() {
    Case any({Named("ask", Conflict::kAsk), Named("newest"),
              Named("phones", Conflict::kNewest, Shape::kPhones),
              Named("ask_phones", Conflict::kAsk, Shape::kPhones)});
    for (Record* record : {&any.agreed->base, &any.agreed->shown_a, &any.agreed->shown_b,
                           &any.a.record, &any.b.record}) {
      *record = Any();
    }
    any.agreed->owed_a = AnyFields();
    any.agreed->owed_b = AnyFields();
    any.unmerged = Draw(3) == 0 ? AnyFields() : std::set<std::string>();
    if (Draw(4) == 0) {
      any.agreed.reset();
    }
    any.a.changed_at = kNoon;
    any.b.changed_at = kNoon + std::chrono::seconds(Draw(2) == 0 ? 60 : -60);
    return any;
  }

 private:
  std::uint32_t Draw(std::uint32_t below) { return static_cast<std::uint32_t>(random_() % below); }

  std::set<std::string> AnyFields() {
    std::set<std::string> fields;
    for (const char* name : {"ask", "newest", "phones", "ask_phones"}) {
      if (Draw(3) == 0) {
        fields.insert(name);
      }
    }
    return fields;
  }

  Json AnyPhones() {
    Phones phones;
    for (const char* phone : {"+331", "+332", "+333"}) {
      if (Draw(2) == 0) {
        phones[phone] = Draw(2) == 0 ? "" : (Draw(2) == 0 ? "Work" : "Home");
      }
    }
    return phones;
  }

  Record Any() {
    Record record;
    for (const char* name : {"ask", "newest"}) {
      const std::uint32_t value = Draw(4);
      SetValue(record, name,
               value == 0 ? Json() : Json(std::string(1, static_cast<char>('w' + value))));
    }
    SetValue(record, "phones", AnyPhones());
    SetValue(record, "ask_phones", AnyPhones());
    return record;
  }

  std::mt19937 random_;
};

Case Swapped(Case given) {
  std::swap(given.a, given.b);
  if (given.agreed) {
    std::swap(given.agreed->shown_a, given.agreed->shown_b);
    std::swap(given.agreed->owed_a, given.agreed->owed_b);
  }
  return given;
}

std::vector<Loss> Swapped(std::vector<Loss> losses) {
  for (Loss& loss : losses) {
    std::swap(loss.a, loss.b);
  }
  return losses;
}

TEST(MergeProperties, SidesAreEqualWhereThePolicyPrefersNone) {
  for (std::uint32_t seed = 0; seed < 1000; ++seed) {
    const Case given = AnyCase(seed).Make();
    const Merged merged = given.Merge();
    const Merged mirrored = Swapped(given).Merge();
    ASSERT_EQ(merged.target, mirrored.target) << "seed " << seed;
    ASSERT_EQ(merged.from_a, mirrored.from_b) << "seed " << seed;
    ASSERT_EQ(merged.asks, Swapped(mirrored.asks)) << "seed " << seed;
    ASSERT_EQ(merged.losses.size(), mirrored.losses.size()) << "seed " << seed;
    for (const Field& field : given.definition.fields) {
      ASSERT_EQ(given.Wanted(Side::kA, field.name), Swapped(given).Wanted(Side::kB, field.name))
          << "seed " << seed;
    }
  }
}

TEST(MergeProperties, WhatWasMergedIsMerged) {
  for (std::uint32_t seed = 0; seed < 1000; ++seed) {
    const Case given = AnyCase(seed).Make();
    const Merged merged = given.Merge();
    if (!merged.asks.empty()) {
      continue;
    }
    Case after(given.definition.fields, merged.target);
    EXPECT_EQ(after.Merge().target, merged.target) << "seed " << seed;
    EXPECT_TRUE(after.Merge().losses.empty()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace sb::core::twoway
