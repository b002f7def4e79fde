// A two-way sync is read whole, and what is wrong with it is shown where it stands.
#include "engine/core/twoway/definition.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/adapters/jq/jq_expressions.h"
#include "engine/base/file.h"
#include "engine/base/ids.h"
#include "engine/base/json_schema.h"
#include "tests/unit/twoway/phone_book.h"

namespace sb::core::twoway {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::PhoneBooks;

const AccountId kHub(81);

constexpr const char* kCustomers =
    R"(sync: { namespace: acme, name: customers, version: '1.0.0' }
between:
  crm: { connector: postgres, table: public.customers, key: id }
  aircall: { connector: aircall, object: contact }
match: [phone, email]
fields:
  - { aircall: first_name, crm: first_name }
  - { aircall: phone_numbers, crm: [phone, mobile] }
  - { aircall: emails, crm: email }
)";

/// The definition with `from`, which must be there, replaced.
std::string With(const std::string& from, const std::string& to) {
  std::string yaml = kCustomers;
  const std::size_t at = yaml.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? yaml : yaml.replace(at, from.size(), to);
}

/// The definition with a line of fields more.
std::string WithField(const std::string& field) {
  return std::string(kCustomers) + "  - " + field + "\n";
}

DefinitionOutcome Read(const std::string& yaml) {
  static const adapters::jq::JqExpressions expressions;
  return ParseDefinition(yaml, PhoneBooks(), &expressions);
}

Definition Good(const std::string& yaml) {
  DefinitionOutcome outcome = Read(yaml);
  for (const Diagnostic& error : outcome.errors)
    ADD_FAILURE() << error.code << " " << error.pointer << ": " << error.message;
  return outcome.definition.value_or(Definition());
}

/// "CODE pointer" of each error.
std::vector<std::string> Faults(const std::string& yaml) {
  std::vector<std::string> faults;
  for (const Diagnostic& error : Read(yaml).errors)
    faults.push_back(error.code + " " + error.pointer);
  return faults;
}

TEST(DefinitionTest, ReadsTheShippedExampleWhole) {
  const auto yaml = ReadFile("docs/examples/customers.sync.yaml");
  ASSERT_TRUE(yaml.ok());
  const Definition read = Good(*yaml);
  EXPECT_EQ(read.head.name, "customers");
  EXPECT_EQ(read.a.connector, "aircall");
  EXPECT_EQ(read.b.table, "public.customers");
  EXPECT_EQ(read.b.where, ".kind == \"customer\"");
  EXPECT_THAT(read.match, ElementsAre(MatchBy::kExternalKey, MatchBy::kPhone, MatchBy::kEmail));
  ASSERT_EQ(read.fields.size(), 6U);
  EXPECT_EQ(read.Find("company_name")->direction, Direction::kToA);
  EXPECT_EQ(read.Find("information")->conflict, Conflict::kB);
  const auto* phones = read.Find("phone_numbers");
  EXPECT_EQ(phones->shape, Shape::kPhones);
  EXPECT_EQ(phones->conflict, Conflict::kAsk);
  EXPECT_THAT(phones->b.names, ElementsAre("phone", "mobile"));
  EXPECT_EQ(phones->label, "Work");
  EXPECT_FALSE(phones->labels) << "columns hold no labels";
  EXPECT_EQ(read.region, "US");
  EXPECT_EQ(read.Find("nobody"), nullptr);
  EXPECT_TRUE(IsTwoWay(*yaml));
}

TEST(DefinitionTest, NeedsFewWords) {
  const Definition read = Good(kCustomers);
  EXPECT_EQ(read.a.name, "aircall") << "the provider is side A wherever it stands";
  EXPECT_EQ(read.b.name, "crm");
  EXPECT_EQ(read.b.changes, ChangeFeed::kTrigger);
  EXPECT_EQ(read.Find("first_name")->conflict, Conflict::kNewest);
  EXPECT_EQ(read.Find("phone_numbers")->shape, Shape::kPhones) << "as the connector says";
  EXPECT_EQ(read.creates, Creates::kBoth);
  EXPECT_EQ(read.deletes, DeleteRules());
  EXPECT_EQ(read.compare, std::chrono::hours(24));
  EXPECT_FALSE(IsTwoWay("sync: {}\nreplicate: {}"));
  EXPECT_FALSE(IsTwoWay("between: ["));
}

TEST(DefinitionTest, TakesAPlatformOrAnotherConnectorAsOtherSide) {
  const Definition pushed = Good(With("connector: postgres, table: public.customers, key: id",
                                      "connector: platform, object: lead"));
  EXPECT_EQ(pushed.b.object, "lead");
  EXPECT_THAT(Faults(With("connector: postgres, table: public.customers, key: id",
                          "connector: platform, object: " + std::string(61, 'x'))),
              Contains("SYNC_FIELD_INVALID /between/crm/object"))
      << "nothing could be pushed under such a word";
  const std::string hub = "connector: hub, object: person, account: " + ToText(kHub);
  std::string yaml = With("connector: postgres, table: public.customers, key: id", hub);
  EXPECT_THAT(Faults(yaml), Contains("LINK_FIELD_UNKNOWN /fields/0/crm"));
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"crm: first_name", "crm: given"}, {"crm: email }", "crm: mails }"}}) {
    yaml.replace(yaml.find(from), from.size(), to);
  }
  const Definition linked = Good(yaml);
  EXPECT_EQ(linked.b.account, ToText(kHub));
  EXPECT_TRUE(linked.Find("emails")->labels) << "both sides hold them";
  EXPECT_FALSE(linked.Find("phone_numbers")->labels);
}

TEST(DefinitionTest, ReadsWhatHappensWithDeletedRecords) {
  const std::string deletes = "deletes: { policy: { aircall: ignore, crm: { flag: left } } }\n";
  const Definition read = Good(kCustomers + deletes + "creates: crm\n");
  EXPECT_EQ(read.deletes.to_a, Deletes::kIgnore);
  EXPECT_EQ(read.deletes.to_b, Deletes::kFlag);
  EXPECT_EQ(read.deletes.flag_b, "left");
  EXPECT_EQ(read.creates, Creates::kInB);
  EXPECT_EQ(Good(std::string(kCustomers) + "deletes: { policy: delete }\n").deletes.to_b,
            Deletes::kDelete);
  for (const char* policy : {"flag", "{ flag: left }", "{ crm: flag }"}) {
    const std::string yaml = std::string(kCustomers) + "deletes: { policy: " + policy + " }\n";
    EXPECT_THAT(Faults(yaml), Contains(HasSubstr("LINK_FLAG_MISSING"))) << policy;
  }
  EXPECT_THAT(
      Faults(std::string(kCustomers) + "deletes: { policy: { aircall: { flag: left } } }\n"),
      ElementsAre("LINK_FIELD_UNKNOWN /deletes/policy/aircall/flag"));
}

TEST(DefinitionTest, ListsTheNativeFieldsOfASide) {
  const Definition read = Good(With("key: id", "key: id, external_key: aircall_id") +
                               "  - { aircall: company_name, crm: company, from: crm }\n");
  const NativeFields table = NativeFieldsOf(read, Side::kB);
  EXPECT_THAT(table.read,
              ElementsAre("aircall_id", "company", "email", "first_name", "mobile", "phone"));
  EXPECT_THAT(table.written, ElementsAre("email", "first_name", "mobile", "phone"));
}

TEST(DefinitionTest, ShowsWhatIsWrongWithSides) {
  EXPECT_THAT(Faults(With("connector: aircall", "connector: aircal")),
              ElementsAre("LINK_SIDE_UNKNOWN /between"));
  EXPECT_THAT(Faults(With("connector: postgres, table: public.customers, key: id",
                          "connector: hubs, object: person")),
              ElementsAre("LINK_SIDE_UNKNOWN /between/crm/connector"));
  EXPECT_THAT(Faults(With("object: contact", "object: contacts")),
              ElementsAre("LINK_SIDE_UNKNOWN /between/aircall/object"));
  EXPECT_THAT(Faults(With(", key: id", "")), ElementsAre("SYNC_FIELD_MISSING /between/crm"));
  EXPECT_THAT(Faults(With("key: id", "key: id, changes: polling")),
              ElementsAre("SYNC_FIELD_MISSING /between/crm"));
  for (const char* table : {"eng.accounts", "switchboard.change_log", "pg_catalog.pg_class"}) {
    EXPECT_THAT(Faults(With("public.customers", table)),
                ElementsAre("SYNC_SCHEMA_RESERVED /between/crm/table"))
        << table;
  }
  for (const char* table : {"eng", "pg_customers", "switchboard"}) {
    EXPECT_THAT(Faults(With("public.customers", table)), ElementsAre())
        << table << " is a name of a table, not of a schema";
  }
  EXPECT_THAT(Faults(With("key: id", "key: id, where: '.kind =='")),
              ElementsAre("LINK_TRANSFORM_INVALID /between/crm/where"));
  EXPECT_THAT(Faults(With("  crm: {", "  from: {")), Contains("SYNC_FIELD_INVALID /between/from"));
}

TEST(DefinitionTest, ShowsWhatIsWrongWithFields) {
  EXPECT_THAT(Faults(With("aircall: first_name", "aircall: firstname")),
              ElementsAre("LINK_FIELD_UNKNOWN /fields/0/aircall"));
  EXPECT_EQ(Read(With("aircall: first_name", "aircall: firstname")).errors[0].suggestion,
            "did you mean first_name?");
  EXPECT_THAT(Faults(WithField("{ aircall: last_name, crm: first_name }")),
              ElementsAre("LINK_FIELD_DUPLICATE /fields/3/crm"));
  EXPECT_THAT(Faults(WithField("{ aircall: last_name, crm: id }")),
              ElementsAre("LINK_FIELD_DUPLICATE /fields/3/crm"));
  EXPECT_THAT(Faults(WithField("{ aircall: created_at, crm: since }")),
              ElementsAre("LINK_FIELD_READ_ONLY /fields/3/aircall"));
  EXPECT_EQ(Good(WithField("{ aircall: created_at, crm: since, from: aircall }")).fields[3].shape,
            Shape::kNumber);
  EXPECT_THAT(Faults(With("crm: email }", "crm: email, as: number }")),
              Contains("LINK_TYPE_UNFIT /fields/2/aircall"));
  EXPECT_THAT(Faults(WithField("{ aircall: last_name, crm: name, from: crm, conflict: ask }")),
              ElementsAre("SYNC_FIELD_INVALID /fields/3/conflict"));
  EXPECT_THAT(Faults(WithField("{ aircall: last_name, crm: name, conflict: nobody }")),
              ElementsAre("SYNC_FIELD_INVALID /fields/3/conflict"));
  EXPECT_THAT(Faults(WithField("{ aircall: last_name }")),
              ElementsAre("SYNC_FIELD_MISSING /fields/3"));
}

TEST(DefinitionTest, RefusesTransformsThatCannotComeBack) {
  EXPECT_THAT(Faults(WithField("{ aircall: last_name, crm: { column: name, read: '.[' } }")),
              ElementsAre("LINK_TRANSFORM_INVALID /fields/3/crm",
                          "LINK_TRANSFORM_INVALID /fields/3/crm/read"));
  const std::string half = "{ aircall: last_name, crm: { column: name, read: ascii_downcase }";
  EXPECT_THAT(Faults(WithField(half + " }")), ElementsAre("LINK_TRANSFORM_INVALID /fields/3/crm"));
  EXPECT_THAT(Faults(WithField(half + ", from: crm }")), IsEmpty()) << "it is only read there";
  EXPECT_THAT(Faults(WithField(half + ", from: aircall }")),
              ElementsAre("LINK_TRANSFORM_INVALID /fields/3/crm"))
      << "what is written is read again";
}

TEST(DefinitionTest, RefusesWhatCouldNeverMatchOrBeMade) {
  EXPECT_THAT(Faults(With("[phone, email]", "[external_key]")),
              ElementsAre("LINK_MATCH_UNUSABLE /match"));
  EXPECT_THAT(Faults(With("  - { aircall: emails, crm: email }\n", "")),
              ElementsAre("LINK_MATCH_UNUSABLE /match"));
  const std::string unmapped = With("  - { aircall: phone_numbers, crm: [phone, mobile] }\n", "");
  EXPECT_THAT(Faults(unmapped),
              ElementsAre("LINK_MATCH_UNUSABLE /match", "LINK_REQUIRED_UNMAPPED /fields"));
  EXPECT_THAT(Faults(unmapped + "creates: crm\n"), ElementsAre("LINK_MATCH_UNUSABLE /match"));
}

TEST(DefinitionTest, TellsLineAndColumnAndGoesOnAfterAFault) {
  const auto errors = Read(With("aircall: first_name", "aircall: firstname") +
                           "creates: everywhere\nregion: France\n")
                          .errors;
  ASSERT_EQ(errors.size(), 3U);
  EXPECT_EQ(errors[0].position, (Position{7, 16}));
  EXPECT_EQ(errors[1].position.line, 10);
  EXPECT_EQ(errors[2].position.line, 11);
}

TEST(CheckShapeTest, ComparesADefinitionWithTheTableAsItIs) {
  const Definition read = Good(kCustomers);
  SideShape table;
  for (const char* column : {"id", "first_name", "phone", "email", "segment"}) table[column] = {};
  table["phone"].type = "number";
  table["first_name"].writable = false;
  table["segment"].required = true;
  std::vector<std::string> faults;
  for (const Diagnostic& fault : CheckShape(read, Side::kB, table))
    faults.push_back(fault.code + " " + fault.pointer);
  EXPECT_THAT(faults,
              ElementsAre("LINK_FIELD_READ_ONLY /fields/0/crm", "LINK_TYPE_UNFIT /fields/1/crm",
                          "LINK_FIELD_UNKNOWN /fields/1/crm", "LINK_REQUIRED_UNMAPPED /fields"));
  EXPECT_THAT(CheckShape(read, Side::kB, {}), IsEmpty()) << "a platform's side takes anything";
}

TEST(DefinitionSchemaTest, FitsEveryDefinitionThatIsAccepted) {
  const auto schema = JsonSchema::Compile(DefinitionSchema(PhoneBooks()));
  ASSERT_TRUE(schema.ok()) << schema.error().message;
  const auto example = ReadFile("docs/examples/customers.sync.yaml");
  const auto pushed = ReadFile("docs/examples/platform.sync.yaml");
  EXPECT_EQ(Good(*pushed).b.object, "contact");
  const std::string hub = "connector: hub, object: person, account: " + ToText(kHub);
  const std::string table = "connector: postgres, table: public.customers, key: id";
  for (const std::string& yaml :
       {*example, *pushed, std::string(kCustomers),
        With(table, "connector: platform, object: lead"), With(table, hub),
        std::string(kCustomers) +
            "deletes: { policy: { crm: { flag: left } }, brake: { count: 5 } }\n"})
    EXPECT_THAT(schema->Check(ParseYaml(yaml).document->value), IsEmpty()) << yaml;
  for (const std::string& yaml :
       {With("connector: aircall", "connector: aircal"),
        With("object: contact", "object: contacts"), With("[phone, email]", "[name]"),
        With(", key: id", ""), With("[phone, mobile]", "[]")})
    EXPECT_THAT(schema->Check(ParseYaml(yaml).document->value), Not(IsEmpty())) << yaml;
}

}  // namespace
}  // namespace sb::core::twoway
