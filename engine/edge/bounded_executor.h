#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <utility>

#include "engine/ports/executor.h"

namespace sb::edge {

/// Workers behind a limit: a flood at the door is turned away instead of queued for ever.
/// Thread-safe.
class BoundedExecutor {
 public:
  /// `limit` tasks may wait or run at once.
  BoundedExecutor(ports::Executor& workers, std::size_t limit) : workers_(workers), limit_(limit) {}

  /// False, and the task is gone, when too many are under way.
  [[nodiscard]] bool TryPost(std::function<void()> task) {
    if (under_way_.fetch_add(1) >= limit_) {
      --under_way_;
      return false;
    }
    workers_.Post([this, task = std::move(task)] {
      task();
      --under_way_;
    });
    return true;
  }

 private:
  ports::Executor& workers_;
  const std::size_t limit_;
  std::atomic<std::size_t> under_way_ = 0;
};

}  // namespace sb::edge
