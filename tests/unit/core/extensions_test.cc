// `use.extensions`: tasks around the tasks of a kind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/core/run_harness.h"

namespace sb::core::workflow {
namespace {

using ::testing::ElementsAre;

std::string Extended(const std::string& extensions, const std::string& tasks) {
  return WorkflowWith("use: { extensions: [ " + extensions + " ] }\ndo: [ " + tasks + " ]");
}

constexpr const char* kAround =
    "{ log: { extend: set, before: [ { open: { wait: PT0S } } ], after: [ { close: { wait: PT0S } "
    "} ] "
    "} }";

TEST(Extensions, DoTheirTasksBeforeAndAfter) {
  RunHarness run(Extended(kAround, "{ a: { set: { n: 1 } } }"));
  run.Start();
  run.Advance(Millis(0));
  EXPECT_EQ(run.status(), RunStatus::kSucceeded);
  EXPECT_THAT(run.Path(), ElementsAre("a", "open", "close"));
  EXPECT_EQ(run.output(), (Json{{"n", 1}}));
}

TEST(Extensions, LeaveTheDataAlone) {
  RunHarness run(Extended(
      "{ log: { extend: set, before: [ { spoil: { do: [ { in: { wait: PT0S } } ], output: { "
      "as: '${ { spoilt: true } }' } } } ], after: [ { spoilAgain: { wait: PT0S, output: { "
      "as: '${ { spoilt: true } }' } } } ] } }",
      "{ a: { set: { n: '${ .n + 1 }' } } }, { b: { wait: PT0S } }"));
  run.Start({{"n", 1}});
  run.Advance(Millis(0));
  EXPECT_EQ(run.output(), (Json{{"n", 2}}));
}

TEST(Extensions, AreForTheirKindAndConditionOnly) {
  RunHarness run(
      Extended("{ log: { extend: set, when: '${ $task.name == \"b\" }', before: [ { note: { wait: "
               "PT0S } } ] } "
               "}",
               "{ a: { set: { n: 1 } } }, { b: { set: { n: 2 } } }, { c: { wait: PT0S } }"));
  run.Start();
  run.Advance(Millis(0));
  EXPECT_THAT(run.Path(), ElementsAre("a", "b", "note", "c"));
}

TEST(Extensions, EncloseOneAnotherInTheirOrder) {
  RunHarness run(Extended(
      "{ x: { extend: all, before: [ { x1: { set: {} } } ], after: [ { x2: { set: {} } } ] } }, "
      "{ y: { extend: set, before: [ { y1: { set: {} } } ], after: [ { y2: { set: {} } } ] } }",
      "{ a: { set: { n: 1 } } }"));
  run.Start();
  EXPECT_THAT(run.Path(), ElementsAre("a", "x1", "y1", "y2", "x2"));
  EXPECT_EQ(run.output(), (Json{{"n", 1}}));
}

TEST(Extensions, SeeTheTaskThatTheyExtendAsTheirTask) {
  RunHarness run(Extended(
      "{ log: { extend: call, after: [ { tell: { set: { of: '${ $task.reference }', got: '${ "
      "$task.output.id }' }, export: { as: '${ . }' } } } ] } }",
      "{ look: { call: aircall.contacts.search, with: { phone_number: '1' } } }, { last: { set: { "
      "told: '${ $context }' } } }"));
  run.Start();
  run.SucceedCall("look", {{"id", 7}});
  EXPECT_EQ(run.output()["told"], (Json{{"of", "/do/0/look"}, {"got", 7}}));
}

TEST(Extensions, CanStandInForTheTask) {
  RunHarness run(Extended(
      "{ mock: { extend: call, before: [ { instead: { set: { id: 1 }, then: exit } } ], after: [ { "
      "never: { set: {} } } ] } }",
      "{ look: { call: aircall.contacts.search, with: { phone_number: '1' } } }"));
  run.Start();
  EXPECT_EQ(run.status(), RunStatus::kSucceeded);
  EXPECT_EQ(run.output(), (Json{{"id", 1}}));
  EXPECT_THAT(run.requests(), ElementsAre());
}

TEST(Extensions, FailTheTaskWhenTheyFail) {
  RunHarness run(Extended(
      "{ strict: { extend: set, before: [ { no: { raise: { error: { type: a, status: 400 } } "
      "} } ] } }",
      "{ t: { try: [ { a: { set: {} } } ], catch: { do: [ { saved: { wait: PT0S } } ] } } }"));
  run.Start();
  run.Advance(Millis(0));
  EXPECT_EQ(run.status(), RunStatus::kSucceeded);
  EXPECT_EQ(run.TaskNamed("a").status, TaskStatus::kFailed);
}

TEST(Extensions, KeepWhereASwitchLeads) {
  RunHarness run(Extended("{ log: { extend: switch, after: [ { note: { wait: PT0S } } ] } }",
                          "{ choose: { switch: [ { far: { then: last } } ] } }, { middle: { set: { "
                          "n: 1 } } }, { last: { "
                          "set: { n: 2 } } }"));
  run.Start();
  run.Advance(Millis(0));
  EXPECT_THAT(run.Path(), ElementsAre("choose", "note", "last"));
}

TEST(Extensions, StandAroundTheTasksOfALoop) {
  RunHarness run(Extended(
      "{ log: { extend: set, before: [ { note: { wait: PT0S } } ] } }",
      "{ each: { for: { in: '${ [1, 2] }' }, do: [ { a: { set: { n: '${ $item }' } } } ] } }"));
  run.Start();
  run.Advance(Millis(0));
  run.Advance(Millis(0));
  EXPECT_THAT(run.Path(), ElementsAre("each", "a", "note", "a", "note"));
  EXPECT_EQ(run.output(), (Json{{"n", 2}}));
}

}  // namespace
}  // namespace sb::core::workflow
