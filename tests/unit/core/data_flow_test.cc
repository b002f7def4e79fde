#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/core/run_harness.h"

namespace sb::core::workflow {
namespace {

using ::testing::HasSubstr;

TEST(DataFlow, InputFromChoosesWhatATaskSees) {
  RunHarness run(
      WorkflowWith("do: [ { pick: { input: { from: .user.claims.subject }, set: { playerId: '${ . "
                   "}', raw: '${ $task.input.n }' } } } ]"));
  run.Start({{"user", {{"claims", {{"subject", "abc"}}}}}, {"n", 4}});
  EXPECT_EQ(run.output(), (Json{{"playerId", "abc"}, {"raw", 4}}));
}

TEST(DataFlow, InputFromCanBeAStructure) {
  RunHarness run(WorkflowWith(
      "do: [ { pick: { input: { from: { id: '${ .a }', fixed: 1 } }, set: '${ . }' } } ]"));
  run.Start({{"a", 7}});
  EXPECT_EQ(run.output(), (Json{{"id", 7}, {"fixed", 1}}));
}

TEST(DataFlow, OutputAsShapesWhatATaskYields) {
  RunHarness run(WorkflowWith(R"(
do:
  - first: { set: { id: 1, more: 2 }, output: { as: .id } }
  - second: { set: { id: 2 }, output: { as: '{ ids: [ $input, .id ] }' } }
)"));
  run.Start();
  EXPECT_EQ(run.output(), (Json{{"ids", {1, 2}}}));
}

TEST(DataFlow, ExportKeepsThingsInTheContext) {
  RunHarness run(WorkflowWith(R"(
do:
  - first: { set: { id: 1 }, output: { as: .id }, export: { as: '$context + { first: ., same: $output }' } }
  - second: { set: { id: 2 }, export: { as: { second: '${ .id }', before: '${ $context }' } } }
  - show: { set: { context: '${ $context }' } }
)"));
  run.Start();
  EXPECT_EQ(run.output(),
            (Json{{"context", {{"second", 2}, {"before", {{"first", 1}, {"same", 1}}}}}}));
}

TEST(DataFlow, StepsReadsTheOutputOfAnEarlierTask) {
  RunHarness run(WorkflowWith(R"(
do:
  - caller: { call: aircall.contacts.search, with: { email: a@b.c } }
  - other: { set: { x: 1 } }
  - show: { set: { name: '${ $steps.caller.output.contacts[0].first_name }', all: '${ $steps | keys }' } }
)"));
  run.Start();
  run.SucceedCall("caller", {{"contacts", {{{"first_name", "Ada"}}}}});
  EXPECT_EQ(run.output(), (Json{{"name", "Ada"}, {"all", {"caller", "other"}}}));
}

TEST(DataFlow, TheWorkflowsOwnInputAndOutputAreShapedToo) {
  RunHarness run(WorkflowWith(R"(
input: { from: '.[0].data' }
do:
  - show: { set: { n: '${ .n + 1 }', raw: '${ $workflow.input[0].data.n }' } }
output: { as: '{ result: .n, raw: .raw, context: $context }' }
)"));
  run.Start({{{"data", {{"n", 1}}}}});
  EXPECT_EQ(run.output(), (Json{{"result", 2}, {"raw", 1}, {"context", Json::object()}}));
}

TEST(DataFlow, SchemasRefuseWhatDoesNotFit) {
  const struct {
    const char* yaml;
    const char* detail;
  } cases[] = {
      {"input: { schema: { document: { required: [phone] } } }\ndo: [ { a: { set: { n: 1 } } } ]",
       "input of the workflow"},
      {"do: [ { a: { input: { schema: { document: { required: [phone] } } }, set: { n: 1 } } } ]",
       "the task's input"},
      {"do: [ { a: { output: { schema: { document: { type: string } } }, set: { n: 1 } } } ]",
       "the task's output"},
      {"do: [ { a: { export: { as: '.n', schema: { document: { type: object } } }, set: { n: 1 } } "
       "} ]",
       "exported context"},
      {"output: { schema: { document: { required: [m] } } }\ndo: [ { a: { set: { n: 1 } } } ]",
       "output of the workflow"}};

  for (const auto& each : cases) {
    RunHarness run(WorkflowWith(each.yaml));
    run.Start();
    EXPECT_EQ(run.status(), RunStatus::kFailed) << each.yaml;
    EXPECT_EQ(run.run().error->type, "https://serverlessworkflow.io/spec/1.0.0/errors/validation")
        << each.yaml;
    EXPECT_THAT(run.run().error->detail, HasSubstr(each.detail));
  }
}

TEST(DataFlow, TransformationsThatFailFailWhereTheyStand) {
  const struct {
    const char* yaml;
    const char* instance;
  } cases[] = {{"input: { from: .a.b }\ndo: [ { a: { set: { n: 1 } } } ]", "/input/from"},
               {"do: [ { a: { input: { from: .a.b }, set: { n: 1 } } } ]", "/do/0/a"},
               {"do: [ { a: { output: { as: .n.b }, set: { n: 1 } } } ]", "/do/0/a"},
               {"do: [ { a: { export: { as: .n.b }, set: { n: 1 } } } ]", "/do/0/a"},
               {"output: { as: .n.b }\ndo: [ { a: { set: { n: 1 } } } ]", "/output/as"}};

  for (const auto& each : cases) {
    RunHarness run(WorkflowWith(each.yaml));
    run.Start({{"a", "text"}});
    EXPECT_EQ(run.status(), RunStatus::kFailed) << each.yaml;
    EXPECT_EQ(run.run().error->type, "https://serverlessworkflow.io/spec/1.0.0/errors/expression")
        << each.yaml;
    EXPECT_EQ(run.run().error->instance, each.instance);
  }
}

TEST(Arguments, TellTheRunTheTaskAndTheRuntime) {
  RunHarness run(WorkflowWith(R"(
do:
  - show:
      set:
        id: '${ $workflow.id }'
        name: '${ $workflow.definition.document.name }'
        started: '${ $workflow.startedAt.iso8601 }'
        task: '${ [$task.name, $task.reference, ($task.definition | keys | length), $task.startedAt.epoch.seconds] }'
        runtime: '${ $runtime.name }'
)"));
  run.Start();
  EXPECT_EQ(run.output(), (Json{{"id", ToText(RunId(4'190'000'017))},
                                {"name", "story"},
                                {"started", "2026-06-01T09:30:00.000Z"},
                                {"task", {"show", "/do/0/show", 1, 1780306200}},
                                {"runtime", "switchboard"}}));
}

}  // namespace
}  // namespace sb::core::workflow
