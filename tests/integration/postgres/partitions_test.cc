#include "engine/adapters/postgres/partitions.h"

#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/adapters/postgres/postgres_inbox_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/matchers.h"
#include "tests/support/postgres_cluster.h"

namespace sb::testing {
namespace {

using adapters::postgres::Database;
using adapters::postgres::Partitions;

constexpr std::chrono::days kDay(1);
constexpr WallTime kToday = std::chrono::floor<std::chrono::days>(kStoryTime);

class DailyPartitions : public ::testing::Test {
 protected:
  Result<std::vector<bool>> StoreEventMadeAt(WallTime when) {
    ports::InboxItem item;
    item.slot = 17;
    item.account = AccountId(1001);
    item.id = IdGenerator(1).Next<EventTag>(when);
    item.dedupe = TimeText(when);
    item.received_at = when;
    return inbox_.Append({item});
  }

  static std::string TimeText(WallTime when) { return ToRfc3339(when); }

  TestDatabase test_database_;  // has the partitions from yesterday to the day after tomorrow
  Database database_{test_database_.settings()};
  adapters::postgres::PostgresInboxStore inbox_{database_};
  FakeClock clock_;
};

TEST_F(DailyPartitions, ReachFourteenDaysAhead) {
  EXPECT_THAT(StoreEventMadeAt(kToday + 14 * kDay),
              FailsWith(ErrorKind::kInternal, "DATABASE_REFUSED"));
  Partitions partitions(database_, clock_);
  EXPECT_EQ(*partitions.RunOnce(), 12 * 3) << "three tables, the days that were missing";
  EXPECT_THAT(StoreEventMadeAt(kToday + 14 * kDay), IsOk());
  EXPECT_EQ(*partitions.RunOnce(), 0) << "nothing is missing any more";
}

TEST_F(DailyPartitions, FollowTheClock) {
  Partitions partitions(database_, clock_, 2);
  EXPECT_EQ(*partitions.RunOnce(), 0);
  clock_.Advance(std::chrono::hours(14));
  EXPECT_EQ(*partitions.RunOnce(), 0) << "still the same day";
  clock_.Advance(std::chrono::hours(1));
  EXPECT_EQ(*partitions.RunOnce(), 3);
}

TEST_F(DailyPartitions, MeetWithoutAGapAtMidnight) {
  for (const WallTime when :
       {kToday, kToday + kDay - Millis(1), kToday + kDay, kToday + kDay + Millis(1), kToday - kDay,
        kToday + 3 * kDay - Millis(1)}) {
    EXPECT_THAT(StoreEventMadeAt(when), IsOk()) << ToRfc3339(when);
  }
  EXPECT_EQ(test_database_.Ask("select count(*) from eng.inbox_20260601"), "2");
  EXPECT_EQ(test_database_.Ask("select count(*) from eng.inbox_20260602"), "2");
}

TEST_F(DailyPartitions, AgreeWithTheIdsOfTheEngine) {
  for (const WallTime when :
       {kToday, kStoryTime, kToday + std::chrono::microseconds(1), kToday + 400 * kDay}) {
    EXPECT_EQ(test_database_.Ask("select eng.lowest_id_at(to_timestamp(" +
                                 std::to_string(when.time_since_epoch().count()) +
                                 "::numeric / 1000000))"),
              std::to_string(LowestIdNumberAt(when)));
  }
}

TEST_F(DailyPartitions, AreMadeOnceByTwoInstances) {
  clock_.Advance(30 * kDay);
  Partitions one(database_, clock_, 5);
  Partitions two(database_, clock_, 5);
  auto first = std::async(std::launch::async, [&] { return one.RunOnce(); });
  auto second = std::async(std::launch::async, [&] { return two.RunOnce(); });
  const auto made_by_one = first.get();
  const auto made_by_two = second.get();
  ASSERT_THAT(made_by_one, IsOk());
  ASSERT_THAT(made_by_two, IsOk());
  EXPECT_EQ(*made_by_one + *made_by_two, 7 * 3);
}

TEST_F(DailyPartitions, PruneALookUpByIdToOneDay) {
  const std::string plan =
      test_database_.Ask("explain (format json) select * from eng.inbox where event_id = " +
                         std::to_string(LowestIdNumberAt(kToday)));
  EXPECT_THAT(plan, ::testing::HasSubstr("inbox_20260601"));
  EXPECT_THAT(plan, ::testing::Not(::testing::HasSubstr("inbox_20260602")));
}

}  // namespace
}  // namespace sb::testing
