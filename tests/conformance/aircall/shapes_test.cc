#include "tests/conformance/aircall/shapes.h"

#include <gmock/gmock.h>

// The comparer itself: a table that finds nothing wrong must not be one that looks at nothing.
namespace sb::aircall::sandbox {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Shapes Of(const char* yaml) {
  return Shapes(*ParseYaml(yaml).document);
}

std::vector<std::string> Compare(const char* shape, const char* value) {
  return Of("pet: {name: string, age (optional): integer}")
      .Complaints(*ParseJson(shape), *ParseJson(value));
}

TEST(Shapes, AcceptWhatTheyDescribe) {
  EXPECT_THAT(
      Compare(R"({"pet":"pet","tags":["string"]})", R"({"pet":{"name":"Rex"},"tags":["a","b"]})"),
      IsEmpty());
  EXPECT_THAT(Compare(R"("pet|null")", "null"), IsEmpty());
  EXPECT_THAT(Compare(R"("=pong")", R"("pong")"), IsEmpty());
}

TEST(Shapes, NameTheKeyThatIsMissing) {
  EXPECT_THAT(Compare(R"("pet")", "{}"), ElementsAre(HasSubstr("lacks the key name")));
}

TEST(Shapes, NameTheKeyThatIsTooMuch) {
  EXPECT_THAT(Compare(R"("pet")", R"({"name":"Rex","tail":1})"),
              ElementsAre(HasSubstr("has the key tail")));
}

TEST(Shapes, SayWhereAValueHasTheWrongType) {
  EXPECT_THAT(Compare(R"(["pet"])", R"([{"name":"Rex"},{"name":7}])"),
              ElementsAre(HasSubstr("/1/name: should be string")));
  EXPECT_THAT(Compare(R"("pet")", "null"), ElementsAre(HasSubstr("should be an object")));
  EXPECT_THAT(Compare(R"("=pong")", R"("ping")"), ElementsAre(HasSubstr("should be 'pong'")));
}

TEST(Shapes, TellTheThreeTimeStylesApart) {
  EXPECT_THAT(Compare(R"("unix")", "1790700000"), IsEmpty());
  EXPECT_THAT(Compare(R"("unix")", "1790700000000"), Not(IsEmpty()));
  EXPECT_THAT(Compare(R"("millis")", "1790700000000"), IsEmpty());
  EXPECT_THAT(Compare(R"("iso")", R"("2026-09-29T16:40:00.000Z")"), IsEmpty());
  EXPECT_THAT(Compare(R"("iso")", R"("2026-09-29T16:40:00.102Z")"), Not(IsEmpty()));
  EXPECT_THAT(Compare(R"("iso_ms")", R"("2026-09-29T16:40:00.102Z")"), IsEmpty());
}

TEST(Shapes, TellTheTwoPhoneFormatsApart) {
  EXPECT_THAT(Compare(R"("e164")", R"("+16175550142")"), IsEmpty());
  EXPECT_THAT(Compare(R"("e164")", R"("+1 617-555-0142")"), Not(IsEmpty()));
  EXPECT_THAT(Compare(R"("display_phone")", R"("+1 617-555-0142")"), IsEmpty());
  EXPECT_THAT(Compare(R"("display_phone")", R"("+16175550142")"), Not(IsEmpty()));
}

TEST(Shapes, KnowTheirOwnNames) {
  EXPECT_THAT(Compare(R"("no_such_shape")", "1"), ElementsAre(HasSubstr("no shape is called")));
}

}  // namespace
}  // namespace sb::aircall::sandbox
