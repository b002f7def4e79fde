#include "engine/base/json_schema.h"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace sb {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

std::vector<SchemaViolation> Check(const std::string& schema, const std::string& value) {
  const auto compiled = JsonSchema::Compile(*ParseJson(schema));
  EXPECT_TRUE(compiled.ok()) << (compiled.ok() ? "" : compiled.error().message);
  return compiled.ok() ? compiled->Check(*ParseJson(value)) : std::vector<SchemaViolation>();
}

TEST(JsonSchema, SaysNothingAboutAValueThatFits) {
  EXPECT_THAT(
      Check(R"({"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}})",
            R"({"id": 7, "x": 1})"),
      IsEmpty());
  EXPECT_THAT(Check("{}", "[1, null]"), IsEmpty());
  EXPECT_THAT(Check("true", "5"), IsEmpty());
}

TEST(JsonSchema, NamesTheExpectedAndTheActualType) {
  const std::string schema =
      R"({"properties": {"a": {"type": "string"}, "b": {"type": ["integer", "null"]},
      "list": {"type": "array", "items": {"type": "object"}}}})";
  EXPECT_THAT(
      Check(schema, R"({"a": 5, "b": "x", "list": [{}, 1.5, [], true, null]})"),
      UnorderedElementsAre(SchemaViolation{"/a", "must be a string, not an integer"},
                           SchemaViolation{"/b", "must be an integer or null, not a string"},
                           SchemaViolation{"/list/1", "must be an object, not a number"},
                           SchemaViolation{"/list/2", "must be an object, not a list"},
                           SchemaViolation{"/list/3", "must be an object, not a boolean"},
                           SchemaViolation{"/list/4", "must be an object, not null"}));
}

TEST(JsonSchema, NamesMissingAndUnknownMembers) {
  EXPECT_THAT(
      Check(R"({"required": ["a/b"], "properties": {"a/b": {}}, "additionalProperties": false})",
            R"({"it's": 1})"),
      UnorderedElementsAre(SchemaViolation{"/a~1b", "is required"},
                           SchemaViolation{"/it's", "is not known here"}));
}

TEST(JsonSchema, ExplainsLimits) {
  const std::string schema =
      R"({"properties": {"short": {"maxLength": 3}, "long": {"minLength": 2}, "low": {"minimum": 1},
      "high": {"maximum": 1.5}, "few": {"minItems": 1}, "many": {"maxItems": 1}, "one": {"enum": ["x", 2]},
      "form": {"pattern": "^[0-9]+$"}, "same": {"uniqueItems": true}, "fixed": {"const": 1}, "step": {"multipleOf": 5}}})";
  EXPECT_THAT(
      Check(
          schema,
          R"({"short": "abcd", "long": "a", "low": 0, "high": 2, "few": [], "many": [1, 2], "one": "y",
                                "form": "abc", "same": [1, 1], "fixed": 2, "step": 7})"),
      UnorderedElementsAre(SchemaViolation{"/short", "must be no more than 3 characters in length"},
                           SchemaViolation{"/long", "must be no fewer than 2 characters in length"},
                           SchemaViolation{"/low", "must be greater than or equal to 1"},
                           SchemaViolation{"/high", "must be less than or equal to 1.5"},
                           SchemaViolation{"/few", "must have no fewer than 1 elements"},
                           SchemaViolation{"/many", "must have no more than 1 elements"},
                           SchemaViolation{"/one", "must be one of \"x\", 2"},
                           SchemaViolation{"/form", "does not have the required form"},
                           SchemaViolation{"/same", "must not repeat an item"},
                           SchemaViolation{"/fixed", "is not the one allowed value"},
                           SchemaViolation{"/step", "must be a multiple of 5"}));
}

TEST(JsonSchema, PutsAlternativesIntoOneSentence) {
  EXPECT_THAT(
      Check(
          R"({"required": ["x"], "anyOf": [{"required": ["phone"]}, {"required": ["first", "last"]}]})",
          "{}"),
      UnorderedElementsAre(SchemaViolation{"", "needs phone or first and last"},
                           SchemaViolation{"/x", "is required"}));
  EXPECT_THAT(Check(R"({"oneOf": [{"type": "string"}, {"type": "integer"}]})", "true"),
              Contains(SchemaViolation{"", "fits none of the allowed forms"}));
  EXPECT_THAT(Check(R"({"oneOf": [{"minimum": 1}, {"minimum": 2}]})", "5"),
              ElementsAre(SchemaViolation{"", "fits several forms, of which one is allowed"}));
  EXPECT_THAT(Check(R"({"not": {"type": "string"}})", "\"x\""),
              ElementsAre(SchemaViolation{"", "has a form that is not allowed"}));
}

TEST(JsonSchema, FollowsReferencesWithinTheDocument) {
  const std::string schema =
      R"({"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "https://acme.com/s",
      "$defs": {"id": {"type": "integer"}, "tree": {"properties": {"id": {"$ref": "#/$defs/id"},
      "children": {"items": {"$ref": "#/$defs/tree"}}}}}, "$ref": "#/$defs/tree"})";
  EXPECT_THAT(Check(schema, R"({"id": 1, "children": [{"id": 2, "children": []}]})"), IsEmpty());
  EXPECT_THAT(Check(schema, R"({"id": 1, "children": [{"id": "2"}]})"),
              ElementsAre(SchemaViolation{"/children/0/id", "must be an integer, not a string"}));
}

TEST(JsonSchema, TellsWholeNumbersFromFractions) {
  EXPECT_THAT(Check(R"({"type": "integer"})", "4190000017"), IsEmpty());
  EXPECT_THAT(Check(R"({"type": "integer"})", "1.5"), SizeIs(1));
  EXPECT_THAT(Check(R"({"type": "number"})", "1"), IsEmpty());
  EXPECT_THAT(Check(R"({"type": "string"})", "1"), SizeIs(1)) << "a number is no text";
  EXPECT_THAT(Check(R"({"type": "integer"})", "\"1\""), SizeIs(1)) << "and a text no number";
}

TEST(JsonSchema, RefusesASchemaThatCannotBe) {
  for (const char* schema :
       {"5", "[]", "\"x\"", R"({"type": 5})", R"({"type": "strnig"})", R"({"properties": []})",
        R"({"pattern": "("})", R"({"properties": {"a": {"pattern": "["}}})",
        R"({"$ref": "https://acme.com/other"})", R"({"required": "x"})", R"({"minLength": -1})"}) {
    const auto compiled = JsonSchema::Compile(*ParseJson(schema));
    ASSERT_FALSE(compiled.ok()) << schema;
    EXPECT_EQ(compiled.error().kind, ErrorKind::kInvalid);
    EXPECT_EQ(compiled.error().code, "SCHEMA_MALFORMED");
  }
}

TEST(JsonSchema, RefusesReferencesThatGoInCircles) {
  for (const char* schema :
       {R"({"$ref": "#"})",
        R"({"definitions": {"a": {"$ref": "#/definitions/b"}, "b": {"$ref": "#/definitions/a"}},
                                "$ref": "#/definitions/a"})",
        R"({"allOf": [{"$ref": "#"}]})", R"({"not": {"$ref": "#"}})", R"({"$ref": "#/nowhere"})",
        R"({"properties": {"a": {"if": {"$ref": "#/properties/a"}}}})"}) {
    EXPECT_FALSE(JsonSchema::Compile(*ParseJson(schema)).ok()) << schema;
  }
}

TEST(JsonSchema, StopsAtTwentyViolations) {
  Json list = Json::array();
  for (int i = 0; i < 100; ++i) list.push_back("x");
  EXPECT_THAT(JsonSchema::Compile({{"items", {{"type", "integer"}}}})->Check(list), SizeIs(20));
}

TEST(JsonSchema, DoesNotTryAPatternOnATextOfAnyLength) {
  const auto schema = JsonSchema::Compile({{"properties", {{"a", {{"pattern", "^(a|b)*$"}}}}}});
  EXPECT_THAT(schema->Check({{"a", "abab"}}), IsEmpty());
  EXPECT_THAT(schema->Check({{"a", std::string(1'000'000, 'a')}}), SizeIs(1));
}

TEST(JsonSchema, ServesManyThreadsAtOnce) {
  const auto schema = JsonSchema::Compile({{"properties", {{"a", {{"pattern", "^[0-9]+$"}}}}}});
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        if (schema->Check({{"a", "12"}}).empty() && schema->Check({{"a", "x"}}).size() == 1)
          ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 400);
}

}  // namespace
}  // namespace sb
