#include "engine/runtime/turnstile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/manual_executor.h"

namespace sb::runtime {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Policy = core::workflow::Concurrency::Policy;

constexpr Slot kTurnSlot = 17;

class TurnstileStory : public ::testing::Test {
 protected:
  static ports::Turn Turn(int run, const std::string& line = "c7", int limit = 1,
                          Policy policy = Policy::kQueue) {
    return {{kTurnSlot, AccountId(1001), RunId(run)}, line, limit, policy, false};
  }

  void Ask(const ports::Turn& turn) {
    turnstile_.Ask(turn);
    executor_.RunReady();
  }

  void Leave(int run) {
    turnstile_.Leave(RunId(run));
    executor_.RunReady();
  }

  /// What runs were told since this was asked last: "1" began, "-1" was cancelled.
  std::vector<std::string> Told() { return std::exchange(told_, {}); }

  testing::FakeClock clock_;
  testing::ManualExecutor executor_{clock_};
  std::vector<std::string> told_;
  Result<bool> answer_ = true;
  Turnstile turnstile_{
      {clock_, executor_, [this](RunId run, const core::workflow::Input& input, const auto& done) {
         const bool cancel = std::holds_alternative<core::workflow::Cancel>(input);
         told_.push_back((cancel ? "-" : "") + std::to_string(run.number()));
         executor_.Post([done, answer = answer_] { done(answer); });
       }}};
};

TEST_F(TurnstileStory, OneAfterTheOtherInTheOrderOfTheirStart) {
  turnstile_.Open({kTurnSlot});
  Ask(Turn(1));
  EXPECT_THAT(Told(), ElementsAre("1"));
  Ask(Turn(3));
  Ask(Turn(2));
  EXPECT_THAT(Told(), IsEmpty());
  Leave(1);
  EXPECT_THAT(Told(), ElementsAre("2"));
  Leave(2);
  EXPECT_THAT(Told(), ElementsAre("3"));
  Leave(3);
  Ask(Turn(4));
  EXPECT_THAT(Told(), ElementsAre("4"));
}

TEST_F(TurnstileStory, OtherKeysDoNotWait) {
  turnstile_.Open({kTurnSlot});
  Ask(Turn(1));
  Ask(Turn(2, "c8"));
  EXPECT_THAT(Told(), ElementsAre("1", "2"));
}

TEST_F(TurnstileStory, AsManyAtOnceAsTheLimitSays) {
  turnstile_.Open({kTurnSlot});
  for (int run = 1; run <= 5; ++run) Ask(Turn(run, "c7", 2));
  EXPECT_THAT(Told(), ElementsAre("1", "2"));
  Leave(2);
  EXPECT_THAT(Told(), ElementsAre("3"));
}

TEST_F(TurnstileStory, WhoeverSkipsGivesUpWhereThereIsNoRoom) {
  turnstile_.Open({kTurnSlot});
  Ask(Turn(1, "c7", 1, Policy::kSkip));
  Ask(Turn(2, "c7", 1, Policy::kSkip));
  EXPECT_THAT(Told(), ElementsAre("1", "-2"));
  Leave(2);
  Leave(1);
  Ask(Turn(3, "c7", 1, Policy::kSkip));
  EXPECT_THAT(Told(), ElementsAre("3"));
}

TEST_F(TurnstileStory, WhoeverReplacesBeginsOnceThoseBeforeHaveEnded) {
  turnstile_.Open({kTurnSlot});
  for (int run = 1; run <= 3; ++run) Ask(Turn(run, "c7", 1, Policy::kReplace));
  EXPECT_THAT(Told(), ElementsAre("1", "-1", "-2"));
  Leave(2);
  EXPECT_THAT(Told(), IsEmpty());
  Leave(1);
  EXPECT_THAT(Told(), ElementsAre("3"));
}

TEST_F(TurnstileStory, ANextOwnerGoesOnWhereTheLastOneWas) {
  ports::Turn first = Turn(1);
  first.taken = true;
  turnstile_.Adopt({first, Turn(2), Turn(3), Turn(9, "c8")});
  executor_.RunReady();
  EXPECT_THAT(Told(), IsEmpty()) << "the slot is not ours yet";
  turnstile_.Open({kTurnSlot});
  executor_.RunReady();
  EXPECT_THAT(Told(), ElementsAre("9"));
  Leave(1);
  EXPECT_THAT(Told(), ElementsAre("2"));
  turnstile_.Close({kTurnSlot});
  Leave(2);
  EXPECT_THAT(Told(), IsEmpty()) << "now somebody else calls the third";
}

TEST_F(TurnstileStory, ASuspendedRunLetsTheNextOneGoAndAsksAgain) {
  turnstile_.Open({kTurnSlot});
  answer_ = false;
  turnstile_.Ask(Turn(1));
  turnstile_.Ask(Turn(2));
  executor_.RunOne();  // the first changes nothing
  answer_ = true;
  executor_.RunReady();
  EXPECT_THAT(Told(), ElementsAre("1", "2"));
  Ask(Turn(1));
  EXPECT_THAT(Told(), IsEmpty());
  Leave(2);
  EXPECT_THAT(Told(), ElementsAre("1"));
}

TEST_F(TurnstileStory, ARunThatCannotBeReachedIsCalledAgain) {
  turnstile_.Open({kTurnSlot});
  answer_ = Unavailable("DATABASE_UNAVAILABLE", "away");
  Ask(Turn(1));
  answer_ = true;
  executor_.AdvanceBy(1s);
  EXPECT_THAT(Told(), ElementsAre("1", "1"));
  Ask(Turn(2));
  EXPECT_THAT(Told(), IsEmpty());
}

TEST_F(TurnstileStory, ARunThatHasEndedInBetweenMakesRoom) {
  turnstile_.Open({kTurnSlot});
  answer_ = Conflict("RUN_FINISHED", "it has finished");
  turnstile_.Ask(Turn(1));
  turnstile_.Ask(Turn(2));
  executor_.RunOne();
  answer_ = true;
  executor_.RunReady();
  EXPECT_THAT(Told(), ElementsAre("1", "2"));
}

TEST_F(TurnstileStory, WhoAsksAgainAfterItWasThoughtToHaveBegunIsCalledAgain) {
  turnstile_.Open({kTurnSlot});
  Ask(Turn(1));
  Ask(Turn(1));
  EXPECT_THAT(Told(), ElementsAre("1", "1"));
}

TEST_F(TurnstileStory, ALongLineIsServedToItsEnd) {
  turnstile_.Open({kTurnSlot});
  constexpr int kRuns = 20'000;
  for (int run = 1; run <= kRuns; ++run) Ask(Turn(run));
  for (int run = 1; run <= kRuns; ++run) Leave(run);
  EXPECT_EQ(Told().size(), static_cast<std::size_t>(kRuns));
}

}  // namespace
}  // namespace sb::runtime
