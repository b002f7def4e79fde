#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/core/run_harness.h"

namespace sb::core::workflow {
namespace {

using namespace std::chrono_literals;
using ::testing::Each;
using ::testing::Lt;
using ::testing::SizeIs;

/// Runs a workflow without the harness, which compares everything with everything: a long run by
/// itself, as the journal would hold it.
class LongRun {
 public:
  explicit LongRun(const std::string& yaml)
      : actions_(support::FakeActionCatalog::Aircall()), workflow_(ParseOrDie(yaml, actions_)) {}

  void Give(const Input& input) {
    const Decision decision = DecideAndApply(Context(), run_, input);
    most_facts_ = std::max(most_facts_, decision.facts.size());
    most_tasks_ = std::max(most_tasks_, run_.tasks.size());
    for (const Fact& fact : decision.facts) {
      if (const auto* call = std::get_if<CallRequested>(&fact.body))
        op_keys_.push_back(call->op_key);
      if (std::holds_alternative<RunSnapshot>(fact.body)) journal_.clear();
      journal_.push_back(fact);
    }
    longest_journal_ = std::max(longest_journal_, journal_.size());
    for (const Effect& effect : decision.effects) {
      if (const auto* timer = std::get_if<WakeAt>(&effect)) timers_.push_back(*timer);
      if (const auto* call = std::get_if<PerformCall>(&effect)) calls_.push_back(*call);
    }
  }

  /// Answers calls and lets timers go off until nothing is left to do.
  void Go() {
    while (!timers_.empty() || !calls_.empty()) {
      if (!calls_.empty()) {
        const PerformCall call = std::exchange(calls_, {}).front();
        Give(CallOutcome{call.ref, call.request.attempt, Json::object()});
        continue;
      }
      const WakeAt timer = std::exchange(timers_, {}).front();
      now_ = std::max(now_, timer.due);
      Give(Due{timer.ref});
    }
  }

  /// What somebody who reads the journal from its newest snapshot on makes of it.
  Run FromJournal() const {
    Run run;
    for (const Fact& fact : journal_) {
      const auto read = FactFromJson(*ParseJson(DumpJson(ToJson(fact))));
      ApplyInPlace(run, *read);
    }
    return run;
  }

  DecideContext Context() const {
    return {workflow_, TestExpressions(), actions_, RunId(4711), AccountId(7), now_};
  }

  support::FakeActionCatalog actions_;
  Workflow workflow_;
  Run run_;
  WallTime now_{std::chrono::hours(24 * 365 * 50)};
  std::vector<Fact> journal_;
  std::vector<WakeAt> timers_;
  std::vector<PerformCall> calls_;
  std::vector<std::string> op_keys_;
  std::size_t most_facts_ = 0;
  std::size_t most_tasks_ = 0;
  std::size_t longest_journal_ = 0;
};

std::string Loop(const std::string& list, const std::string& tasks) {
  return WorkflowWith("do:\n  - each:\n      for: { each: n, in: '" + list + "' }\n      do:\n" +
                      tasks + "  - last: { set: { n: '${ $steps.square.output.n }' } }\n");
}

TEST(LongRun, ALoopOverManyItemsNeedsNoMoreMemoryThanAShortOne) {
  LongRun run(Loop("[range(20000)]", "        - square: { set: { n: '${ $n * $n }' } }\n"));
  run.Give(Start{Json::object()});
  run.Go();
  EXPECT_EQ(run.run_.status, RunStatus::kSucceeded);
  EXPECT_EQ(run.run_.output, Json({{"n", 19999LL * 19999LL}})) << "$steps knows the last round";
  EXPECT_THAT(run.most_tasks_, Lt(kTasksRemembered + kFactsPerCommit));
  EXPECT_THAT(run.most_facts_, Lt(kFactsPerCommit + 10)) << "it pauses to be stored";
  EXPECT_GT(run.run_.forgotten, 17000);
}

TEST(LongRun, IsReadFromItsNewestSnapshot) {
  LongRun run(Loop("[range(5000)]", "        - square: { set: { n: '${ $n }' } }\n"));
  run.Give(Start{{{"who", "ada"}}, "run_1"});
  for (int round = 0; round < 12; ++round) {
    ASSERT_EQ(run.FromJournal(), run.run_);
    const WakeAt timer = std::exchange(run.timers_, {}).front();
    run.Give(Due{timer.ref});
    if (run.timers_.empty()) break;
  }
  EXPECT_EQ(run.FromJournal(), run.run_);
  EXPECT_EQ(run.run_.input, Json({{"who", "ada"}}));
  EXPECT_EQ(run.run_.retried_from, "run_1");
  EXPECT_THAT(run.longest_journal_, Lt(std::size_t{20'000}));
}

TEST(LongRun, AShortOneForgetsAndSavesNothing) {
  LongRun run(Loop("[range(900)]", "        - square: { set: { n: '${ $n }' } }\n"));
  run.Give(Start{Json::object()});
  run.Go();
  EXPECT_EQ(run.run_.status, RunStatus::kSucceeded);
  EXPECT_EQ(run.run_.forgotten, 0);
  EXPECT_THAT(run.run_.tasks, SizeIs(902));
}

TEST(LongRun, KeysOfCallsStayDifferentWhereALoopIsEnteredAgain) {
  LongRun run(WorkflowWith(R"(do:
  - count: { set: { n: '${ (.n // 0) + 1 }' } }
  - each:
      for: { each: n, in: '[range(1500)]' }
      do:
        - note: { call: aircall.calls.comment, with: { call_id: 7, content: x } }
      output: { as: '${ $steps.count.output }' }
  - again: { switch: [ { more: { when: '${ $steps.count.output.n < 3 }', then: count } } ] }
)"));
  run.Give(Start{Json::object()});
  run.Go();
  EXPECT_EQ(run.run_.status, RunStatus::kSucceeded);
  EXPECT_THAT(run.op_keys_, SizeIs(4500));
  EXPECT_THAT(std::set<std::string>(run.op_keys_.begin(), run.op_keys_.end()), SizeIs(4500));
}

TEST(LongRun, LoopsWithinLoopsForgetToo) {
  LongRun run(WorkflowWith(R"(do:
  - rows:
      for: { each: row, in: '[range(120)]' }
      do:
        - cells:
            for: { each: cell, in: '[range(120)]' }
            do:
              - square: { set: { n: '${ $row * 1000 + $cell }' } }
  - last: { set: { n: '${ $steps.square.output.n }' } }
)"));
  run.Give(Start{Json::object()});
  run.Go();
  EXPECT_EQ(run.run_.status, RunStatus::kSucceeded);
  EXPECT_EQ(run.run_.output, Json({{"n", 119119}}));
  EXPECT_THAT(run.most_tasks_, Lt(kTasksRemembered + kFactsPerCommit));
}

TEST(LongRun, ACycleThatNeverEndsIsStillStopped) {
  LongRun run(WorkflowWith("do:\n  - a: { set: { n: 1 } }\n  - b: { set: { n: 2 }, then: a }\n"));
  run.Give(Start{Json::object()});
  run.Go();
  EXPECT_EQ(run.run_.status, RunStatus::kFailed);
  EXPECT_EQ(run.run_.error->title, "RUN_TOO_LONG");
}

}  // namespace
}  // namespace sb::core::workflow
