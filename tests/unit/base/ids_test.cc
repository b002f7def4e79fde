#include "engine/base/ids.h"

#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace sb {
namespace {

const WallTime kNow = *ParseRfc3339("2026-06-01T09:30:00.250Z");

TEST(Id, ReadsBackFromItsText) {
  EXPECT_EQ(ParseAccountId(ToText(AccountId(123456789))), AccountId(123456789));
  EXPECT_EQ(ParseEventId(ToText(EventId(1))), EventId(1));
  EXPECT_EQ(ParseRunId(ToText(RunId(INT64_MAX))), RunId(INT64_MAX));
  EXPECT_EQ(ParseWorkflowId(ToText(WorkflowId(77))), WorkflowId(77));
  EXPECT_EQ(ParseSessionId(ToText(SessionId(78))), SessionId(78));
  EXPECT_EQ(ToText(RunId(31)), "run_000000000000z");
}

TEST(Id, RefusesEveryOtherText) {
  for (const char* text :
       {"", "run", "run_", "run_000000000000", "run_00000000000000", "acc_000000000000z",
        "run-000000000000z", "run_000000000000Z", "run_000000000000u", "run_0000000000000",
        "run_zzzzzzzzzzzzz", "run_8000000000000", " run_000000000000z"}) {
    EXPECT_FALSE(ParseRunId(text)) << text;
  }
}

TEST(IdGenerator, MakesIdsThatTellWhenTheyWereMade) {
  IdGenerator ids(5);
  EXPECT_EQ(TimeOfIdNumber(ids.Next<RunTag>(kNow).number()), kNow);
}

TEST(IdGenerator, RisesWithinAMillisecondAndWhenTheClockGoesBack) {
  IdGenerator ids(5);
  std::int64_t last = 0;
  for (int i = 0; i < 10'000; ++i) {
    const WallTime when = kNow - std::chrono::milliseconds(i / 1000);
    const std::int64_t next = ids.Next<RunTag>(when).number();
    ASSERT_GT(next, last);
    last = next;
  }
}

TEST(IdGenerator, InstancesNeverMakeTheSameId) {
  IdGenerator one(1);
  IdGenerator two(2);
  std::set<std::int64_t> numbers;
  for (int i = 0; i < 1000; ++i) {
    numbers.insert(one.Next<RunTag>(kNow).number());
    numbers.insert(two.Next<RunTag>(kNow).number());
  }
  EXPECT_EQ(numbers.size(), 2000);
}

TEST(IdGenerator, ServesManyThreads) {
  IdGenerator ids(1);
  std::vector<std::vector<std::int64_t>> made(4);
  std::vector<std::thread> threads;
  for (auto& mine : made) {
    threads.emplace_back([&ids, &mine] {
      for (int i = 0; i < 5000; ++i) mine.push_back(ids.Next<RunTag>(kNow).number());
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::int64_t> numbers;
  for (const auto& mine : made) numbers.insert(mine.begin(), mine.end());
  EXPECT_EQ(numbers.size(), 20'000);
}

TEST(LowestIdNumberAt, BoundsAllIdsMadeFromThenOn) {
  IdGenerator ids(1023);
  EXPECT_GE(ids.Next<RunTag>(kNow).number(), LowestIdNumberAt(kNow));
  IdGenerator earlier(1023);
  EXPECT_LT(earlier.Next<RunTag>(kNow - std::chrono::milliseconds(1)).number(),
            LowestIdNumberAt(kNow));
}

}  // namespace
}  // namespace sb
