#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/core/run_harness.h"

namespace sb::core::workflow {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string Limited(const std::string& concurrency, const std::string& more = "") {
  return "document: { dsl: '1.0.3', namespace: acme, name: story, version: '1.0.0',\n"
         "            metadata: { switchboard: { concurrency: " +
         concurrency + " } } }\n" + more +
         "do:\n  - first: { set: { n: 1 } }\n  - rest: { wait: PT1M }\n";
}

/// The keys that a run asks for its turn with.
std::vector<std::string> Asked(RunHarness& run, const Decision& decision) {
  std::vector<std::string> keys;
  for (const Effect& effect : decision.effects) {
    if (std::holds_alternative<AskTurn>(effect)) keys.push_back(run.run().turn_key.value_or(""));
  }
  return keys;
}

TEST(Turns, ARunBeginsNothingBeforeItsTurn) {
  RunHarness run(Limited("{ key: '${ .contact }' }"));
  EXPECT_THAT(Asked(run, run.Give(Start{{{"contact", "c7"}}})), ElementsAre("c7"));
  EXPECT_TRUE(run.run().queued);
  EXPECT_THAT(run.Path(), IsEmpty());
  run.Give(TurnGranted{});
  EXPECT_THAT(run.Path(), ElementsAre("first", "rest"));
  EXPECT_EQ(run.run().turn_key, "c7");
}

TEST(Turns, WithoutAKeyAllRunsStandInOneLine) {
  RunHarness run(Limited("{ limit: 2 }"));
  EXPECT_THAT(Asked(run, run.Give(Start{Json::object()})), ElementsAre(""));
}

TEST(Turns, ANullKeyWaitsForNobody) {
  RunHarness run(Limited("{ key: '${ .contact }' }"));
  EXPECT_THAT(Asked(run, run.Give(Start{Json::object()})), IsEmpty());
  EXPECT_THAT(run.Path(), ElementsAre("first", "rest"));
}

TEST(Turns, AKeyMayBeAnyValueAndALongOneIsShortened) {
  RunHarness object(Limited("{ key: '${ { a: .contact } }' }"));
  EXPECT_THAT(Asked(object, object.Give(Start{{{"contact", 7}}})), ElementsAre(R"({"a":7})"));
  RunHarness longer(Limited("{ key: .contact }"));
  const auto keys = Asked(longer, longer.Give(Start{{{"contact", std::string(5000, 'x')}}}));
  ASSERT_EQ(keys.size(), 1U);
  EXPECT_EQ(keys[0].size(), 64U);
}

TEST(Turns, AKeyThatCannotBeHadFailsTheRun) {
  RunHarness run(Limited("{ key: '${ .contact | error }' }"));
  run.Start({{"contact", "c7"}});
  EXPECT_EQ(run.status(), RunStatus::kFailed);
  EXPECT_EQ(run.run().error->instance, "/document/metadata/switchboard/concurrency/key");
}

TEST(Turns, TheTimeOfARunIsCountedFromItsTurn) {
  RunHarness run(Limited("{}", "timeout: { after: PT30S }\n"));
  run.Start();
  run.Advance(10min);
  EXPECT_TRUE(run.run().queued);
  run.Give(TurnGranted{});
  run.Advance(29s);
  EXPECT_EQ(run.status(), RunStatus::kRunning);
  run.Advance(2s);
  EXPECT_EQ(run.status(), RunStatus::kFailed);
}

TEST(Turns, ARunCanBeCancelledWhileItWaitsForItsTurn) {
  RunHarness run(Limited("{}"));
  run.Start();
  run.Cancel("no longer needed");
  EXPECT_EQ(run.status(), RunStatus::kCancelled);
  run.Give(TurnGranted{});
  EXPECT_THAT(run.Path(), IsEmpty());
}

TEST(Turns, ASuspendedRunTakesNoTurnAndAsksAgainWhenItIsResumed) {
  RunHarness run(Limited("{}"));
  run.Start();
  run.Suspend();
  run.Give(TurnGranted{});
  EXPECT_THAT(run.Path(), IsEmpty());
  EXPECT_THAT(Asked(run, run.Give(Resume{})), ElementsAre(""));
  run.Give(TurnGranted{});
  EXPECT_THAT(run.Path(), ElementsAre("first", "rest"));
}

TEST(Turns, WhoeverLoadsAQueuedRunAsksForItsTurn) {
  RunHarness run(Limited("{ key: '\"x\"' }"));
  run.Start();
  EXPECT_THAT(Asked(run, {{}, FindUnfinished(run.run()).effects}), ElementsAre("x"));
  run.Give(TurnGranted{});
  EXPECT_THAT(Asked(run, {{}, FindUnfinished(run.run()).effects}), IsEmpty());
}

TEST(Turns, ARetryAtTheFailureWaitsForATurnOfItsOwn) {
  const std::string yaml =
      "document: { dsl: '1.0.3', namespace: acme, name: story, version: '1.0.0',\n"
      "            metadata: { switchboard: { concurrency: { key: .contact } } } }\n"
      "do:\n  - first: { set: { n: 1 } }\n  - fails: { raise: { error: { type: 'x:y', status: 400 "
      "} } }\n";
  RunHarness failed(yaml);
  failed.Start({{"contact", "c7"}});
  failed.Give(TurnGranted{});
  ASSERT_EQ(failed.status(), RunStatus::kFailed);
  RunHarness retry(yaml);
  Start start;
  start.taken_over = TakeOver(failed.facts(), "run_1");
  ASSERT_TRUE(start.taken_over);
  EXPECT_THAT(Asked(retry, retry.Give(start)), ElementsAre("c7"));
  EXPECT_TRUE(retry.run().queued);
  EXPECT_EQ(retry.status(), RunStatus::kRunning);
  retry.Give(TurnGranted{});
  EXPECT_EQ(retry.status(), RunStatus::kFailed) << "it began at the task that had failed";
}

}  // namespace
}  // namespace sb::core::workflow
