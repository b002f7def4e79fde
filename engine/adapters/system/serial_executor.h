#pragma once

#include <thread>

#include "engine/adapters/system/task_queue.h"
#include "engine/ports/clock.h"
#include "engine/ports/executor.h"

namespace sb::adapters::system {

/// One thread that runs tasks one at a time, in the order in which they were posted: what a reactor
/// lives on.
class SerialExecutor : public ports::Executor {
 public:
  /// Starts the thread. Borrows `clock`.
  explicit SerialExecutor(const ports::Clock& clock);
  ~SerialExecutor() override;  ///< Stops.

  void Post(std::function<void()> task) override;
  void PostAt(WallTime when, std::function<void()> task) override;

  /// Runs what was posted, and what that posts in turn, drops the timers, and ends the thread. Safe
  /// to repeat; not from a task. Later posts are dropped.
  void Stop();

 private:
  void Work();

  TaskQueue queue_;
  std::thread thread_;
};

}  // namespace sb::adapters::system
