#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <mutex>
#include <optional>

#include "engine/ports/clock.h"

namespace sb::adapters::system {

/// Tasks that wait for a thread, in order, and tasks that wait for an instant. Thread-safe.
class TaskQueue {
 public:
  using Task = std::function<void()>;

  /// `clock` tells when timers are due; TryAdd refuses while `limit` tasks wait.
  explicit TaskQueue(const ports::Clock& clock,
                     std::size_t limit = std::numeric_limits<std::size_t>::max())
      : clock_(clock), limit_(limit) {}

  void Add(Task task);  ///< Dropped after Close.
  bool TryAdd(Task task);
  void AddAt(WallTime when, Task task);

  /// The next task, waiting for one; nothing when the queue is closed and empty.
  std::optional<Task> Next();

  /// Drops the timers; Next still hands out what was added before, and what those tasks add.
  void Close();
  /// From now on Add drops, too.
  void Seal();

 private:
  void MoveDueTimers();

  const ports::Clock& clock_;
  const std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> ready_;
  std::multimap<WallTime, Task> timers_;  ///< Equal instants keep their order.
  bool closed_ = false;
  bool sealed_ = false;
};

}  // namespace sb::adapters::system
