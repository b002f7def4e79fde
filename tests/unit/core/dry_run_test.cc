#include "engine/core/workflow/dry_run.h"

#include <gmock/gmock.h>

#include "tests/support/fake_clock.h"
#include "tests/unit/core/run_harness.h"

namespace sb::core::workflow {
namespace {

using ::testing::SizeIs;

DryRun Try(const std::string& tasks,
           const std::function<Result<Json>(const CallRequested&)>& answer, int most_steps = 1000) {
  const auto actions = support::FakeActionCatalog::Aircall();
  const Workflow workflow = ParseOrDie(WorkflowWith(tasks), actions);
  return PerformDryRun(
      {workflow, TestExpressions(), actions, RunId(1), AccountId(2), testing::kStoryTime},
      Json::object(), answer, most_steps);
}

Result<Json> Nothing(const CallRequested& /*call*/) {
  return Json::object();
}

constexpr const char* kTwoCalls = R"(do:
  - look: { call: aircall.contacts.search, with: { phone_number: "1" } }
  - pause: { wait: { days: 2 } }
  - note: { call: aircall.calls.comment, with: { call_id: 1, content: "${ $steps.look.output.name // \"nobody\" }" } }
)";

TEST(DryRun, ShowsTheCallsWithTheirInputsAndWaitsForNoClock) {
  const DryRun result = Try(kTwoCalls, [](const CallRequested& call) -> Result<Json> {
    if (call.ref == "/do/0/look") return Json{{"name", "Ada"}};
    return Json::object();
  });
  EXPECT_EQ(result.ending, DryRun::Ending::kEnded);
  EXPECT_EQ(result.run.status, RunStatus::kSucceeded);
  ASSERT_THAT(result.calls, SizeIs(2));
  EXPECT_EQ(result.calls[1].input["content"], "Ada");
  EXPECT_EQ(*result.run.ended_at, testing::kStoryTime + std::chrono::days(2));
}

TEST(DryRun, FollowsAFailedCallThroughItsRetriesToTheEnd) {
  const DryRun result = Try(kTwoCalls, [](const CallRequested&) -> Result<Json> {
    return Unavailable("AWAY", "nobody answers");
  });
  EXPECT_EQ(result.run.status, RunStatus::kFailed);
  EXPECT_THAT(result.calls, SizeIs(kMaxCallFailures));
}

TEST(DryRun, StopsWhereAPersonIsNeeded) {
  const DryRun result = Try(kTwoCalls, [](const CallRequested&) -> Result<Json> {
    return Unauthorized("ACCOUNT_NEEDS_REAUTH", "connect it again");
  });
  EXPECT_EQ(result.ending, DryRun::Ending::kWaiting);
  EXPECT_EQ(result.run.status, RunStatus::kParked);
}

TEST(DryRun, StopsAfterAsManyStepsAsItMayTake) {
  const DryRun result = Try(R"(do:
  - look: { call: aircall.contacts.search, with: { phone_number: "1" }, then: look }
)",
                            Nothing, 10);
  EXPECT_EQ(result.ending, DryRun::Ending::kTooLong);
  EXPECT_THAT(result.calls, SizeIs(11));
}

}  // namespace
}  // namespace sb::core::workflow
