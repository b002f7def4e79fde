// Records that settle are seen to by themselves when they are due, by a clock that the test moves.
#include "engine/app/settling_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/manual_executor.h"
#include "tests/unit/accounts/settling_world.h"

namespace sb::app {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::SizeIs;

class SettlingKeeperStory : public testing::SettlingWorld, public ::testing::Test {
 protected:
  testing::ManualExecutor pool_{clock};
  SettlingKeeper keeper_{{settlings, clock, pool_}};
};

TEST_F(SettlingKeeperStory, SeesToEachRecordWhenItIsDue) {
  const std::string first = PlaceCall();
  const std::string second = PlaceCall();
  Pass(minutes(1));
  Arrive();
  keeper_.Start();
  pool_.RunReady();
  EXPECT_EQ(LooksAt(first), 0U);
  Pass(minutes(30));
  pool_.AdvanceBy(seconds(10));
  EXPECT_EQ(LooksAt(first), 1U);
  EXPECT_EQ(LooksAt(second), 1U);
  Pass(hours(3));
  pool_.AdvanceBy(seconds(10));
  EXPECT_THAT(Settled(), SizeIs(2));
}

TEST_F(SettlingKeeperStory, TriesAgainHalfAMinuteAfterSomethingHindered) {
  const std::string call = PlaceCall();
  Pass(minutes(1));
  Arrive();
  Pass(hours(1));
  far_side.interfere = [](const std::string&,
                          const std::string&) -> std::optional<Result<ports::HttpResponse>> {
    return Result<ports::HttpResponse>(Unavailable("HTTP_UNREACHABLE", "away"));
  };
  keeper_.Start();
  pool_.AdvanceBy(seconds(20));
  EXPECT_EQ(LooksAt(call), 1U);
  far_side.interfere = nullptr;
  pool_.AdvanceBy(seconds(20));
  EXPECT_EQ(LooksAt(call), 2U);
}

TEST_F(SettlingKeeperStory, DoesNothingOnceItIsStopped) {
  const std::string call = PlaceCall();
  Pass(minutes(1));
  Arrive();
  Pass(hours(1));
  keeper_.Start();
  keeper_.Stop();
  pool_.AdvanceBy(minutes(5));
  EXPECT_EQ(LooksAt(call), 0U);
}

}  // namespace
}  // namespace sb::app
