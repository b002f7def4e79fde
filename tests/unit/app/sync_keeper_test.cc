// Syncs are worked off by themselves, by a clock that the test moves: streams take turns, events
// are heard within a second, and what hinders one holds up no other.
#include "engine/app/sync_keeper.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/manual_executor.h"
#include "tests/unit/accounts/replication_world.h"

namespace sb::app {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class SyncKeeperStory : public testing::ReplicationWorld, public ::testing::Test {
 protected:
  bool IsRead(const ports::Sync& sync) {
    const auto streams = syncs.Streams(sync.slot, sync.account, sync.id).value();
    return std::ranges::all_of(streams,
                               [](const ports::SyncStream& at) { return at.whole_at.has_value(); });
  }

  testing::ManualExecutor pool_{clock};
  SyncKeeper keeper_{{replications, news, syncs, clock, metrics, pool_, pool_}};
};

TEST_F(SyncKeeperStory, ReadsEveryStreamOfASyncThatIsStarted) {
  keeper_.Start();
  pool_.RunReady();
  const auto sync = Start("warehouse", "[calls, contacts, users, numbers, tags]");
  pool_.AdvanceBy(seconds(10));
  EXPECT_TRUE(IsRead(sync));
  EXPECT_THAT(metrics.Text(),
              ::testing::HasSubstr("switchboard_sync_rows_total{by=\"read\",stream=\"users\"}"));
}

TEST_F(SyncKeeperStory, HearsOfACallWithinSeconds) {
  keeper_.Start();
  const auto sync = Start("warehouse", "[calls]");
  pool_.AdvanceBy(seconds(10));
  const std::string call = PlaceCall();
  Arrive();
  pool_.AdvanceBy(seconds(2));
  EXPECT_TRUE(Row(sync, "calls", call));
}

TEST_F(SyncKeeperStory, HearsOfItAlthoughTheProviderCannotBeRead) {
  keeper_.Start();
  const auto sync = Start("warehouse", "[calls, users]");
  far_side.interfere = [](const std::string&,
                          const std::string&) -> std::optional<Result<ports::HttpResponse>> {
    return Result<ports::HttpResponse>(Unavailable("HTTP_UNREACHABLE", "away"));
  };
  const std::string call = PlaceCall();
  Arrive();
  pool_.AdvanceBy(seconds(10));
  EXPECT_TRUE(Row(sync, "calls", call));
  EXPECT_FALSE(IsRead(sync));
  far_side.interfere = nullptr;
  pool_.AdvanceBy(minutes(3));
  EXPECT_TRUE(IsRead(sync));
}

TEST_F(SyncKeeperStory, ADestinationThatIsDownHoldsUpNoOther) {
  keeper_.Start();
  moon.failure.reset();
  const auto there = Start("there", "[users]", "moon");
  moon.failure = Unavailable("DATABASE_UNAVAILABLE", "down");
  const auto here = Start("here", "[users]");
  pool_.AdvanceBy(seconds(10));
  EXPECT_TRUE(IsRead(here));
  EXPECT_FALSE(IsRead(there));
  moon.failure.reset();
  pool_.AdvanceBy(minutes(3));
  EXPECT_TRUE(IsRead(there));
}

TEST_F(SyncKeeperStory, DoesNothingOnceItIsStopped) {
  const auto sync = Start("warehouse", "[users]");
  keeper_.Start();
  keeper_.Stop();
  pool_.AdvanceBy(minutes(5));
  EXPECT_FALSE(IsRead(sync));
}

}  // namespace
}  // namespace sb::app
