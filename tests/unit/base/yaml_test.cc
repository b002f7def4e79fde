#include "engine/base/yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Json Read(const std::string& text) {
  const YamlOutcome outcome = ParseYaml(text);
  EXPECT_TRUE(outcome.document.has_value()) << text << ": " << outcome.diagnostic.message;
  return outcome.document ? outcome.document->value : Json("unreadable");
}

Diagnostic Refusal(const std::string& text) {
  const YamlOutcome outcome = ParseYaml(text);
  EXPECT_FALSE(outcome.document.has_value()) << text << " was accepted";
  return outcome.diagnostic;
}

TEST(ParseYaml, TypesPlainScalarsByTheCoreSchema) {
  EXPECT_EQ(
      Read("a: null\nb: ~\nc:\nd: true\ne: False\nf: 12\ng: -7\nh: 0x1F\ni: 0o17\nj: 1.5\nk: "
           "-1e3\nl: .5\nm: +3\n"),
      Json::parse(
          R"({"a":null,"b":null,"c":null,"d":true,"e":false,"f":12,"g":-7,"h":31,"i":15,"j":1.5,"k":-1000.0,
                            "l":0.5,"m":3})"));
}

TEST(ParseYaml, LeavesTheRestAsText) {
  EXPECT_EQ(
      Read("[yes, no, on, off, 1.0.3, 12:30, 2026-06-01, 0b1, nULL, tRue, 1_000, '12', \"true\", "
           "'', 1a, .a, e5]"),
      Json::parse(
          R"(["yes","no","on","off","1.0.3","12:30","2026-06-01","0b1","nULL","tRue","1_000","12","true","",
                            "1a",".a","e5"])"));
}

TEST(ParseYaml, ReadsBlocksQuotesAndFolds) {
  EXPECT_EQ(Read("a: |\n  one\n  two\nb: >-\n  one\n  two\nc: |\n  12\nd: \"x\\n\\u00e9\"\n"),
            (Json{{"a", "one\ntwo\n"}, {"b", "one two"}, {"c", "12\n"}, {"d", "x\né"}}));
}

TEST(ParseYaml, ReadsJsonToo) {
  EXPECT_EQ(Read(R"({"a": [1, "2", {"b": null}], "c": "\u20ac"})"),
            Json::parse(R"({"a": [1, "2", {"b": null}], "c": "€"})"));
}

TEST(ParseYaml, ReadsExplicitTagsOfTheCoreSchema) {
  EXPECT_EQ(Read("a: !!str 12\nb: !!int 12"), (Json{{"a", "12"}, {"b", 12}}));
}

TEST(ParseYaml, ExpandsAliases) {
  EXPECT_EQ(Read("a: &x { n: 1 }\nb: *x\n"), (Json{{"a", {{"n", 1}}}, {"b", {{"n", 1}}}}));
}

TEST(ParseYaml, AnEmptyTextIsNull) {
  EXPECT_EQ(Read(""), Json());
  EXPECT_EQ(Read("# only a comment\n"), Json());
}

TEST(ParseYaml, KnowsThePlaceOfEveryValueAndTheOrderOfKeys) {
  const YamlOutcome outcome = ParseYaml("zeta: 1\nalpha:\n  - x: { deep: yes }\n  - 2\n");
  const YamlDocument& document = *outcome.document;
  EXPECT_EQ(document.PositionOf("/zeta"), (Position{1, 7}));
  EXPECT_EQ(document.PositionOf("/alpha/0/x/deep"), (Position{3, 16}));
  EXPECT_EQ(document.KeyPositionOf("/alpha/0/x/deep"), (Position{3, 10}));
  EXPECT_EQ(document.PositionOf("/alpha/1"), (Position{4, 5}));
  EXPECT_EQ(document.PositionOf("/alpha/1/none/at/all"), (Position{4, 5})) << "the nearest parent";
  EXPECT_EQ(document.KeyPositionOf("/alpha/1"), (Position{4, 5}));
  EXPECT_THAT(document.keys.at(""), ElementsAre("zeta", "alpha"));
}

TEST(ParseYaml, EscapesKeysInPointers) {
  const YamlOutcome outcome = ParseYaml("\"a/b~c\": 1\n");
  EXPECT_TRUE(outcome.document->positions.contains("/a~1b~0c"));
}

TEST(ParseYaml, RefusesAKeyThatStandsTwice) {
  const Diagnostic refusal = Refusal("a: 1\nb:\n  x: 1\n  x: 2\n");
  EXPECT_EQ(refusal.code, "YAML_DUPLICATE_KEY");
  EXPECT_EQ(refusal.position, (Position{4, 3}));
  EXPECT_EQ(refusal.pointer, "/b/x");
  EXPECT_THAT(refusal.message, HasSubstr("'x' stands twice"));
}

TEST(ParseYaml, RefusesWhatIsNoYaml) {
  for (const char* text : {"a: [1, 2", "a: b: c", "{a", "\"open", "a: *nobody", "a: !custom x",
                           "? [1]\n: 2", "1: x", "~: x", "true: x", "a: .inf", "a: .nan",
                           "a: 99999999999999999999", "a: -9999999999999999999", "a: 1e999",
                           "%YAML 9.9\n--- a", "a: 1\n b: 2", "@a", "a: 1\n---\nb: 2\n"}) {
    const Diagnostic refusal = Refusal(text);
    EXPECT_EQ(refusal.code, "YAML_MALFORMED") << text;
    EXPECT_FALSE(refusal.message.empty()) << text;
  }
}

TEST(ParseYaml, PointsAtTheFault) {
  EXPECT_EQ(Refusal("a: 1\nb: [1,\n").position.line, 3);
  EXPECT_EQ(Refusal("a: 1\nb: .inf\n").position, (Position{2, 4}));
  EXPECT_EQ(Refusal("a: 1\n---\nb: 2\n").position.line, 2);
}

TEST(ParseYaml, TellsTabsApart) {
  EXPECT_THAT(Refusal("a:\n\tb: 1\n").message, HasSubstr("not with tabs"));
}

TEST(ParseYaml, RefusesBytesThatAreNoText) {
  EXPECT_THAT(Refusal("a: \xff").message, HasSubstr("UTF-8"));
  EXPECT_THAT(Refusal(std::string("a: \0b", 5)).message, HasSubstr("NUL"));
}

TEST(ParseYaml, ReadsEveryEscapeAsText) {
  EXPECT_EQ(Read("a: \"x\\N\"")["a"], "x\u0085");
  EXPECT_EQ(Read("a: \"\\_y\"")["a"], "\u00A0y");
  EXPECT_EQ(Read("a: \"\\L\\P\\x85\\u00e9\\U0001F600\"")["a"], "\u2028\u2029\u0085é😀");
  EXPECT_EQ(Read("\"é\\N\": \"😀\\_\\N\"")["é\u0085"], "😀\u00A0\u0085");
}

TEST(ParseYaml, BoundsWhatItReads) {
  EXPECT_EQ(Refusal(std::string(1024 * 1024 + 1, 'a')).code, "YAML_TOO_LARGE");
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "[";
  for (int i = 0; i < 100; ++i) deep += "]";
  EXPECT_EQ(Refusal(deep).code, "YAML_TOO_LARGE");
  // Its own parser gives up on this one before we do.
  EXPECT_EQ(Refusal(std::string(100'000, '[')).code, "YAML_MALFORMED");
}

TEST(ParseYaml, EndsWhereWhatFollowsIsNoDocument) {
  const Diagnostic refusal = Refusal("{\"json\": text}, nul &a");
  EXPECT_EQ(refusal.code, "YAML_MALFORMED");
  EXPECT_THAT(refusal.message, HasSubstr("several documents"));
}

TEST(ParseYaml, IsNotBlownUpByAliases) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 9; ++j) bomb += before + ", ";
    bomb += before + "]\n";
  }
  EXPECT_EQ(Refusal(bomb).code, "YAML_TOO_LARGE");
  EXPECT_EQ(Refusal("a: &a [ *a ]").code, "YAML_TOO_LARGE") << "an alias inside of itself";
  std::string long_text = "a: &a '" + std::string(100'000, 'x') + "'\nb: [";
  for (int i = 0; i < 1000; ++i) long_text += "*a, ";
  EXPECT_EQ(Refusal(long_text + "*a]").code, "YAML_TOO_LARGE");
}

TEST(ParseYamlFile, NamesTheFileAndThePlace) {
  const auto document = ParseYamlFile("a: 1\na: 2\n", "actions/x.yaml");
  ASSERT_FALSE(document.ok());
  EXPECT_EQ(document.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(document.error().code, "YAML_DUPLICATE_KEY");
  EXPECT_THAT(document.error().message, HasSubstr("actions/x.yaml:2:1: "));
  EXPECT_EQ(ParseYamlFile("a: 1\n", "x.yaml")->value, (Json{{"a", 1}}));
}

TEST(ToYaml, ReadsWell) {
  EXPECT_EQ(
      ToYaml(Json::parse(
          R"({"name": "Ada", "tags": ["a b", "12", {"x": 1, "y": []}], "empty": {}, "note": "one\ntwo\n"})")),
      "empty: {}\nname: Ada\nnote: |\n  one\n  two\ntags:\n  - a b\n  - \"12\"\n  - x: 1\n    y: "
      "[]\n");
}

TEST(ToYaml, AnnouncesKeysThatAreWrittenLong) {
  // Each \u0004 takes six characters, and a key that is not announced ends at 1024.
  const Json value = {{std::string(250, '\4'), {{"a", 1}, {"b", Json::array({2})}}},
                      {std::string(1'100, 'k'), "text"},
                      {"list", Json::array({{{std::string(1'100, 'x'), Json()}}})}};
  EXPECT_EQ(Read(ToYaml(value)), value) << ToYaml(value);
}

TEST(ToYaml, ReadsBackAsTheSameValue) {
  for (const char* json : {"null",
                           "true",
                           "12",
                           "-0.5",
                           "\"\"",
                           "\"12\"",
                           "\"true\"",
                           "\"~\"",
                           "\"null\"",
                           "\" x\"",
                           "\"x \"",
                           "\"a: b\"",
                           "\"# x\"",
                           "\"- x\"",
                           "\"*x\"",
                           "\"&x\"",
                           "\"!x\"",
                           "\"%x\"",
                           "\"@x\"",
                           "\"'x'\"",
                           "\"\\\"x\\\"\"",
                           "\"a\\nb\"",
                           "\"a\\n\\n\"",
                           "\"\\n\"",
                           "\"\\na\"",
                           "\" a\\nb\"",
                           "\"a\\n b\\n\"",
                           "\"a\\t\\u0001é😀\"",
                           "\"{x\"",
                           "\"[x\"",
                           "\"x,y\"",
                           "\"1.0.3\"",
                           "\"yes\"",
                           "\"a #b\"",
                           "\"a\\\\nb\"",
                           "[]",
                           "{}",
                           "[[]]",
                           "[[1, [2]], {}]",
                           "{\"a\": {\"b\": {\"c\": [1]}}}",
                           "{\"12\": 1, \"\": 2, \"a b\": 3, \"true\": 4}",
                           "[\"one\\ntwo\", {\"k\": \"one\\ntwo\\n\\n\"}]",
                           "{\"a\": \"x\\n  \\ny\"}",
                           "1e300",
                           "9223372036854775807"}) {
    const Json value = Json::parse(json);
    EXPECT_EQ(Read(ToYaml(value)), value) << json << " became\n" << ToYaml(value);
  }
}

}  // namespace
}  // namespace sb
