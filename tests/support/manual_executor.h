#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>

#include "engine/ports/executor.h"
#include "tests/support/fake_clock.h"

namespace sb::testing {

/// An executor whose tasks run when the test says so, on the test's thread: as a reactor's or as a
/// pool. Posting is thread-safe; running is for one thread.
class ManualExecutor : public ports::Executor {
 public:
  /// Timers go by `clock`, which AdvanceBy sets.
  explicit ManualExecutor(FakeClock& clock) : clock_(clock) {}

  void Post(std::function<void()> task) override;
  void PostAt(WallTime when, std::function<void()> task) override;

  /// Runs the oldest task that is ready; false when there is none.
  bool RunOne();
  /// Runs until nothing is ready any more, timers that have come due included; how many tasks that
  /// were.
  int RunReady();
  /// Lets time pass: stops at each timer on the way, sets the clock to it and runs what is ready
  /// then.
  void AdvanceBy(std::chrono::microseconds by);

  std::size_t ReadyCount() const;
  std::size_t TimerCount() const;

 private:
  void MoveDueTimers();

  FakeClock& clock_;
  mutable std::mutex mutex_;
  std::deque<std::function<void()>> ready_;
  std::multimap<WallTime, std::function<void()>> timers_;
};

}  // namespace sb::testing
