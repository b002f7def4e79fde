// A side is read into canonical form, and told what to write so that it shows a canonical value.
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/adapters/jq/jq_expressions.h"
#include "engine/adapters/phone/phone_number_reader.h"
#include "engine/core/twoway/record.h"
#include "tests/unit/twoway/phone_book.h"

namespace sb::core::twoway {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::PhoneBooks;

const adapters::jq::JqExpressions& Jq() {
  static const adapters::jq::JqExpressions expressions;
  return expressions;
}

const adapters::phone::PhoneNumberReader& NumberReader() {
  static const adapters::phone::PhoneNumberReader phones;
  return phones;
}

constexpr const char* kHead = R"(sync: { namespace: acme, name: customers, version: '1.0.0' }
between:
  aircall: { connector: aircall, object: contact }
  crm: { connector: postgres, table: public.customers, key: id, where: '.kind == "customer"' }
match: [phone]
fields:
)";

/// A sync with both its sides, which lives as long as it is looked at.
struct Sync {
  explicit Sync(const std::string& fields, SideShape table = {})
      : definition(Read(fields)),
        aircall(definition, Side::kA, PhoneBooks()["aircall"]["contact"].fields, "FR",
                {&NumberReader(), &Jq()}),
        crm(definition, Side::kB, std::move(table), "FR", {&NumberReader(), &Jq()}) {}

  /// Each is read once, however often it is used.
  static const Definition& Read(const std::string& fields) {
    static std::map<std::string, Definition> known;
    const auto found = known.find(fields);
    if (found != known.end()) return found->second;
    DefinitionOutcome outcome = ParseDefinition(kHead + fields, PhoneBooks(), &Jq());
    for (const Diagnostic& error : outcome.errors)
      ADD_FAILURE() << error.code << " " << error.pointer << ": " << error.message;
    return known[fields] = outcome.definition.value_or(Definition());
  }

  Definition definition;
  Projector aircall;
  Projector crm;
};

constexpr const char* kFields = R"(  - { aircall: first_name, crm: first_name }
  - { aircall: information, crm: notes }
  - { aircall: phone_numbers, crm: [phone, mobile], label: Work }
  - { aircall: emails, crm: email }
)";

FieldLimits Column(const std::string& type, std::size_t most_chars = 0) {
  FieldLimits limits;
  limits.type = type;
  limits.most_chars = most_chars;
  return limits;
}

SideShape Customers() {
  return {{"id", Column("number")},       {"first_name", Column("text", 8)},
          {"notes", Column("text")},      {"phone", Column("text", 20)},
          {"mobile", Column("text", 20)}, {"email", Column("text", 40)},
          {"kind", Column("text")}};
}

const Json kAda = {{"first_name", " Ada "},
                   {"information", nullptr},
                   {"phone_numbers",
                    {{{"id", 1}, {"label", "Office"}, {"value", "01 42 68 53 00"}},
                     {{"id", 2}, {"label", "Mobile"}, {"value", "+33 6 12 34 56 78"}}}},
                   {"emails", Json::array()}};

TEST(ProjectorTest, ReadsBothSidesIntoOneForm) {
  const Sync sync(kFields, Customers());
  const auto contact = sync.aircall.Project(kAda);
  const auto customer = sync.crm.Project({{"id", 5},
                                          {"kind", "customer"},
                                          {"first_name", "Ada"},
                                          {"phone", "+33612345678"},
                                          {"mobile", "0142685300"},
                                          {"email", ""}});
  ASSERT_TRUE(contact.ok() && customer.ok());
  EXPECT_EQ(contact->record,
            (Record{{"first_name", "Ada"},
                    {"phone_numbers", {{"+33142685300", ""}, {"+33612345678", ""}}}}));
  EXPECT_EQ(contact->record, customer->record);
  EXPECT_EQ(HashOf(contact->record), HashOf(customer->record));
  EXPECT_TRUE(customer->takes_part);
}

TEST(ProjectorTest, LeavesOutWhatTheFilterDoesNotWant) {
  const Sync sync(kFields, Customers());
  EXPECT_FALSE(sync.crm.Project({{"kind", "supplier"}})->takes_part);
  EXPECT_THAT(sync.crm.Project({{"kind", "supplier"}})->flags, IsEmpty());
  // A filter that fails on a record leaves it out as well, and says so.
  Definition strict = sync.definition;
  strict.b.where = ".kind | ascii_downcase == \"customer\"";
  const Projector crm(strict, Side::kB, Customers(), "FR", {&NumberReader(), &Jq()});
  const auto failed = crm.Project({{"kind", 7}});
  ASSERT_TRUE(failed.ok());
  EXPECT_FALSE(failed->takes_part);
  EXPECT_THAT(failed->flags, ElementsAre(Flag{"", "VALUE_UNREADABLE"}));
}

TEST(ProjectorTest, FlagsWhatItCannotReadAndReadsTheRest) {
  const Sync sync(
      "  - { aircall: phone_numbers, crm: phone }\n"
      "  - { aircall: first_name, crm: { column: name, read: ltrimstr(1) + \"\", write: . } }\n"
      "  - { aircall: last_name, crm: { column: family, read: .text, write: '{text: .}' } }\n");
  const auto read =
      sync.crm.Project({{"phone", "ask her"}, {"name", "Ada"}, {"family", "Lovelace"}});
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->record, (Record{{"first_name", "Ada"}, {"phone_numbers", {{"ask her", ""}}}}));
  EXPECT_THAT(read->flags, ElementsAre(Flag{"phone_numbers", "PHONE_UNREADABLE"},
                                       Flag{"last_name", "VALUE_UNREADABLE"}));
}

TEST(ProjectorTest, FailsWhereExpressionsAreNotToBeHad) {
  const Sync sync(kFields, Customers());
  const Projector crm(sync.definition, Side::kB, Customers(), "FR", {&NumberReader(), nullptr});
  EXPECT_EQ(crm.Project(kAda).error().kind, ErrorKind::kUnavailable);
}

// ---- What a person chooses

TEST(ChosenTest, IsReadAsAValueOfTheField) {
  const Sync sync(kFields, Customers());
  const auto chosen = [&](const char* field, const Json& value) {
    const auto read = sync.aircall.Chosen(*sync.definition.Find(field), value);
    return read ? read->dump() : "does not fit";
  };
  EXPECT_EQ(chosen("first_name", "  Ada "), "\"Ada\"");
  EXPECT_EQ(chosen("first_name", Json()), "null");
  EXPECT_EQ(chosen("first_name", 12), "does not fit") << "no name";
  EXPECT_EQ(chosen("first_name", true), "does not fit");
  const std::string phone = R"({"+33142685300":""})";
  EXPECT_EQ(chosen("phone_numbers", Json::object({{"01 42 68 53 00", "Work"}})), phone);
  EXPECT_EQ(chosen("phone_numbers", Json::array({"01 42 68 53 00"})), phone);
  EXPECT_EQ(chosen("phone_numbers", Json::object({{"ask her", "Work"}})), "does not fit");
  EXPECT_EQ(chosen("phone_numbers", "01 42 68 53 00"), "does not fit");
  EXPECT_EQ(chosen("phone_numbers", Json::object({{"01 42 68 53 00", 7}})), "does not fit");
}

// ---- What a side shows

Record ShownBy(const Projector& side, const Record& target, const Record& now = {}) {
  auto shown = side.Shown(target, now);
  EXPECT_TRUE(shown.ok());
  return shown.ok() ? *shown : Record();
}

TEST(ShownTest, CutsTextsToTheLengthOfTheColumn) {
  const Sync sync(kFields, Customers());
  EXPECT_EQ(ShownBy(sync.crm, {{"first_name", "Maximiliane"}}),
            (Record{{"first_name", "Maximili"}}));
  EXPECT_EQ(ShownBy(sync.crm, {{"first_name", "Jean Luc Marie"}}),
            (Record{{"first_name", "Jean Luc"}}));
  EXPECT_EQ(ShownBy(sync.aircall, {{"first_name", "Maximiliane"}}),
            (Record{{"first_name", "Maximiliane"}}));
}

TEST(ShownTest, NeverCutsNumbersAndAddresses) {
  SideShape tight = Customers();
  tight["phone"] = tight["mobile"] = Column("text", 8);
  tight["email"] = Column("text", 8);
  const Sync sync(kFields, tight);
  EXPECT_EQ(ShownBy(sync.crm, {{"phone_numbers", {{"+33142685300", ""}}},
                               {"emails", {{"ada@example.com", ""}}}}),
            Record());
}

TEST(ShownTest, KeepsWhatTheSideCannotClear) {
  const Sync sync(kFields, Customers());
  const Record now = {{"first_name", "Ada"},
                      {"phone_numbers", {{"+33142685300", ""}, {"+33612345678", ""}}}};
  EXPECT_EQ(ShownBy(sync.aircall, {}, now),
            (Record{{"first_name", "Ada"}, {"phone_numbers", {{"+33142685300", ""}}}}))
      << "a name stays, and of the numbers the last one";
  EXPECT_EQ(ShownBy(sync.crm, {}, now), Record());
}

TEST(ShownTest, KeepsTheEntriesThatAreThereWhereThereIsNoRoomForAll) {
  const Sync sync(kFields, Customers());
  const Json three = {{"+33111111111", ""}, {"+33222222222", ""}, {"+33612345678", ""}};
  EXPECT_EQ(
      ShownBy(sync.crm, {{"phone_numbers", three}}, {{"phone_numbers", {{"+33612345678", ""}}}}),
      (Record{{"phone_numbers", {{"+33111111111", ""}, {"+33612345678", ""}}}}));
  EXPECT_EQ(ShownBy(sync.aircall, {{"phone_numbers", three}}), (Record{{"phone_numbers", three}}));
}

TEST(ShownTest, ShowsWhatTransformsMakeOfAValueWhereThatStays) {
  const Sync sync(
      "  - { aircall: phone_numbers, crm: phone }\n"
      "  - { aircall: information, crm: { column: notes, read: ascii_downcase, write: . } }\n"
      "  - { aircall: first_name, crm: { column: name, read: ., write: '. + \"!\"' } }\n",
      {{"phone", Column("text")}, {"notes", Column("text")}, {"name", Column("text")}});
  EXPECT_EQ(ShownBy(sync.crm, {{"information", "VIP Ada"}, {"first_name", "Ada"}},
                    {{"first_name", "Eve"}}),
            (Record{{"information", "vip ada"}, {"first_name", "Eve"}}))
      << "what would grow with each write is left alone";
}

TEST(ShownTest, KeepsWhatTheTypeOfAColumnCannotHold) {
  const Sync sync(
      "  - { aircall: phone_numbers, crm: phone }\n"
      "  - { aircall: information, crm: score }\n",
      {{"phone", Column("text")}, {"score", Column("number")}});
  EXPECT_EQ(ShownBy(sync.crm, {{"information", "12"}}), (Record{{"information", "12"}}));
  EXPECT_EQ(ShownBy(sync.crm, {{"information", "high"}}, {{"information", "7"}}),
            (Record{{"information", "7"}}));
  EXPECT_EQ(*sync.crm.Render({{"information", "12"}}, {"information"}, nullptr),
            (Json{{"score", 12}}));
}

TEST(ShownTest, NeverChangesASideThatIsOnlyRead) {
  const Sync sync(std::string(kFields) +
                  "  - { aircall: company_name, crm: company, from: crm }\n");
  EXPECT_EQ(ShownBy(sync.crm, {{"company_name", "Other"}}, {{"company_name", "Acme"}}),
            (Record{{"company_name", "Acme"}}));
  EXPECT_EQ(*sync.crm.Render({{"company_name", "Other"}}, {"company_name"}, nullptr),
            Json::object());
}

// ---- What is written

const std::set<std::string> kPhoneField = {"phone_numbers"};

TEST(RenderTest, KeepsLabelsSpellingsAndIdsOfEntriesThatStay) {
  const Sync sync(kFields, Customers());
  const Json written = *sync.aircall.Render(
      {{"phone_numbers", {{"+33142685300", ""}, {"+442071838750", ""}}}}, kPhoneField, kAda);
  EXPECT_EQ(written, (Json{{"phone_numbers",
                            {{{"id", 1}, {"label", "Office"}, {"value", "01 42 68 53 00"}},
                             {{"label", "Work"}, {"value", "+442071838750"}}}}}));
}

TEST(RenderTest, LeavesAnEntryInItsColumnForAsLongAsItStays) {
  const Sync sync(kFields, Customers());
  const Json row = {{"phone", "+442071838750"}, {"mobile", "06 12 34 56 78"}};
  const auto written = [&](const Json& list) {
    return *sync.crm.Render({{"phone_numbers", list}}, kPhoneField, row);
  };
  EXPECT_EQ(written({{"+33142685300", ""}, {"+33612345678", ""}}),
            (Json{{"phone", "+33142685300"}}));
  EXPECT_EQ(written({{"+33612345678", ""}}), (Json{{"phone", nullptr}}));
  EXPECT_EQ(written({{"+33612345678", ""}, {"+442071838750", ""}}), Json::object());
}

TEST(RenderTest, WritesNothingWhereNothingChanges) {
  const Sync sync(kFields, Customers());
  const Record now = sync.aircall.Project(kAda)->record;
  EXPECT_EQ(
      *sync.aircall.Render(now, {"first_name", "information", "phone_numbers", "emails"}, kAda),
      Json::object());
}

TEST(RenderTest, WritesANewRecordWithWhatIsNotBlank) {
  const Sync sync(kFields, Customers());
  const Record target = {{"first_name", "Ada"}, {"phone_numbers", {{"+33142685300", ""}}}};
  EXPECT_EQ(
      *sync.crm.Render(target, {"first_name", "information", "phone_numbers", "emails"}, nullptr),
      (Json{{"first_name", "Ada"}, {"phone", "+33142685300"}}));
  EXPECT_EQ(sync.aircall.MissingIn({{"first_name", "Ada"}}), kPhoneField);
  EXPECT_THAT(sync.aircall.MissingIn(target), IsEmpty());
}

TEST(RenderTest, LeavesAloneWhatItCannotRead) {
  const Sync sync(kFields, Customers());
  const Json row = {{"first_name", {{"odd", true}}}, {"notes", "old"}};
  EXPECT_EQ(*sync.crm.Render({{"first_name", "Ada"}, {"information", "new"}},
                             {"first_name", "information"}, row),
            (Json{{"notes", "new"}}));
}

TEST(RenderTest, ChangesLabelsWhereBothSidesHaveThem) {
  RecordCatalog books = PhoneBooks();
  Definition definition = Sync(kFields).definition;
  definition.fields[2].b.names = {"numbers"};
  definition.fields[2].labels = true;
  const Projector hub(definition, Side::kB, books["hub"]["person"].fields, "FR",
                      {&NumberReader(), &Jq()});
  const Json person = {{"numbers", {{{"value", "+33142685300"}, {"label", "Home"}}}}};
  EXPECT_EQ(hub.Project(person)->record, (Record{{"phone_numbers", {{"+33142685300", "Home"}}}}));
  EXPECT_EQ(*hub.Render({{"phone_numbers", {{"+33142685300", "Office"}}}}, kPhoneField, person),
            (Json{{"numbers", {{{"value", "+33142685300"}, {"label", "Office"}}}}}));
}

TEST(RenderTest, KeepsAListOfTextsAListOfTexts) {
  const Sync sync(kFields);  // a platform or table of which nothing is known
  Definition definition = sync.definition;
  definition.b.connector = "platform";
  const Projector platform(definition, Side::kB, {}, "FR", {&NumberReader(), &Jq()});
  EXPECT_EQ(*platform.Render({{"emails", {{"ada@b.org", ""}, {"eve@b.org", ""}}}}, {"emails"},
                             {{"email", {"Ada@B.org"}}}),
            (Json{{"email", {"Ada@B.org", "eve@b.org"}}}));
}

TEST(NativeOfTest, GivesWhatTheFieldsAreMadeOf) {
  const Sync sync(kFields, Customers());
  EXPECT_EQ(sync.crm.NativeOf({"phone_numbers", "emails"}, {{"phone", "1"}, {"notes", "x"}}),
            (Json{{"phone", "1"}, {"mobile", nullptr}, {"email", nullptr}}));
}

TEST(RoundTripTest, TellsWhichTransformsDoNotBringBackWhatTheyRead) {
  const Sync sync(
      "  - { aircall: phone_numbers, crm: phone }\n"
      "  - { aircall: first_name, crm: { column: name, read: 'split(\" \")[0]', write: '. + \" \"' "
      "} }\n"
      "  - { aircall: last_name, crm: { column: family, read: '.[:3]', write: '\"x\" + .' } }\n");
  const auto faults =
      sync.crm.TryRoundTrip({{{"kind", "customer"}, {"name", "Ada L"}, {"family", "Lovelace"}},
                             {{"family", "Byron"}},
                             {{"family", ""}}});
  ASSERT_TRUE(faults.ok());
  EXPECT_THAT(*faults, ElementsAre(NotBack{"last_name", 2, "Lov", "xLo"}));
}

// ---- Whatever is written where

/// Draws values for a sync out of few pieces, so that they meet.
class Draw {
 public:
  explicit Draw(unsigned seed) : random_(seed) {}

  std::size_t Below(std::size_t end) { return random_() % end; }

  std::string Text() {
    static const std::vector<std::string> kPieces = {"Ada", " ",           "é", "e\xCC\x81",
                                                     "한",  "👩‍💻", "İ", "12",
                                                     "\n",  "\xC2\xA0",    "X", "true"};
    std::string text;
    for (std::size_t count = Below(6); count > 0; --count) text += kPieces[Below(kPieces.size())];
    return text;
  }

  std::string Phone() {
    static const std::vector<std::string> kPhones = {"+33142685300",
                                                     "01 42 68 53 00",
                                                     "+33612345678",
                                                     "06.12.34.56.78",
                                                     "+442071838750",
                                                     "ask  her",
                                                     "anonymous",
                                                     "+16175550142",
                                                     "",
                                                     "+12"};
    return kPhones[Below(kPhones.size())];
  }

  Json Contact() {
    const auto list = [&](auto value) {
      Json entries = Json::array();
      for (std::size_t count = Below(5); count > 0; --count)
        entries.push_back({{"value", value()}, {"label", Below(2) == 0 ? "Work" : "Home"}});
      return entries;
    };
    return {{"first_name", Text()},
            {"information", Text()},
            {"phone_numbers", list([&] { return Phone(); })},
            {"emails", list([&] { return Text() + "@x.org"; })}};
  }

  Json Row() {
    return {{"kind", "customer"},
            {"first_name", Text()},
            {"notes", Text()},
            {"phone", Phone()},
            {"mobile", Below(3) == 0 ? Json() : Json(Phone())},
            {"email", Text() + "@x.org"}};
  }

  SideShape Table() {
    SideShape table = Customers();
    for (auto& [name, limits] : table) {
      if (Below(3) == 0) limits.most_chars = 1 + Below(14);
      limits.clears = Below(4) != 0;
    }
    if (Below(4) == 0) table["notes"].type = "number";
    return table;
  }

 private:
  std::mt19937 random_;
};

constexpr const char* kDrawnFields[] = {
    kFields,
    "  - { aircall: first_name, crm: { column: first_name, read: ascii_downcase, write: . } }\n"
    "  - { aircall: information, crm: { column: notes, read: '.[1:]', write: '\"#\" + .' } }\n"
    "  - { aircall: phone_numbers, crm: { column: [phone, mobile], read: ., write: '.[:1]' } }\n"
    "  - { aircall: emails, crm: { column: email, read: 'split(\",\")', write: 'map(.value) | "
    "join(\",\")' } }\n",
    "  - { aircall: first_name, crm: { column: first_name, read: ., write: '. + \"x\"' } }\n"
    "  - { aircall: information, crm: notes }\n"
    "  - { aircall: phone_numbers, crm: phone }\n"
    "  - { aircall: emails, crm: email }\n"};

std::set<std::string> EntriesIn(const Record& record, const std::string& field) {
  std::set<std::string> entries;
  const Json list = ValueOf(record, field);
  for (const auto& [key, label] : list.items()) entries.insert(key);
  return entries;
}

bool Holds(const std::set<std::string>& all, const std::set<std::string>& some) {
  return std::ranges::includes(all, some);
}

/// Everything that has to hold of one write of `target` over the record `native`.
void CheckWrite(const Projector& side, const Record& target, const Json& native) {
  const Record now = side.Project(native)->record;
  const Record shown = ShownBy(side, target, now);
  ASSERT_EQ(ShownBy(side, shown, now), shown) << "the same again over what is there";
  ASSERT_EQ(ShownBy(side, shown, shown), shown) << "and over itself";
  ASSERT_EQ(ShownBy(side, now, now), now) << "what is there already is no change";
  for (const char* list : {"phone_numbers", "emails"}) {
    const auto wanted = EntriesIn(target, list);
    const auto there = EntriesIn(now, list);
    std::set<std::string> either = wanted;
    either.insert(there.begin(), there.end());
    ASSERT_TRUE(Holds(either, EntriesIn(shown, list))) << "no entry comes from nowhere";
  }
  const std::set<std::string> fields = Differing(shown, now);
  const Json written = *side.Render(shown, fields, native);
  Json after = native;
  after.update(written);
  ASSERT_EQ(side.Project(after)->record, shown) << native << " over which " << written;
  ASSERT_EQ(*side.Render(shown, fields, after), Json::object()) << "once it is written, no more is";
}

TEST(ShownTest, IsWhatIsReadOnceItIsWrittenWhateverTheSideCanHold) {
  for (unsigned seed = 0; seed < 1'000; ++seed) {
    SCOPED_TRACE(seed);
    Draw draw(seed);
    const Sync sync(kDrawnFields[seed % 3], draw.Table());
    const Record contact = sync.aircall.Project(draw.Contact())->record;
    CheckWrite(sync.crm, contact, draw.Row());
    if (HasFatalFailure()) return;
    CheckWrite(sync.crm, contact, nullptr);
    if (HasFatalFailure()) return;
    CheckWrite(sync.aircall, sync.crm.Project(draw.Row())->record, draw.Contact());
    if (HasFatalFailure()) return;
  }
}

TEST(ShownTest, LosesNoEntryThatIsWantedAndThere) {
  for (unsigned seed = 0; seed < 1'000; ++seed) {
    Draw draw(seed);
    const Sync sync(kFields, draw.Table());
    const Record target = sync.aircall.Project(draw.Contact())->record;
    const Record now = sync.crm.Project(draw.Row())->record;
    const Record shown = ShownBy(sync.crm, target, now);
    for (const std::string& entry : EntriesIn(now, "phone_numbers")) {
      if (!EntriesIn(target, "phone_numbers").contains(entry)) continue;
      ASSERT_TRUE(EntriesIn(shown, "phone_numbers").contains(entry)) << seed << " " << entry;
    }
  }
}

/// The value that A shows goes to B and what B shows of it back to A: then both rest.
TEST(ShownTest, NeverGoesToAndFro) {
  for (unsigned seed = 0; seed < 1'000; ++seed) {
    SCOPED_TRACE(seed);
    Draw draw(seed);
    const Sync sync(kDrawnFields[seed % 3], draw.Table());
    const Record a = sync.aircall.Project(draw.Contact())->record;
    const Record b = ShownBy(sync.crm, a);
    const Record back = ShownBy(sync.aircall, b, a);
    ASSERT_EQ(ShownBy(sync.crm, back, b), b);
  }
}

}  // namespace
}  // namespace sb::core::twoway
