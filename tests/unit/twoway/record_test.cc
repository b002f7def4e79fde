// Both sides are read into one form, in which equal means equal.
#include "engine/core/twoway/record.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/adapters/phone/phone_number_reader.h"
#include "engine/core/twoway/canonical.h"

namespace sb::core::twoway {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const adapters::phone::PhoneNumberReader& NumbersReader() {
  static const adapters::phone::PhoneNumberReader phones;
  return phones;
}

Canonical Read(Shape shape, const Json& native, const std::string& region = "FR") {
  return CanonicalValue(shape, native, {&NumbersReader(), region});
}

Json ValueIn(Shape shape, const Json& native) {
  return Read(shape, native).value;
}

TEST(CanonicalTextTest, IsOneFormOfAllSpellings) {
  EXPECT_EQ(ValueIn(Shape::kText, "  Ame\xCC\x81lie \xC2\xA0 Durand "), "Amélie Durand");
  EXPECT_EQ(ValueIn(Shape::kText, "محمد"), "محمد");
  EXPECT_EQ(ValueIn(Shape::kText, "山田\xE3\x80\x80太郎"), "山田 太郎");
  EXPECT_EQ(ValueIn(Shape::kText, "👩‍💻 Ada"), "👩‍💻 Ada");
  EXPECT_EQ(ValueIn(Shape::kText, 12), "12");
}

TEST(CanonicalTextTest, IsBlankWhereNothingIsToBeSeen) {
  for (const Json& blank : {Json(), Json(""), Json(" \t\xC2\xA0")})
    for (const Shape shape : {Shape::kText, Shape::kNumber, Shape::kBoolean, Shape::kEmail,
                              Shape::kPhone, Shape::kPhones, Shape::kEmails}) {
      EXPECT_EQ(Read(shape, blank).value, Json());
      EXPECT_EQ(Read(shape, blank).flag, "");
    }
}

TEST(CanonicalTextTest, FlagsWhatIsNoText) {
  for (const Json& native : {Json("\xFF"), Json::array({"a"}), Json{{"a", 1}},
                             Json(std::string(kLongestValue + 1, 'x'))}) {
    EXPECT_EQ(Read(Shape::kText, native).value, Json());
    EXPECT_EQ(Read(Shape::kText, native).flag, "VALUE_UNREADABLE");
  }
}

TEST(CanonicalNumberTest, TakesTextsAndNumbersAlike) {
  for (const Json& twelve : {Json(12), Json(12.0), Json("12"), Json(" +12.0 "), Json("1.2e1")})
    EXPECT_EQ(DumpJson(ValueIn(Shape::kNumber, twelve)), "12");
  EXPECT_EQ(DumpJson(ValueIn(Shape::kNumber, "0.10")), "0.1");
  EXPECT_EQ(DumpJson(ValueIn(Shape::kNumber, "9007199254740993")), "9007199254740993");
  EXPECT_EQ(DumpJson(ValueIn(Shape::kNumber, "-0.0")), "0");
}

TEST(CanonicalNumberTest, ReadsNothingThatItWouldHaveToGuessOrRound) {
  for (const Json& native : {Json("1,200"), Json("twelve"), Json("0x10"), Json("nan"), Json("inf"),
                             Json("0.1234567890123456789"), Json(true)})
    EXPECT_EQ(Read(Shape::kNumber, native).flag, "VALUE_UNREADABLE") << native;
}

TEST(CanonicalBooleanTest, GuessesNothing) {
  EXPECT_EQ(ValueIn(Shape::kBoolean, true), true);
  EXPECT_EQ(ValueIn(Shape::kBoolean, "f"), false);
  EXPECT_EQ(ValueIn(Shape::kBoolean, " true"), true);
  for (const Json& native : {Json("yes"), Json("1"), Json(1), Json("TRUE")})
    EXPECT_EQ(Read(Shape::kBoolean, native).flag, "VALUE_UNREADABLE") << native;
}

TEST(CanonicalPhoneTest, ReadsNumbersInTheRegionAndKeepsOthersAsTheyAreWritten) {
  EXPECT_EQ(ValueIn(Shape::kPhone, "01 42 68 53 00"), "+33142685300");
  EXPECT_EQ(ValueIn(Shape::kPhone, "+33 (0)1 42 68 53 00"), "+33142685300");
  EXPECT_EQ(Read(Shape::kPhone, "(617) 555-0142", "US").value, "+16175550142");
  const Canonical reception = Read(Shape::kPhone, " ask   reception ");
  EXPECT_EQ(reception.value, "ask reception");
  EXPECT_EQ(reception.flag, "PHONE_UNREADABLE");
}

TEST(CanonicalListTest, IsASetByNormalisedValue) {
  const Json native = {{{"value", "01 42 68 53 00"}, {"label", " Work "}, {"id", 7}},
                       {{"value", "+33142685300"}, {"label", "Home"}},
                       {{"value", nullptr}, {"label", "None"}},
                       "06 12 34 56 78"};
  EXPECT_EQ(CanonicalList(Shape::kPhones, native, true, {&NumbersReader(), "FR"}).value,
            (Json{{"+33142685300", "Work"}, {"+33612345678", ""}}));
  EXPECT_EQ(ValueIn(Shape::kPhones, native), (Json{{"+33142685300", ""}, {"+33612345678", ""}}));
  EXPECT_EQ(ValueIn(Shape::kEmails, "Élodie@École.FR"), (Json{{"élodie@école.fr", ""}}));
}

TEST(CanonicalListTest, IsUnreadableWhereOneEntryIsWhateverElseIsWrong) {
  const PhoneReading reading{&NumbersReader(), "FR"};
  const Json unread = {{"value", Json::array({1})}, {"label", "Work"}};
  const Json spelled = {{"value", "ask reception"}, {"label", "Work"}};
  for (const Json& native : {Json::array({unread, spelled}), Json::array({spelled, unread})}) {
    const Canonical list = CanonicalList(Shape::kPhones, native, true, reading);
    EXPECT_EQ(list.flag, "VALUE_UNREADABLE") << "a list that is not known whole is no edit";
    EXPECT_EQ(list.value, (Json{{"ask reception", "Work"}}));
  }
  const Json nameless = Json::array({{{"number", "+33142685300"}}});
  EXPECT_EQ(CanonicalList(Shape::kPhones, nameless, true, reading).flag, "VALUE_UNREADABLE")
      << "an entry of another kind is not an empty one";
  Json many = Json::array();
  for (int i = 0; i < 1'001; ++i) many.push_back("ext " + std::to_string(i));
  EXPECT_EQ(CanonicalList(Shape::kPhones, many, false, reading).flag, "VALUE_UNREADABLE");
}

TEST(CanonicalListTest, TakesTwentyPhonesInAnyOrder) {
  Json one = Json::array();
  Json other = Json::array();
  for (int i = 0; i < 20; ++i) {
    const std::string number = "+3314268530" + std::to_string(i % 10) + std::to_string(i / 10);
    one.push_back({{"value", number}, {"label", "Work"}});
    const Json entry = {{"value", number}, {"label", "Home"}};
    other.insert(other.begin(), entry);
  }
  EXPECT_EQ(ValueIn(Shape::kPhones, one).size(), 20U);
  EXPECT_EQ(ValueIn(Shape::kPhones, one), ValueIn(Shape::kPhones, other));
}

TEST(CanonicalValueTest, IsItsOwnCanonicalForm) {
  const std::vector<std::pair<Shape, Json>> values = {{Shape::kText, " a\r\n b "},
                                                      {Shape::kNumber, "1e20"},
                                                      {Shape::kNumber, 0.1},
                                                      {Shape::kBoolean, "t"},
                                                      {Shape::kEmail, "İ@X.TR"},
                                                      {Shape::kPhone, "01 42 68 53 00"},
                                                      {Shape::kPhone, "ext  7\n anyone"},
                                                      {Shape::kText, 1.5},
                                                      {Shape::kPhone, "112"}};
  for (const auto& [shape, native] : values) {
    const Json once = ValueIn(shape, native);
    EXPECT_EQ(DumpJson(ValueIn(shape, once)), DumpJson(once)) << native;
  }
}

TEST(RecordTest, HashesItsValuesAndNothingElse) {
  const Record ada = {{"age", 36}, {"name", "Ada"}};
  EXPECT_EQ(HashOf(ada), HashOf({{"name", "Ada"}, {"age", 36}}));
  EXPECT_NE(HashOf(ada), HashOf({{"name", "Ada"}}));
  EXPECT_EQ(HashOf(ada).size(), 64U);
}

TEST(RecordTest, HasNoBlankFields) {
  Record record = {{"name", "Ada"}, {"phones", {{"+1", ""}}}};
  SetValue(record, "name", nullptr);
  SetValue(record, "phones", Json::object());
  SetValue(record, "active", false);
  EXPECT_EQ(record, (Record{{"active", false}}));
  EXPECT_EQ(ValueOf(record, "name"), Json());
}

TEST(RecordTest, TellsWhichFieldsDiffer) {
  EXPECT_THAT(Differing({{"a", 1}, {"b", 2}, {"c", 3}}, {{"a", 1}, {"b", 3}, {"d", 4}}),
              ElementsAre("b", "c", "d"));
}

TEST(RecordTest, WhatCannotBeReadIsNoEdit) {
  const Projection projection{{{"name", "Ada"}, {"phone", "ask"}},
                              true,
                              {{"age", "VALUE_UNREADABLE"}, {"phone", "PHONE_UNREADABLE"}}};
  EXPECT_EQ(ReadableOver(projection, {{"age", 36}, {"phone", "+1"}}),
            (Record{{"age", 36}, {"name", "Ada"}, {"phone", "ask"}}));
}

// ---- What a record can be found by

Definition Contacts() {
  Definition definition;
  definition.match = {MatchBy::kExternalKey, MatchBy::kEmail, MatchBy::kPhone};
  definition.b.external_key = "aircall_id";
  Field phones;
  phones.name = "phones";
  phones.shape = Shape::kPhones;
  Field mail;
  mail.name = "mail";
  mail.shape = Shape::kEmail;
  definition.fields = {phones, mail};
  return definition;
}

const Record kAdaAtHome = {
    {"phones", {{"+33142685300", ""}, {"+442071838750", ""}, {"ask her", ""}}},
    {"mail", "ada@example.com"}};

TEST(MatchKeysTest, FollowTheRulesInTheirOrder) {
  EXPECT_THAT(MatchKeysOf(Contacts(), Side::kB, kAdaAtHome, {{"aircall_id", 77}}, "5"),
              ElementsAre(MatchKey{MatchBy::kExternalKey, "77"},
                          MatchKey{MatchBy::kEmail, "ada@example.com"},
                          MatchKey{MatchBy::kPhone, "+33142685300"},
                          MatchKey{MatchBy::kPhone, "+442071838750"}));
}

TEST(MatchKeysTest, OfBothSidesNameTheSameExternalKey) {
  EXPECT_EQ(MatchKeysOf(Contacts(), Side::kA, {}, Json::object(), "77"),
            MatchKeysOf(Contacts(), Side::kB, {}, {{"aircall_id", " 77"}}, "5"));
  EXPECT_THAT(MatchKeysOf(Contacts(), Side::kB, {}, {{"aircall_id", nullptr}}, "5"), IsEmpty());
}

TEST(MatchKeysTest, LeaveOutWhatIsNoNumberAndNoAddress) {
  EXPECT_THAT(MatchKeysOf(Contacts(), Side::kB,
                          {{"phones", {{"ask", ""}, {"+12", ""}}}, {"mail", "not known"}}, {}, "5"),
              IsEmpty());
}

TEST(MatchKeysTest, AreAtMostAHundred) {
  Json many = Json::object();
  for (int i = 0; i < 300; ++i) many["+33142685" + std::to_string(100 + i)] = "";
  EXPECT_EQ(MatchKeysOf(Contacts(), Side::kA, {{"phones", many}}, {}, "7").size(), 100U);
}

}  // namespace
}  // namespace sb::core::twoway
