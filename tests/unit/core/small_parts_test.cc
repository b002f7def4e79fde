#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/workflow/duration.h"
#include "engine/core/workflow/run.h"
#include "engine/core/workflow/scope.h"
#include "engine/core/workflow/suggest.h"
#include "engine/core/workflow/task_error.h"
#include "tests/unit/core/run_harness.h"

namespace sb::core::workflow {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;

TEST(IsExpression, IsAWholeTextInDollarBraces) {
  EXPECT_TRUE(IsExpression("${ .a }"));
  EXPECT_TRUE(IsExpression("  ${.a}\n"));
  EXPECT_FALSE(IsExpression(".a"));
  EXPECT_FALSE(IsExpression("Hello ${ .a }"));
  EXPECT_FALSE(IsExpression("${ .a } there"));
  EXPECT_FALSE(IsExpression(""));
  EXPECT_EQ(ExpressionSource("${ .a }"), ".a");
  EXPECT_EQ(ExpressionSource(" .a "), ".a");
  EXPECT_EQ(ExpressionSource("${}"), "");
}

TEST(EvaluateTemplate, EvaluatesDeepInsideAndLeavesTheRest) {
  const Json structure = {
      {"a", "${ .n }"}, {"b", {1, "${ .n + $more }", "plain"}}, {"${ .n }", true}};
  const auto result = EvaluateTemplate(TestExpressions(), structure, {{"n", 2}}, {{"more", 3}});
  EXPECT_EQ(*result, (Json{{"a", 2}, {"b", {1, 5, "plain"}}, {"${ .n }", true}}));
  EXPECT_FALSE(EvaluateTemplate(TestExpressions(), {{"a", {"${ .n.x }"}}}, {{"n", 2}}, {}).ok());
}

TEST(IsoDuration, ReadsDaysToSeconds) {
  EXPECT_EQ(ParseIsoDuration("PT15M"), minutes(15));
  EXPECT_EQ(ParseIsoDuration("P1DT2H30M5S"), hours(26) + minutes(30) + seconds(5));
  EXPECT_EQ(ParseIsoDuration("PT0.25S"), Millis(250));
  EXPECT_EQ(ParseIsoDuration("P2W"), hours(336));
  EXPECT_EQ(ParseIsoDuration("P3D"), hours(72));
}

TEST(IsoDuration, RefusesEverythingElse) {
  for (const char* text : {"", "P", "PT", "P1DT", "15M", "PT15", "P1Y", "P1M", "PT-5S", "PT1H2",
                           "P1W1D", "pt5s", "PT5S "}) {
    EXPECT_FALSE(ParseIsoDuration(text)) << text;
  }
  EXPECT_FALSE(ParseIsoDuration("PT" + std::string(1000, '9') + "S"));
}

TEST(Ref, KnowsItsParentAndItsPlaceInTheDefinition) {
  EXPECT_EQ(ParentRef("/do/0/a"), "");
  EXPECT_EQ(ParentRef("/do/0/a/do/1/b"), "/do/0/a");
  EXPECT_EQ(ParentRef("/do/0/each#12/do/1/b"), "/do/0/each");
  EXPECT_EQ(ParentRef("/do/0/each#12/do/1/inner#3/try/0/b"), "/do/0/each#12/do/1/inner");
  EXPECT_EQ(ParentRef("/do/0/t/catch/do/0/b"), "/do/0/t");
  EXPECT_EQ(ParentRef("/do/0/catch/catch/do/0/b"), "/do/0/catch") << "a task may be called catch";
  EXPECT_EQ(ParentRef("/do/0/catch/do/1/do"), "/do/0/catch");
  EXPECT_EQ(DefinitionPointer("/do/0/each#12/do/1/inner#3/try/0/b"),
            "/do/0/each/do/1/inner/try/0/b");
}

TEST(Mentions, FindsWholeNamesOnly) {
  EXPECT_TRUE(Mentions("$input.a", "input"));
  EXPECT_FALSE(Mentions("$inputs.a", "input"));
  EXPECT_FALSE(Mentions(".input", "input"));
}

TEST(MembersRead, ListsThemUnlessTheWholeIsTaken) {
  EXPECT_THAT(*MembersRead("$steps.a.output + $steps.b", "steps"), ElementsAre("a", "b"));
  EXPECT_THAT(*MembersRead(".x", "steps"), ElementsAre());
  EXPECT_FALSE(MembersRead("$steps | keys", "steps"));
  EXPECT_THAT(*MembersRead("$steps[\"a-b\"] + $steps.\"c.d\".output", "steps"),
              ElementsAre("a-b", "c.d"));
  EXPECT_FALSE(MembersRead("$steps[\"\\(.x)\"]", "steps"));
  EXPECT_FALSE(MembersRead("$steps[.x]", "steps"));
  EXPECT_FALSE(MembersRead("$steps.a + $steps", "steps"));
}

TEST(Nearest, FindsWhatWasProbablyMeant) {
  const std::vector<std::string> names = {"aircall.calls.comment", "aircall.contacts.search",
                                          "aircall.contacts.create"};
  EXPECT_EQ(Nearest("aircall.contact.search", names), "aircall.contacts.search");
  EXPECT_EQ(Nearest("aircall.contacts.serach", names), "aircall.contacts.search");
  EXPECT_EQ(Nearest("stripe.charge", names), "");
  EXPECT_EQ(Nearest("", names), "");
  EXPECT_EQ(Nearest("wth", {"with", "call"}), "with");
  EXPECT_EQ(Nearest("x", {"y"}), "") << "nothing of it is right";
  EXPECT_EQ(DidYouMean("wth", {"with"}), "did you mean with?");
}

TEST(TaskErrors, AcceptBothFamiliesOfTypesAndEmitOne) {
  EXPECT_EQ(CanonicalErrorType("https://serverlessworkflow.io/dsl/errors/types/timeout"),
            "https://serverlessworkflow.io/spec/1.0.0/errors/timeout");
  EXPECT_EQ(CanonicalErrorType("https://acme.com/odd"), "https://acme.com/odd");
  EXPECT_EQ(ToTaskError(Unauthorized("A", "b"), "/do/0/each#3/do/0/a"),
            (TaskError{"https://serverlessworkflow.io/spec/1.0.0/errors/authentication", 401, "A",
                       "b", "/do/0/each/do/0/a"}));
  EXPECT_EQ(ToTaskError(RateLimited("A", "b", seconds(1)), "").status, 429);
}

TEST(Statuses, HaveStableNames) {
  EXPECT_STREQ(ToString(RunStatus::kParked), "PARKED");
  EXPECT_STREQ(ToString(RunStatus::kSucceeded), "SUCCEEDED");
  EXPECT_STREQ(ToString(TaskStatus::kWaiting), "WAITING");
  EXPECT_STREQ(ToString(TaskStatus::kCancelled), "CANCELLED");
  EXPECT_STREQ(ToString(EffectClass::kVerifiable), "verifiable");
  EXPECT_TRUE(IsFinal(RunStatus::kCancelled));
  EXPECT_FALSE(IsFinal(RunStatus::kParked));
}

}  // namespace
}  // namespace sb::core::workflow
