#pragma once

#include <deque>
#include <functional>
#include <map>

#include "engine/ports/clock.h"
#include "engine/ports/executor.h"
#include "tests/sim/timeline.h"

namespace sb::sim {

/// Whether a process lives. What has died goes on running here, since its code has to come to an
/// end, but nothing that it does reaches the world any more, nor the world it.
struct Life {
  bool dead = false;
  WallTime frozen_until;  ///< Nothing of it runs before.

  bool CanRun(WallTime now) const { return now >= frozen_until; }
};

/// A frozen process does not notice that what it waited for is there. From work that may wait.
void WaitUntilAwake(Timeline& timeline, const Life& life);

/// A thread, or several, of a process. Tasks begin after a moment: in order and one at a time on a
/// serial one; on a pool in any order, and others while one waits.
class Thread : public ports::Executor {
 public:
  enum class Kind { kSerial, kPool };

  Thread(Timeline& timeline, const Life& life, Kind kind)
      : timeline_(timeline), life_(life), kind_(kind) {}

  void Post(std::function<void()> task) override;
  void PostAt(WallTime when, std::function<void()> task) override;
  /// The tasks before it run first, as they would elsewhere while the caller waits.
  void RunAndWait(std::function<void()> task) override;
  void Pause(Millis time) override;

  /// Runs the next task, whatever the time; false: there is none.
  bool RunOne();
  /// Makes every timer due, once.
  void MakeTimersDue();

 private:
  void Turn();
  std::function<void()> Take(std::size_t index);

  Timeline& timeline_;
  const Life& life_;
  const Kind kind_;
  bool busy_ = false;  ///< In the middle of a task, which waits for something.
  std::deque<std::function<void()>> ready_;
  std::map<int, std::function<void()>> timers_;
  int next_timer_ = 0;
};

/// A process's view of the time. The dead are not told that it has grown late.
class ProcessClock : public ports::Clock {
 public:
  ProcessClock(Timeline& timeline, const Life& life) : timeline_(timeline), life_(life) {}

  WallTime Now() const override { return timeline_.Now(); }

  std::chrono::microseconds SinceBoot() const override {
    return life_.dead ? std::chrono::microseconds(0) : timeline_.Now().time_since_epoch();
  }

 private:
  Timeline& timeline_;
  const Life& life_;
};

}  // namespace sb::sim
