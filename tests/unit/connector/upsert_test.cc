#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/connector/acme.h"

// Phone numbers in inputs, refusals of an action's own, and actions that find before they make.
namespace sb::connector {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;

constexpr const char* kUpsertPath = "acme/actions/people.upsert.yaml";

constexpr const char* kUpsert = R"(action: people.upsert
version: 1.0.0
title: Create or complete a person
description: By phone.
request: { method: POST, path: /people, body_from: [name, phones] }
upsert:
  keys: '[(.phones // [])[].value]'
  find:
    - action: people.search
      each: '[.phones[] | { phone: .value }]'
      pick: '[.people[] | select(.phone == $with.phone)] | first'
  read: { action: people.get, with: { id: '${ $object.id }' } }
  changes:
    - action: people.rename
      each: 'if $input.name == .name then [] else [{ id, name: $input.name }] end'
  output: '. + { created: false }'
  settles: 1500ms
effect:
  class: verifiable
  read_back: { action: people.search, with: { phone: '${ $input.phones[0].value }' }, found: '.people[0]', waits: [2s] }
phones: ['phones.*.value']
refuse:
  - { when: (.name // "") == "", code: PERSON_WITHOUT_NAME, says: a person has a name }
input:
  type: object
  additionalProperties: false
  properties:
    name: { type: string }
    region: { type: string }
    phones: { type: array, items: { type: object, properties: { value: { type: string } } } }
output: { pick: .person }
docs: https://acme.example/docs/people
checked: '2026-01-31'
example: { name: Ada, phones: [{ value: '+33612345678' }] }
)";

std::string Plain(const std::string& name, const std::string& effect, const std::string& member) {
  return "action: " + name + "\nversion: 1.0.0\ntitle: T\ndescription: D.\n" +
         "request: { method: " + (effect == "read" ? "GET" : "PUT") + ", path: /people }\n" +
         "effect: { class: " + effect + " }\n" +
         "input: { type: object, additionalProperties: false, properties: { " + member +
         ": {}, name: {} } }\noutput: { pick: . }\ndocs: https://acme.example/docs/people\n" +
         "checked: '2026-01-31'\nexample: {}\n";
}

AcmeFiles WithPeople() {
  static const std::string search = Plain("people.search", "read", "phone");
  static const std::string get = Plain("people.get", "read", "id");
  static const std::string rename = Plain("people.rename", "idempotent", "id");
  AcmeFiles files;
  files.Put(kUpsertPath, kUpsert)
      .Put("acme/actions/people.search.yaml", search)
      .Put("acme/actions/people.get.yaml", get)
      .Put("acme/actions/people.rename.yaml", rename);
  return files;
}

const Action& People() {
  static const auto kLibrary = WithPeople().Load();
  EXPECT_THAT(kLibrary, Succeeds());
  return *(*kLibrary)->FindAction("acme.people.upsert").action;
}

Json Ada(const std::string& phone) {
  Json input = {{"name", "Ada"}, {"phones", Json::array()}};
  input["phones"].push_back({{"value", phone}});
  return input;
}

TEST(Phones, AreSentInE164) {
  EXPECT_EQ(WithPlainPhones(People(), Ada("+33 (0)6 12 34 56 78"), "", nullptr).value(),
            Ada("+33612345678"));
  EXPECT_THAT(WithPlainPhones(People(), Ada("anonymous"), "", nullptr),
              AllOf(FailsWith(ErrorKind::kInvalid, "PHONE_NUMBER_WITHHELD"),
                    Says("acme.people.upsert: phones/0/value: ")));
  EXPECT_THAT(WithPlainPhones(People(), Ada("06 12 34 56 78"), "", nullptr),
              FailsWith(ErrorKind::kInvalid, "PHONE_NUMBER_INVALID"));
}

TEST(Phones, LeaveToTheSchemaWhatDoesNotFitIt) {
  for (const Json& input : {Json(), Json(7), Json{{"phones", "none"}}, Json{{"phones", {1, 2}}}})
    EXPECT_EQ(WithPlainPhones(People(), input, "", nullptr).value(), input);
}

TEST(Refusals, HaveCodesOfTheConnector) {
  Json nobody = Ada("+33612345678");
  nobody.erase("name");
  EXPECT_THAT(
      RenderRequest(*WithPeople().Load().value()->FindConnector("acme"), People(), nobody,
                    AcmeKey(), Jq()),
      AllOf(FailsWith(ErrorKind::kInvalid, "PERSON_WITHOUT_NAME"), Says("a person has a name")));
}

TEST(Upsert, FindsAndChanges) {
  const Action& action = People();
  const UpsertSpec& spec = *action.upsert;
  const Json input = Ada("+33612345678");
  EXPECT_EQ(spec.settles, Millis(1500));
  EXPECT_THAT(UpsertKeys(action, input, Jq()).value(), ElementsAre("+33612345678"));
  const auto searches = FindInputs(action, spec.find[0], input, Jq());
  ASSERT_THAT(searches, Succeeds());
  EXPECT_THAT(*searches, ElementsAre(Json{{"phone", "+33612345678"}}));

  const Json person = {{"id", 7}, {"name", "Bob"}, {"phone", "+33612345678"}};
  Json output = {{"people", Json::array()}};
  EXPECT_EQ(FoundObject(spec.find[0], output, input, (*searches)[0], Jq()).value(), Json());
  output["people"].push_back(person);
  EXPECT_EQ(FoundObject(spec.find[0], output, input, (*searches)[0], Jq()).value(), person);

  EXPECT_THAT(ChangeInputs(action, spec.changes[0], person, input, Jq()).value(),
              ElementsAre(Json{{"id", 7}, {"name", "Ada"}}));
  EXPECT_EQ(UpsertReadInput(spec, person, Jq()).value(), (Json{{"id", 7}}));
  EXPECT_EQ(UpsertOutput(spec, person, Jq()).value().at("created"), false);
}

TEST(Upsert, NeedsToKnowWhoIsMeant) {
  EXPECT_THAT(UpsertKeys(People(), {{"name", "Ada"}}, Jq()),
              FailsWith(ErrorKind::kInvalid, "ACTION_INPUT_INVALID"));
}

TEST(LoadConnector, RefusesAnUpsertThatCannotBe) {
  const auto refused = [] { return FailsWith(ErrorKind::kInvalid, "CONNECTOR_INVALID"); };
  EXPECT_THAT(
      WithPeople().Edit(kUpsertPath, "action: people.rename", "action: people.paint").Load(),
      AllOf(refused(), Says("people.paint")));
  EXPECT_THAT(WithPeople().Edit(kUpsertPath, "action: people.rename", "action: people.get").Load(),
              AllOf(refused(), Says("must be a writing action")));
  EXPECT_THAT(WithPeople()
                  .Edit(kUpsertPath, "read: { action: people.get", "read: { action: people.rename")
                  .Load(),
              AllOf(refused(), Says("must be a reading action")));
  EXPECT_THAT(
      WithPeople().Edit(kUpsertPath, "with: { id: '${ $object", "with: { key: '${ $object").Load(),
      AllOf(refused(), Says("'key'")));
  EXPECT_THAT(WithPeople().Edit(kUpsertPath, "phones: ['phones.*", "phones: ['phone.*").Load(),
              AllOf(refused(), Says("phone.*.value")));
  EXPECT_THAT(WithPeople().Edit(kUpsertPath, "output: '. + {", "output: '. + ({").Load(),
              refused());
}

}  // namespace
}  // namespace sb::connector
