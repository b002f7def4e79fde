#include "engine/adapters/jq/jq_expressions.h"

#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace sb::adapters::jq {
namespace {

using core::workflow::Arguments;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

class JqExpressionsTest : public ::testing::Test {
 protected:
  static Json Value(const std::string& source, const Json& input = {},
                    const Arguments& arguments = {}) {
    const auto result = Expressions().Evaluate(source, input, arguments);
    EXPECT_TRUE(result.ok()) << source << ": " << (result.ok() ? "" : result.error().message);
    return result.ok() ? *result : Json("failed");
  }

  static Error Failure(const std::string& source, const Json& input = {},
                       const Arguments& arguments = {}) {
    const auto result = Expressions().Evaluate(source, input, arguments);
    EXPECT_FALSE(result.ok()) << source << " gave a value";
    return result.ok() ? Error() : result.error();
  }

  static Error Complaint(const std::string& source, const std::vector<std::string>& names = {}) {
    const Status status = Expressions().Check(source, names);
    EXPECT_FALSE(status.ok()) << source << " was accepted";
    return status.ok() ? Error() : status.error();
  }

  /// One for all tests: compiling is what takes time.
  static JqExpressions& Expressions() {
    static JqExpressions expressions;
    return expressions;
  }

  const Json call_ = Json::parse(R"({"id": 4190000017, "direction": "inbound", "answered_at": null,
      "raw_digits": "+33 6 12 34 56 78", "tags": [{"name": "vip"}, {"name": "sales"}], "user": {"name": "Zoë"}})");
};

// ---- Values ----

TEST_F(JqExpressionsTest, ReadsAPlainPath) {
  EXPECT_EQ(Value(".", call_), call_);
  EXPECT_EQ(Value(".user.name", call_), "Zoë");
  EXPECT_EQ(Value(".tags[1].name", call_), "sales");
  EXPECT_EQ(Value(".tags[-1].name", call_), "sales");
  EXPECT_EQ(Value(R"(.["user"].name)", call_), "Zoë");
  EXPECT_EQ(Value(R"(."user"."name")", call_), "Zoë");
}

TEST_F(JqExpressionsTest, GivesNullForWhatIsNotThere) {
  EXPECT_EQ(Value(".contact.first_name", call_), Json());
  EXPECT_EQ(Value(".tags[7].name", call_), Json());
  EXPECT_EQ(Value(".answered_at.seconds", call_), Json());
}

TEST_F(JqExpressionsTest, PlainPathsAndJqAgree) {
  for (const char* path : {".", ".id", ".tags", ".tags[0]", ".tags[-2].name", ".tags[9]",
                           ".none.at.all", ".user.name", ".[\"raw_digits\"]"}) {
    // Behind a pipe it is no plain path, so jq reads it.
    EXPECT_EQ(Value(path, call_), Value(std::string(". | ") + path, call_)) << path;
  }
}

TEST_F(JqExpressionsTest, PlainPathsAndJqComplainAlikeAboutTheWrongKindOfValue) {
  EXPECT_EQ(Failure(".direction.length", call_).code, "EXPRESSION_FAILED");
  EXPECT_EQ(Failure(".tags.name", call_).code, "EXPRESSION_FAILED");
  EXPECT_EQ(Failure(".user[0]", call_).code, "EXPRESSION_FAILED");
}

TEST_F(JqExpressionsTest, EvaluatesConditionsAndTexts) {
  EXPECT_EQ(Value(".direction == \"inbound\" and .answered_at == null", call_), true);
  EXPECT_EQ(Value("\"Call of \\(.user.name)\"", call_), "Call of Zoë");
  EXPECT_EQ(Value("[.tags[] | .name] | join(\", \")", call_), "vip, sales");
  EXPECT_EQ(Value("{id, n: (.tags | length)}", call_), (Json{{"id", 4190000017}, {"n", 2}}));
}

TEST_F(JqExpressionsTest, GivesTheFirstOfSeveralResultsAndNullForNone) {
  EXPECT_EQ(Value(".tags[].name", call_), "vip");
  EXPECT_EQ(Value("empty"), Json());
  EXPECT_EQ(Value(".tags[] | select(.name == \"none\")", call_), Json());
}

TEST_F(JqExpressionsTest, SeesItsArguments) {
  const Arguments arguments = {{"workflow", {{"input", {call_}}}}, {"item", 7}};
  EXPECT_EQ(Value("$workflow.input[0].id", {}, arguments), 4190000017);
  EXPECT_EQ(Value("$item + ($workflow.input | length)", {}, arguments), 8);
  EXPECT_EQ(Value("[$item, .]", "x", arguments), (Json{7, "x"}));
}

TEST_F(JqExpressionsTest, TheSameSourceServesDifferentValues) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Value("$item * 2 + .", 1, {{"item", i}}), 2 * i + 1);
}

TEST_F(JqExpressionsTest, CarriesCallIdsExactly) {
  EXPECT_EQ(Value(".id + 0", call_).dump(), "4190000017");
  EXPECT_EQ(Value("{id: .}", std::int64_t{1} << 53).dump(), R"({"id":9007199254740992})");
}

TEST_F(JqExpressionsTest, APlainPathCarriesEvenLargerNumbers) {
  EXPECT_EQ(Value(".big", {{"big", INT64_MAX}}).dump(), "9223372036854775807");
}

TEST_F(JqExpressionsTest, RefusesToRoundANumberBeyondJq) {
  const Error error = Failure(". + 0", (std::int64_t{1} << 53) + 1);
  EXPECT_EQ(error.code, "EXPRESSION_FAILED");
  EXPECT_THAT(error.message, HasSubstr("2^53"));
  EXPECT_EQ(Failure("$item + 0", {}, {{"item", {{"deep", {INT64_MIN}}}}}).code,
            "EXPRESSION_FAILED");
}

TEST_F(JqExpressionsTest, KeepsNumbersTextsAndStructureOnTheWayThroughJq) {
  const Json value =
      Json::parse(R"({"a": [1, -2, 0.5, 1e300, true, false, null, "", "é\u0000€😀", {}, []]})");
  EXPECT_EQ(Value(". | .", value), value);
}

TEST_F(JqExpressionsTest, SumsAndProductsBehaveAsUsual) {
  EXPECT_EQ(Value("[(1, 2) * (3, 4)]"), (Json{3, 6, 4, 8}));
  EXPECT_EQ(Value("[1] + [2]"), (Json{1, 2}));
  EXPECT_EQ(Value("null + 1"), 1);
  EXPECT_EQ(Value("\"ab\" * 3"), "ababab");
  EXPECT_EQ(Value("\"ab\" * 0"), Json());
  EXPECT_EQ(Value("{a: {b: 1}} * {a: {c: 2}}"), (Json{{"a", {{"b", 1}, {"c", 2}}}}));
  EXPECT_EQ(Value("[1, 2, 3] | add"), 6);
  EXPECT_EQ(Value("reduce (1, 2, 3) as $n (0; . + $n * $n)"), 14);
}

TEST_F(JqExpressionsTest, HasTheFunctionsOfJq16) {
  EXPECT_EQ(Value("\"+33 6 12\" | gsub(\"[^0-9+]\"; \"\")"), "+33612");
  EXPECT_EQ(Value("0 | todate"), "1970-01-01T00:00:00Z");
  EXPECT_EQ(Value("\"Zoë Martin\" | ascii_downcase | split(\" \")[1]"), "martin");
  EXPECT_EQ(Value("[3, 1, 2] | sort | first"), 1);
  EXPECT_EQ(Value("\"a b\" | @uri"), "a%20b");
  EXPECT_EQ(Value("{a: 1} | to_entries"), (Json{{{"key", "a"}, {"value", 1}}}));
  EXPECT_EQ(Value("try error(\"x\") catch ."), "x");
}

TEST_F(JqExpressionsTest, UnderstandsCommentsAndSeveralLines) {
  EXPECT_EQ(Value(".id # the call\n| . - 17", call_), 4190000000);
}

// ---- Complaints ----

TEST_F(JqExpressionsTest, SaysWhatIsWrongWithASource) {
  EXPECT_TRUE(Expressions().Check(".a | $input", {"input", "context"}).ok());
  const Error error = Complaint(".a | | .b");
  EXPECT_EQ(error.kind, ErrorKind::kInvalid);
  EXPECT_EQ(error.code, "EXPRESSION_MALFORMED");
  EXPECT_THAT(error.message, HasSubstr("`.a | | .b`"));
  EXPECT_THAT(error.message, HasSubstr("syntax error"));
  EXPECT_THAT(error.message, HasSubstr("(line 1)"));
  EXPECT_THAT(error.message, Not(HasSubstr("Unix shell")));
}

TEST_F(JqExpressionsTest, CountsTheAuthorsLines) {
  EXPECT_THAT(Complaint(".a\n| nope").message, HasSubstr("(line 2)"));
}

TEST_F(JqExpressionsTest, NamesAnUnknownFunctionOrVariable) {
  EXPECT_THAT(Complaint("frobnicate(.)").message, HasSubstr("frobnicate/1 is not defined"));
  EXPECT_THAT(Complaint("$iput.a", {"input"}).message, HasSubstr("$iput is not defined"));
}

TEST_F(JqExpressionsTest, RefusesAnEmptyOrEndlessSource) {
  EXPECT_THAT(Complaint("  ").message, HasSubstr("is empty"));
  EXPECT_THAT(Complaint(std::string(20'000, '1')).message, HasSubstr("16 KiB"));
  EXPECT_THAT(Complaint(std::string("1\0", 2)).message, HasSubstr("NUL"));
}

TEST_F(JqExpressionsTest, SurvivesAbsurdNesting) {
  EXPECT_EQ(Complaint(std::string(8000, '[')).code, "EXPRESSION_MALFORMED");
  EXPECT_EQ(Complaint(std::string(8000, '(')).code, "EXPRESSION_MALFORMED");
}

TEST_F(JqExpressionsTest, RunTimeErrorsNameTheKindsOfValueButNotTheData) {
  const Json secret = {{"phone", "+33612345678"}, {"count", 3}};
  const Error sum = Failure(".phone + .count", secret);
  EXPECT_EQ(sum.kind, ErrorKind::kInvalid);
  EXPECT_EQ(sum.code, "EXPRESSION_FAILED");
  EXPECT_THAT(sum.message, HasSubstr("string and number cannot be added"));
  EXPECT_THAT(Failure(".phone[]", secret).message, HasSubstr("cannot iterate over string"));
  EXPECT_THAT(Failure(".phone.x | .", secret).message, HasSubstr("cannot read a member of string"));
  for (const char* source :
       {".phone + .count", ".phone + \"x\" | tonumber", ".phone[]", "error(.phone)", "error",
        "{(.count): 1}", ".phone | .[.phone]", "{} | .[(.phone // 1)]", ".phone - 1",
        ".phone | keys", "[.phone] | implode", ".phone + \"{\" | fromjson",
        ".phone | strptime(\"%Y\")", ".count | test(\"a\")", ".[.count]",
        "@text \"\\(.phone)\" | error"}) {
    EXPECT_THAT(Failure(source, secret).message, Not(HasSubstr("3361"))) << source;
  }
}

// ---- Nothing but the arguments ----

TEST_F(JqExpressionsTest, RefusesWhatReachesBeyondTheArguments) {
  for (const char* source : {"env",
                             "$ENV",
                             "env.HOME",
                             "$ENV.PATH",
                             "input",
                             "inputs",
                             "[inputs]",
                             "debug",
                             "stderr",
                             "now",
                             "halt",
                             "halt_error",
                             "halt_error(1)",
                             "input_filename",
                             "localtime",
                             "get_search_list",
                             "$__prog_args",
                             "\"\\(env)\"",
                             "\"a\" | modulemeta",
                             ".a | (input | .b)",
                             "[.[] | debug]",
                             "import \"a\" as a; .",
                             "include \"a\"; ."}) {
    const Error error = Complaint(source);
    EXPECT_EQ(error.code, "EXPRESSION_MALFORMED") << source;
    EXPECT_THAT(error.message, HasSubstr("not available")) << source;
    EXPECT_EQ(Failure(source).code, "EXPRESSION_MALFORMED") << source;
  }
}

TEST_F(JqExpressionsTest, TheSameWordsAreFineAsFieldsKeysTextsAndComments) {
  const Json data = {{"now", 1}, {"env", {{"input", 2}}}};
  EXPECT_EQ(Value(".now", data), 1);
  EXPECT_EQ(Value(".env.input + .now", data), 3);
  EXPECT_EQ(Value("{now: .now, input: 2}", data), (Json{{"now", 1}, {"input", 2}}));
  EXPECT_EQ(Value("\"halt now\"", data), "halt now");
  EXPECT_EQ(Value("1 # env", data), 1);
  EXPECT_EQ(Value("$input.now", {}, {{"input", data}}), 1);
}

TEST_F(JqExpressionsTest, ImportsAreNoWayToAFile) {
  EXPECT_EQ(Failure("(import \"/etc/passwd\" as $x; $x)").code, "EXPRESSION_MALFORMED");
}

// ---- Limits ----

TEST_F(JqExpressionsTest, StopsALoopWithoutEnd) {
  EXPECT_EQ(Failure("last(range(1e12))").code, "EXPRESSION_TOO_EXPENSIVE");
  EXPECT_EQ(Failure("def f: f; f").code, "EXPRESSION_TOO_EXPENSIVE");
  EXPECT_EQ(Value("1 + 1"), 2) << "the evaluator goes on";
}

TEST_F(JqExpressionsTest, RefusesToFillTheMemory) {
  for (const char* source : {"\"x\" * 1000000000", "reduce range(60) as $i (\"x\"; . + .)",
                             "[limit(1000000000; repeat(\"a text\" * 100000 + \"\"))]",
                             "reduce range(40) as $i ([0, 1]; . + .)"}) {
    const Error error = Failure(source);
    EXPECT_EQ(error.code, "EXPRESSION_TOO_EXPENSIVE") << source;
    EXPECT_THAT(error.message, AnyOf(HasSubstr("more than 128 MB"), HasSubstr("more than 250 ms")))
        << source;
  }
  EXPECT_EQ(Value("[range(200000)] | length"), 200'000);
}

// A value of a few bytes that is a tree of a billion leaves to whoever walks it.
constexpr const char* kManifold = "reduce range(40) as $i ([1]; [., .])";

TEST_F(JqExpressionsTest, StopsAStepThatDoesNotEndByItself) {
  const std::string many = kManifold;
  EXPECT_EQ(Failure("(" + many + ") == (" + many + ")").code, "EXPRESSION_TOO_EXPENSIVE");
  EXPECT_EQ(Failure("[" + many + ", (" + many + ")] | sort | length").code,
            "EXPRESSION_TOO_EXPENSIVE");
  EXPECT_EQ(Failure(many + " | tojson | length").code, "EXPRESSION_TOO_EXPENSIVE");
  EXPECT_EQ(Failure(many + " | . + 1").code, "EXPRESSION_TOO_EXPENSIVE")
      << "jq shows the value in its complaint";
  EXPECT_EQ(Value("[3, 1, 2] | sort"), (Json{1, 2, 3})) << "the evaluator goes on";
}

TEST_F(JqExpressionsTest, RefusesAResultThatIsLargerThanItLooks) {
  EXPECT_EQ(Failure(kManifold).code, "EXPRESSION_TOO_EXPENSIVE");
}

TEST_F(JqExpressionsTest, StopsAPatternThatTriesEverything) {
  EXPECT_THAT(Failure("(\"a\" * 40) + \"!\" | test(\"^(a|a)*$\")").code,
              AnyOf("EXPRESSION_TOO_EXPENSIVE", "EXPRESSION_FAILED"));
}

TEST_F(JqExpressionsTest, SortsAsJqDoes) {
  EXPECT_EQ(
      Value("[range(1000)] | sort_by(. * 7919 % 1000) | map(. * 7919 % 1000) == [range(1000)]"),
      true);
  EXPECT_EQ(
      Value("[[2, \"a\"], [1, \"b\"], [2, \"c\"], [1, \"d\"]] | sort_by(.[0]) | map(.[1]) | add"),
      "bdac")
      << "what is equal keeps its order";
  EXPECT_EQ(Value("[] | sort"), Json::array());
  EXPECT_EQ(Value("[5, 3, 5, 1] | unique"), (Json{1, 3, 5}));
}

TEST_F(JqExpressionsTest, SurvivesAValueNestedBeyondMeasure) {
  const Error error = Failure("reduce range(100000) as $i (null; [.])");
  EXPECT_THAT(error.code, AnyOf("EXPRESSION_FAILED", "EXPRESSION_TOO_EXPENSIVE"));
  EXPECT_EQ(Failure("def f: [f]; f").code, "EXPRESSION_TOO_EXPENSIVE");
  EXPECT_EQ(Failure("reduce range(1e9) as $i (null; [.])").code, "EXPRESSION_TOO_EXPENSIVE");
}

TEST_F(JqExpressionsTest, ServesManyThreadsAtOnce) {
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&right, t] {
      for (int i = 0; i < 50; ++i) {
        const auto result = Expressions().Evaluate("[.n, $item] | add", {{"n", t}}, {{"item", i}});
        if (result.ok() && *result == Json(t + i)) ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 400);
}

TEST_F(JqExpressionsTest, KeepsWorkingWhenMoreProgramsAreUsedThanItKeeps) {
  const JqExpressions few(2);
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 4; ++i) EXPECT_EQ(*few.Evaluate(". + " + std::to_string(i), 1, {}), i + 1);
  }
}

}  // namespace
}  // namespace sb::adapters::jq
