// Webhooks are looked at once in each interval, and gaps are closed by themselves, by a clock that
// the test moves.
#include "engine/app/gap_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/manual_executor.h"
#include "tests/unit/accounts/gap_world.h"

namespace sb::app {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Keeper : public testing::GapWorld, public ::testing::Test {
 protected:
  std::size_t Looks() { return far_side.Count("GET /v1/webhooks"); }

  std::size_t Writes() { return far_side.Count("PUT /v1/webhooks/" + account.webhook.remote_id); }

  bool is_ours_ = true;
  testing::ManualExecutor pool_{clock};
  GapKeeper keeper_{{watch, repair, accounts, clock, random, pool_,
                     [this](const ports::Account&) { return is_ours_; }, minutes(5)}};
};

TEST_F(Keeper, LooksOnceInEachInterval) {
  const std::size_t before = Looks();
  keeper_.Start();
  pool_.AdvanceBy(minutes(5) - seconds(1));
  EXPECT_EQ(Looks(), before);
  pool_.AdvanceBy(minutes(5));
  EXPECT_EQ(Looks(), before + 1);
  pool_.AdvanceBy(minutes(20));
  EXPECT_EQ(Looks(), before + 5);
  EXPECT_THAT(AllGaps(), IsEmpty());
}

TEST_F(Keeper, LeavesTheAccountsOfOthersToThem) {
  const std::size_t before = Looks();
  is_ours_ = false;
  keeper_.Start();
  pool_.AdvanceBy(minutes(30));
  EXPECT_EQ(Looks(), before);
}

TEST_F(Keeper, ClosesWhatItFinds) {
  SwitchOff();
  PlaceCall();
  keeper_.Start();
  pool_.AdvanceBy(minutes(10));
  ASSERT_THAT(AllGaps(), SizeIs(1));
  EXPECT_EQ(AllGaps()[0].state, ports::GapState::kClosed);
  EXPECT_TRUE(AllGaps()[0].told);
  EXPECT_THAT(Recovered(), SizeIs(2));
}

TEST_F(Keeper, GoesOnWithWhatAProcessHasLeftAtOnce) {
  SwitchOff();
  PlaceCall();
  Look();
  keeper_.Start();
  pool_.RunReady();
  EXPECT_EQ(AllGaps().at(0).state, ports::GapState::kClosed);
}

TEST_F(Keeper, TriesAgainHalfAMinuteAfterSomethingHindered) {
  SwitchOff();
  Look();
  far_side.interfere = [](const std::string& method,
                          const std::string&) -> std::optional<Result<ports::HttpResponse>> {
    if (method != "PUT") return {};
    return Result<ports::HttpResponse>(Unavailable("HTTP_UNREACHABLE", "away"));
  };
  keeper_.Start();
  pool_.RunReady();
  EXPECT_EQ(Writes(), 1U);
  pool_.AdvanceBy(seconds(25));
  EXPECT_EQ(Writes(), 1U);
  pool_.AdvanceBy(seconds(10));
  EXPECT_EQ(Writes(), 2U);
}

TEST_F(Keeper, DoesNothingOnceItIsStopped) {
  const std::size_t before = Looks();
  keeper_.Start();
  pool_.AdvanceBy(minutes(5));
  keeper_.Stop();
  pool_.AdvanceBy(minutes(30));
  EXPECT_EQ(Looks(), before);
}

}  // namespace
}  // namespace sb::app
