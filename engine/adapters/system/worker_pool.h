#pragma once

#include <cstddef>
#include <thread>
#include <vector>

#include "engine/adapters/system/task_queue.h"
#include "engine/ports/clock.h"
#include "engine/ports/executor.h"

namespace sb::adapters::system {

/// Several threads for work that blocks. The doors use TryPost, so that a flood is refused instead
/// of queued for ever; inner work uses Post, which always takes the task.
class WorkerPool : public ports::Executor {
 public:
  /// Starts `threads` threads; TryPost refuses while `limit` tasks wait for one. Borrows `clock`.
  WorkerPool(const ports::Clock& clock, int threads, std::size_t limit);
  ~WorkerPool() override;  ///< Stops.

  /// False, and the task is gone, when too many wait or the pool is stopping.
  [[nodiscard]] bool TryPost(std::function<void()> task);
  void Post(std::function<void()> task) override;
  void PostAt(WallTime when, std::function<void()> task) override;

  /// Runs what was posted, and what that posts in turn, drops the timers, and ends the threads.
  /// Safe to repeat; not from a task. Later posts are dropped.
  void Stop();

 private:
  void Work();

  TaskQueue queue_;
  std::vector<std::thread> threads_;
};

}  // namespace sb::adapters::system
