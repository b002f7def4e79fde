#include "engine/core/workflow/trigger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/core/run_harness.h"

namespace sb::core::workflow {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

event::CloudEvent CallEnded(const Json& data) {
  return {EventId(77),
          AccountId(5),
          "io.aircall.call.ended",
          "calls/9",
          *ParseRfc3339("2026-06-01T09:30:00Z"),
          data};
}

Workflow StartedBy(const std::string& schedule) {
  const support::FakeActionCatalog actions;
  return ParseOrDie(
      WorkflowWith("schedule: { on: " + schedule + " }\ndo: [ { a: { set: { n: 1 } } } ]"),
      actions);
}

bool Starts(const Workflow& workflow, const event::CloudEvent& event) {
  const auto matches = Matches(workflow, event, TestExpressions());
  EXPECT_TRUE(matches.ok());
  return matches.ok() && *matches;
}

TEST(CloudEvent, LooksToExpressionsAsTheStandardSays) {
  EXPECT_EQ(event::ToJson(CallEnded({{"id", 9}})),
            (Json{{"specversion", "1.0"},
                  {"id", ToText(EventId(77))},
                  {"source", "/accounts/" + ToText(AccountId(5))},
                  {"type", "io.aircall.call.ended"},
                  {"subject", "calls/9"},
                  {"time", "2026-06-01T09:30:00.000Z"},
                  {"datacontenttype", "application/json"},
                  {"data", {{"id", 9}}}}));
  event::CloudEvent about_nothing = CallEnded({});
  about_nothing.subject.clear();
  EXPECT_FALSE(event::ToJson(about_nothing).contains("subject"));
}

TEST(Trigger, FiresOnTheTypeAndOnWhatTheExpressionSaysOfTheData) {
  const Workflow workflow = StartedBy(
      R"({ one: { with: { type: io.aircall.call.ended, data: '${ .direction == "inbound" and .answered_at == null }' } } })");
  EXPECT_TRUE(Starts(workflow, CallEnded({{"direction", "inbound"}, {"answered_at", nullptr}})));
  EXPECT_FALSE(
      Starts(workflow, CallEnded({{"direction", "inbound"}, {"answered_at", 1780306200}})));
  EXPECT_FALSE(Starts(workflow, CallEnded({{"direction", "outbound"}})));
  event::CloudEvent other = CallEnded({{"direction", "inbound"}});
  other.type = "io.aircall.call.created";
  EXPECT_FALSE(Starts(workflow, other));
}

TEST(Trigger, ComparesLiteralsWithTheAttribute) {
  const Workflow workflow =
      StartedBy("{ one: { with: { type: io.aircall.call.ended, subject: calls/9 } } }");
  EXPECT_TRUE(Starts(workflow, CallEnded({})));
  event::CloudEvent other = CallEnded({});
  other.subject = "calls/10";
  EXPECT_FALSE(Starts(workflow, other));
}

TEST(Trigger, AnyOfSeveralFiltersWillDo) {
  const Workflow workflow = StartedBy(R"({ any: [ { with: { type: io.aircall.call.created } },
      { with: { type: io.aircall.call.ended, data: '${ .vip }' } }, { with: { type: io.aircall.call.ended, subject: calls/9 } } ] })");
  EXPECT_TRUE(Starts(workflow, CallEnded({{"vip", false}})));
  EXPECT_THAT(WantedTypes(workflow),
              ElementsAre("io.aircall.call.created", "io.aircall.call.ended"));
}

TEST(Trigger, AWorkflowWithoutScheduleIsStartedByClientsOnly) {
  const support::FakeActionCatalog actions;
  const Workflow workflow = ParseOrDie(WorkflowWith("do: [ { a: { set: { n: 1 } } } ]"), actions);
  EXPECT_THAT(WantedTypes(workflow), IsEmpty());
  EXPECT_FALSE(Starts(workflow, CallEnded({})));
}

TEST(Trigger, AFilterThatCannotBeEvaluatedIsAnError) {
  const Workflow workflow =
      StartedBy("{ one: { with: { type: io.aircall.call.ended, data: '${ .a.b }' } } }");
  const auto matches = Matches(workflow, CallEnded({{"a", "text"}}), TestExpressions());
  ASSERT_FALSE(matches.ok());
  EXPECT_EQ(matches.error().code, "EXPRESSION_FAILED");
}

TEST(Trigger, TheRunsInputIsTheListOfItsEvents) {
  EXPECT_EQ(TriggerInput(CallEnded({{"id", 9}}))[0]["data"]["id"], 9);
}

}  // namespace
}  // namespace sb::core::workflow
