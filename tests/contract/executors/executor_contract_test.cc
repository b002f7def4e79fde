#include <condition_variable>
#include <future>
#include <mutex>
#include <numeric>
#include <optional>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/adapters/system/serial_executor.h"
#include "engine/adapters/system/system_clock.h"
#include "engine/adapters/system/worker_pool.h"
#include "tests/support/fake_clock.h"
#include "tests/support/manual_executor.h"

namespace sb::testing {
namespace {

using adapters::system::SerialExecutor;
using adapters::system::SystemClock;
using adapters::system::WorkerPool;
using ::testing::ElementsAre;

constexpr auto kLimit = std::chrono::seconds(20);

/// What tasks did, in order; a test waits for it to grow.
class Notes {
 public:
  void Add(int note) {
    const std::lock_guard lock(mutex_);
    notes_.push_back(note);
    changed_.notify_all();
  }

  /// All notes, once there are `count`.
  std::vector<int> WaitFor(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kLimit, [&] { return notes_.size() >= count; });
    return notes_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<int> notes_;
};

/// Each world has an executor, its clock, and a way to let its tasks happen.
struct SerialWorld {
  SystemClock clock;
  SerialExecutor executor{clock};

  void LetHappen() {}

  void Stop() { executor.Stop(); }
};

struct PoolWorld {
  SystemClock clock;
  WorkerPool executor{clock, 3, 100};

  void LetHappen() {}

  void Stop() { executor.Stop(); }
};

struct ManualWorld {
  FakeClock clock;
  ManualExecutor executor{clock};

  void LetHappen() { executor.AdvanceBy(std::chrono::seconds(1)); }

  void Stop() { executor.RunReady(); }
};

template <typename World>
class ExecutorContract : public ::testing::Test {
 protected:
  World world_;
  ports::Executor& executor_ = world_.executor;
  Notes notes_;
};

using ExecutorWorlds = ::testing::Types<SerialWorld, PoolWorld, ManualWorld>;
TYPED_TEST_SUITE(ExecutorContract, ExecutorWorlds);

TYPED_TEST(ExecutorContract, RunsEveryTask) {
  for (int i = 1; i <= 100; ++i) this->executor_.Post([this, i] { this->notes_.Add(i); });
  this->world_.LetHappen();
  const std::vector<int> notes = this->notes_.WaitFor(100);
  EXPECT_EQ(std::accumulate(notes.begin(), notes.end(), 0), 5050);
}

TYPED_TEST(ExecutorContract, RunsTimersInTheOrderOfTheirInstants) {
  const WallTime now = this->world_.clock.Now();
  // Far enough apart that a pool's threads cannot overtake each other's notes.
  this->executor_.PostAt(now + Millis(120), [this] { this->notes_.Add(3); });
  this->executor_.PostAt(now + Millis(60), [this] { this->notes_.Add(2); });
  this->executor_.PostAt(now - Millis(1), [this] { this->notes_.Add(1); });
  this->world_.LetHappen();
  EXPECT_THAT(this->notes_.WaitFor(3), ElementsAre(1, 2, 3));
}

TYPED_TEST(ExecutorContract, NeverRunsATimerEarly) {
  const WallTime when = this->world_.clock.Now() + Millis(30);
  this->executor_.PostAt(
      when, [this, when] { this->notes_.Add(this->world_.clock.Now() >= when ? 1 : 0); });
  this->world_.LetHappen();
  EXPECT_THAT(this->notes_.WaitFor(1), ElementsAre(1));
}

TYPED_TEST(ExecutorContract, LetsATaskPostAnother) {
  this->executor_.Post([this] {
    this->notes_.Add(1);
    this->executor_.Post([this] { this->notes_.Add(2); });
  });
  this->world_.LetHappen();
  EXPECT_THAT(this->notes_.WaitFor(2), ElementsAre(1, 2));
}

TYPED_TEST(ExecutorContract, DrainsWhatWasPostedWhenItStops) {
  for (int i = 0; i < 20; ++i) {
    this->executor_.Post([this] { this->executor_.Post([this] { this->notes_.Add(1); }); });
  }
  this->world_.Stop();
  EXPECT_EQ(this->notes_.WaitFor(20).size(), 20U);
}

TEST(SerialExecutor, RunsOneTaskAtATimeInOrder) {
  SerialWorld world;
  Notes notes;
  std::vector<int> expected;
  for (int i = 0; i < 500; ++i) {
    world.executor.Post([&notes, i] { notes.Add(i); });
    expected.push_back(i);
  }
  EXPECT_EQ(notes.WaitFor(500), expected);
}

TEST(SerialExecutor, RunsItsTasksOnOneThread) {
  SerialWorld world;
  std::promise<std::thread::id> first;
  std::promise<std::thread::id> second;
  world.executor.Post([&] { first.set_value(std::this_thread::get_id()); });
  world.executor.PostAt(world.clock.Now() + Millis(1),
                        [&] { second.set_value(std::this_thread::get_id()); });
  EXPECT_EQ(first.get_future().get(), second.get_future().get());
}

TEST(SerialExecutor, DropsTimersAndLaterPostsOnceItHasStopped) {
  SerialWorld world;
  bool ran = false;
  world.executor.PostAt(world.clock.Now() + std::chrono::hours(1), [&] { ran = true; });
  world.executor.Stop();
  world.executor.Post([&] { ran = true; });
  world.executor.Stop();
  EXPECT_FALSE(ran);
}

TEST(SerialExecutor, NoticesAnEarlierTimerThanTheOneItWaitsFor) {
  SerialWorld world;
  Notes notes;
  world.executor.PostAt(world.clock.Now() + std::chrono::hours(1), [&] { notes.Add(2); });
  world.executor.PostAt(world.clock.Now() + Millis(5), [&] { notes.Add(1); });
  EXPECT_THAT(notes.WaitFor(1), ElementsAre(1));
}

TEST(WorkerPool, RunsTasksAtTheSameTime) {
  SystemClock clock;
  WorkerPool pool(clock, 2, 10);
  std::promise<void> first_is_running;
  std::promise<void> second_was_here;
  pool.Post([&] {
    first_is_running.set_value();
    second_was_here.get_future().wait_for(kLimit);
  });
  first_is_running.get_future().wait_for(kLimit);
  std::promise<bool> ran;
  pool.Post([&] {
    second_was_here.set_value();
    ran.set_value(true);
  });
  EXPECT_EQ(ran.get_future().wait_for(kLimit), std::future_status::ready);
}

TEST(WorkerPool, RefusesWhatItHasNoRoomForAndTakesInnerWorkAlways) {
  SystemClock clock;
  WorkerPool pool(clock, 1, 2);
  Notes notes;
  std::promise<void> busy;
  std::promise<void> release;
  pool.Post([&] {
    busy.set_value();
    release.get_future().wait_for(kLimit);
  });
  busy.get_future().wait_for(kLimit);
  EXPECT_TRUE(pool.TryPost([&] { notes.Add(1); }));
  EXPECT_TRUE(pool.TryPost([&] { notes.Add(2); }));
  EXPECT_FALSE(pool.TryPost([&] { notes.Add(99); }));
  pool.Post([&] { notes.Add(3); });
  release.set_value();
  EXPECT_THAT(notes.WaitFor(3), ElementsAre(1, 2, 3));
  EXPECT_TRUE(pool.TryPost([&] { notes.Add(4); })) << "there is room again";
  pool.Stop();
  EXPECT_FALSE(pool.TryPost([&] { notes.Add(99); }));
  EXPECT_THAT(notes.WaitFor(4), ElementsAre(1, 2, 3, 4));
}

TEST(ManualExecutor, WalksFromTimerToTimer) {
  FakeClock clock;
  ManualExecutor executor(clock);
  std::vector<WallTime> at;
  executor.PostAt(kStoryTime + Millis(300), [&] { at.push_back(clock.Now()); });
  executor.PostAt(kStoryTime + Millis(100), [&] {
    at.push_back(clock.Now());
    executor.PostAt(clock.Now() + Millis(50), [&] { at.push_back(clock.Now()); });
  });
  executor.AdvanceBy(Millis(200));
  EXPECT_THAT(at, ElementsAre(kStoryTime + Millis(100), kStoryTime + Millis(150)));
  EXPECT_EQ(clock.Now(), kStoryTime + Millis(200));
  EXPECT_EQ(executor.TimerCount(), 1U);
}

}  // namespace
}  // namespace sb::testing
