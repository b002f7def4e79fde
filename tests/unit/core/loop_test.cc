#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/core/run_harness.h"

namespace sb::core::workflow {
namespace {

using ::testing::ElementsAre;

TEST(For, GoesThroughAListAndCarriesOnWhatEachRoundLeaves) {
  RunHarness run(WorkflowWith(R"(
do:
  - loopColors:
      for: { each: color, in: .colors }
      do:
        - markProcessed:
            set:
              processed: '${ { colors: (.processed.colors + [ $color ]), indexes: (.processed.indexes + [ $index ]) } }'
)"));
  run.Start({{"colors", {"red", "green", "blue"}}});
  EXPECT_EQ(run.output(),
            (Json{{"processed", {{"colors", {"red", "green", "blue"}}, {"indexes", {0, 1, 2}}}}}));
  EXPECT_EQ(run.TaskNamed("markProcessed").ref, "/do/0/loopColors#2/do/0/markProcessed");
  EXPECT_EQ(run.TaskNamed("markProcessed").parent, "/do/0/loopColors");
}

TEST(For, CallsOnceForEachItemWithAnIdentityOfItsOwn) {
  RunHarness run(WorkflowWith(R"yaml(
do:
  - each:
      for: { each: call, in: .calls }
      do:
        - note: { call: aircall.calls.comment, with: { call_id: '${ $call }', content: '${ "no. \($index + 1)" }' } }
)yaml"));
  run.Start({{"calls", {11, 12}}});
  const std::string first_key = run.Wanted("note").op_key;
  EXPECT_EQ(run.Wanted("note").input, (Json{{"call_id", 11}, {"content", "no. 1"}}));
  run.SucceedCall("note", Json::object());
  EXPECT_EQ(run.Wanted("note").input, (Json{{"call_id", 12}, {"content", "no. 2"}}));
  EXPECT_NE(run.Wanted("note").op_key, first_key);
  run.SucceedCall("note", Json::object());
  EXPECT_EQ(run.status(), RunStatus::kSucceeded);
}

TEST(For, StopsWhenItsWhileNoLongerHolds) {
  RunHarness run(WorkflowWith(R"(
do:
  - each:
      for: { in: .numbers, at: i }
      while: $item < 3 and $i < 10
      do: [ { sum: { set: { numbers: '${ .numbers }', sum: '${ (.sum // 0) + $item }' } } } ]
)"));
  run.Start({{"numbers", {1, 2, 3, 1}}});
  EXPECT_EQ(run.output()["sum"], 3);
}

TEST(For, PassesItsInputOnWhenThereIsNothingToGoThrough) {
  RunHarness run(WorkflowWith(
      "do: [ { each: { for: { in: .none }, do: [ { never: { set: { n: 1 } } } ] } } ]"));
  run.Start({{"none", Json::array()}});
  EXPECT_EQ(run.output(), (Json{{"none", Json::array()}}));
  EXPECT_THAT(run.Path(), ElementsAre("each"));
}

TEST(For, FailsWhenItIsGivenNoList) {
  RunHarness run(WorkflowWith(
      "do: [ { each: { for: { in: .none }, do: [ { never: { set: { n: 1 } } } ] } } ]"));
  run.Start();
  EXPECT_EQ(run.run().error->title, "LOOP_NOT_A_LIST");
}

TEST(For, ExitEndsTheRoundAndNotTheLoop) {
  RunHarness run(WorkflowWith(R"(
do:
  - each:
      for: { in: '[1, 2]' }
      do:
        - first: { set: { seen: '${ .seen + [$item] }' }, then: exit }
        - second: { set: { seen: [] } }
)"));
  run.Start();
  EXPECT_EQ(run.output(), (Json{{"seen", {1, 2}}}));
}

TEST(For, LoopsInLoopsSeeBothVariables) {
  RunHarness run(WorkflowWith(R"(
do:
  - rows:
      for: { each: row, in: .rows }
      do:
        - cells:
            for: { each: cell, in: $row.cells }
            do:
              - add: { set: { rows: '${ .rows }', all: '${ .all + [$row.name + $cell] }' } }
)"));
  run.Start(
      {{"rows", {{{"name", "a"}, {"cells", {"1", "2"}}}, {{"name", "b"}, {"cells", {"3"}}}}}});
  EXPECT_EQ(run.output()["all"], (Json{"a1", "a2", "b3"}));
  EXPECT_EQ(run.TaskNamed("add").ref, "/do/0/rows#1/do/0/cells#0/do/0/add");
}

TEST(For, AFailureInsideFailsTheLoop) {
  RunHarness run(WorkflowWith(R"(
do:
  - each: { for: { in: '[1]' }, do: [ { boom: { raise: { error: { type: x, status: 400 } } } } ] }
)"));
  run.Start();
  EXPECT_EQ(run.status(), RunStatus::kFailed);
  EXPECT_EQ(run.run().error->instance, "/do/0/each/do/0/boom")
      << "a pointer into the definition, without rounds";
  EXPECT_EQ(run.TaskNamed("each").status, TaskStatus::kFailed);
}

}  // namespace
}  // namespace sb::core::workflow
