#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/core/run_harness.h"

namespace sb::core::workflow {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::SizeIs;

std::string TryWith(const std::string& rule) {
  return WorkflowWith(R"(
do:
  - guarded:
      try:
        - note: { call: aircall.calls.comment, with: { call_id: 7, content: hello } }
      catch: )" + rule);
}

TEST(Try, YieldsWhatItsTasksLeaveWhenNothingFails) {
  RunHarness run(TryWith("{ do: [ { never: { set: { n: 1 } } } ] }"));
  run.Start();
  run.SucceedCall("note", {{"ok", true}});
  EXPECT_EQ(run.output(), (Json{{"ok", true}}));
}

TEST(Try, HandsTheErrorToItsHandler) {
  RunHarness run(TryWith(R"(
        errors: { with: { type: https://serverlessworkflow.io/dsl/errors/types/communication, status: 404 } }
        as: err
        do: [ { handle: { set: { error: '${ $err }', input: '${ .n }' } } } ]
)"));
  run.Start({{"n", 5}});
  run.FailCall("note", NotFound("AIRCALL_NOT_FOUND", "no such call"));
  EXPECT_EQ(run.status(), RunStatus::kSucceeded);
  EXPECT_EQ(run.output()["input"], 5) << "the handler starts from what the try started from";
  EXPECT_EQ(run.output()["error"]["type"],
            "https://serverlessworkflow.io/spec/1.0.0/errors/communication");
  EXPECT_EQ(run.output()["error"]["status"], 404);
  EXPECT_EQ(run.output()["error"]["instance"], "/do/0/guarded/try/0/note");
  EXPECT_EQ(run.TaskNamed("handle").ref, "/do/0/guarded/catch/do/0/handle");
  EXPECT_EQ(run.TaskNamed("handle").parent, "/do/0/guarded");
}

TEST(Try, LetsOtherErrorsThrough) {
  for (const char* rule : {"{ errors: { with: { status: 503 } } }",
                           "{ when: $error.status == 503 }", "{ exceptWhen: $error.status == 404 }",
                           "{ errors: { with: { type: "
                           "'https://serverlessworkflow.io/spec/1.0.0/errors/timeout' } } }"}) {
    RunHarness run(TryWith(rule));
    run.Start();
    run.FailCall("note", NotFound("AIRCALL_NOT_FOUND", "no such call"));
    EXPECT_EQ(run.status(), RunStatus::kFailed) << rule;
    EXPECT_EQ(run.run().error->status, 404) << rule;
  }
}

TEST(Try, WithoutAHandlerGoesOnWithWhatItStartedFrom) {
  RunHarness run(TryWith("{ errors: { with: { status: 404 } } }"));
  run.Start({{"n", 5}});
  run.FailCall("note", NotFound("AIRCALL_NOT_FOUND", "no such call"));
  EXPECT_EQ(run.status(), RunStatus::kSucceeded);
  EXPECT_EQ(run.output(), (Json{{"n", 5}}));
}

TEST(Try, AFailureInTheHandlerIsNotCaughtByTheSameTry) {
  RunHarness run(TryWith("{ do: [ { boom: { raise: { error: { type: x, status: 400 } } } } ] }"));
  run.Start();
  run.FailCall("note", NotFound("AIRCALL_NOT_FOUND", "no such call"));
  EXPECT_EQ(run.status(), RunStatus::kFailed);
  EXPECT_EQ(run.run().error->type, "x");
}

TEST(Try, RetriesWithItsOwnPausesAndThenHandles) {
  RunHarness run(TryWith(R"(
        errors: { with: { status: 404 } }
        retry: { delay: PT3S, backoff: { exponential: {} }, limit: { attempt: { count: 3 } } }
        do: [ { handle: { set: { gaveUp: true } } } ]
)"));
  run.Start();
  const std::string first_key = run.Wanted("note").op_key;
  run.FailCall("note", NotFound("A", "b"));
  EXPECT_EQ(run.TaskNamed("guarded").awaiting, Awaiting::kRetry);
  EXPECT_EQ(*run.TaskNamed("guarded").due, run.now() + seconds(3));
  run.Advance(seconds(3));
  EXPECT_EQ(run.TaskNamed("note").ref, "/do/0/guarded#1/try/0/note");
  EXPECT_NE(run.Wanted("note").op_key, first_key);
  run.FailCall("note", NotFound("A", "b"));
  EXPECT_EQ(*run.TaskNamed("guarded").due, run.now() + seconds(6));
  run.Advance(seconds(6));
  run.FailCall("note", NotFound("A", "b"));
  EXPECT_EQ(run.output(), (Json{{"gaveUp", true}}));
  EXPECT_THAT(run.requests(), SizeIs(3));
}

TEST(Try, LinearAndConstantPausesGrowAsTheirNamesSay) {
  const auto pauses = [](const std::string& backoff) {
    RunHarness run(TryWith("{ retry: { delay: PT2S, backoff: { " + backoff + ": {} } } }"));
    run.Start();
    std::vector<seconds::rep> waited;
    for (int i = 0; i < 3; ++i) {
      run.FailCall("note", NotFound("A", "b"));
      const auto wait = *run.TaskNamed("guarded").due - run.now();
      waited.push_back(std::chrono::duration_cast<seconds>(wait).count());
      run.Advance(std::chrono::ceil<seconds>(wait));
    }
    return waited;
  };
  EXPECT_THAT(pauses("linear"), ElementsAre(2, 4, 6));
  EXPECT_THAT(pauses("constant"), ElementsAre(2, 2, 2));
}

TEST(Try, FailsWhenItsRetriesAreUsedUpAndThereIsNoHandler) {
  RunHarness run(TryWith("{ retry: { limit: { attempt: { count: 2 } } } }"));
  run.Start();
  run.FailCall("note", NotFound("A", "b"));
  EXPECT_THAT(run.requests(), SizeIs(2)) << "no delay: at once";
  run.FailCall("note", NotFound("A", "b"));
  EXPECT_EQ(run.status(), RunStatus::kFailed);
}

TEST(Try, UsesANamedRetryPolicyAndItsConditions) {
  RunHarness run(WorkflowWith(R"(
use: { retries: { patient: { delay: { seconds: 1 }, when: $error.status == 404, limit: { attempt: { count: 9 } } } } }
do:
  - guarded:
      try: [ { note: { call: aircall.calls.comment, with: { call_id: 7, content: hello } } } ]
      catch: { retry: patient }
)"));
  run.Start();
  run.FailCall("note", NotFound("A", "b"));
  run.Advance(seconds(1));
  EXPECT_THAT(run.requests(), SizeIs(2));
  run.FailCall("note", Conflict("A", "b"));
  EXPECT_EQ(run.status(), RunStatus::kFailed) << "not a case for the policy";
}

TEST(Try, InnerErrorsReachTheNextTryOutside) {
  RunHarness run(WorkflowWith(R"(
do:
  - outer:
      try:
        - inner:
            try: [ { boom: { raise: { error: { type: x, status: 400 } } } } ]
            catch: { errors: { with: { status: 500 } } }
      catch: { do: [ { handle: { set: { caught: '${ $error.status }' } } } ] }
)"));
  run.Start();
  EXPECT_EQ(run.output(), (Json{{"caught", 400}}));
}

TEST(Try, AConditionThatCannotBeEvaluatedFailsIt) {
  RunHarness run(TryWith("{ when: '$error.status + \"x\"' }"));
  run.Start();
  run.FailCall("note", NotFound("A", "b"));
  EXPECT_EQ(run.run().error->type, "https://serverlessworkflow.io/spec/1.0.0/errors/expression");
}

}  // namespace
}  // namespace sb::core::workflow
