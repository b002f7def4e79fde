#include "engine/base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace sb {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ParseJson, ReadsStrictJson) {
  EXPECT_EQ(*ParseJson(R"({"a": [1, 2.5, "x", null, true]})"),
            (Json{{"a", {1, 2.5, "x", nullptr, true}}}));
}

TEST(ParseJson, TellsWhereItStoppedButNotWhatItRead) {
  const auto parsed = ParseJson(R"({"phone": "+33612345678", oops})");
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(parsed.error().code, "JSON_MALFORMED");
  EXPECT_THAT(parsed.error().message, HasSubstr("byte 27"));
  EXPECT_THAT(parsed.error().message, Not(HasSubstr("336")));
}

TEST(ParseJson, RefusesWhatIsNoJson) {
  for (const char* text :
       {"", " ", "{", "[1,]", "{'a': 1}", "nul", "1 2", "\"\xff\"", "NaN", "1e999"}) {
    EXPECT_FALSE(ParseJson(text).ok()) << text;
  }
}

TEST(ParseJson, BoundsTheNestingButDoesNotMistakeTextForIt) {
  EXPECT_TRUE(ParseJson(std::string(128, '[') + std::string(128, ']')).ok());
  const auto deep = ParseJson(std::string(100'000, '['));
  ASSERT_FALSE(deep.ok());
  EXPECT_THAT(deep.error().message, HasSubstr("128 levels"));
  EXPECT_TRUE(ParseJson("\"" + std::string(500, '[') + "\"").ok());
  EXPECT_TRUE(ParseJson("\"\\\"" + std::string(500, '{') + "\"").ok());
}

TEST(DumpJson, NeverThrowsAtForeignBytes) {
  EXPECT_EQ(DumpJson(Json("a\xff"
                          "b")),
            "\"a\xEF\xBF\xBD"
            "b\"");
}

TEST(PrettyJson, Indents) {
  EXPECT_EQ(PrettyJson({{"a", 1}}), "{\n  \"a\": 1\n}");
}

TEST(Member, IsNullWhenItIsNotThere) {
  const Json object = {{"a", 1}, {"text", "x"}};
  EXPECT_EQ(Member(object, "a"), 1);
  EXPECT_TRUE(Member(object, "b").is_null());
  EXPECT_TRUE(Member(Json(5), "a").is_null());
  EXPECT_TRUE(Member(Json::array(), "a").is_null());
  EXPECT_EQ(TextMember(object, "text"), "x");
  EXPECT_EQ(TextMember(object, "a"), "");
  EXPECT_EQ(TextMember(object, "b"), "");
}

}  // namespace
}  // namespace sb
