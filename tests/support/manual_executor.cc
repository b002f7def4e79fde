#include "tests/support/manual_executor.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace sb::testing {

void ManualExecutor::Post(std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  ready_.push_back(std::move(task));
}

void ManualExecutor::PostAt(WallTime when, std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  timers_.emplace(when, std::move(task));
}

void ManualExecutor::MoveDueTimers() {
  while (!timers_.empty() && timers_.begin()->first <= clock_.Now()) {
    ready_.push_back(std::move(timers_.begin()->second));
    timers_.erase(timers_.begin());
  }
}

bool ManualExecutor::RunOne() {
  std::function<void()> task;
  {
    const std::lock_guard lock(mutex_);
    MoveDueTimers();
    if (ready_.empty()) return false;
    task = std::move(ready_.front());
    ready_.pop_front();
  }
  task();
  return true;
}

int ManualExecutor::RunReady() {
  int count = 0;
  while (RunOne()) ++count;
  return count;
}

void ManualExecutor::AdvanceBy(std::chrono::microseconds by) {
  const WallTime end = clock_.Now() + by;
  RunReady();
  for (;;) {
    std::optional<WallTime> next;
    {
      const std::lock_guard lock(mutex_);
      if (!timers_.empty()) next = timers_.begin()->first;
    }
    if (!next || *next > end) break;
    clock_.Set(std::max(*next, clock_.Now()));
    RunReady();
  }
  clock_.Set(std::max(end, clock_.Now()));
}

std::size_t ManualExecutor::ReadyCount() const {
  const std::lock_guard lock(mutex_);
  return ready_.size();
}

std::size_t ManualExecutor::TimerCount() const {
  const std::lock_guard lock(mutex_);
  return timers_.size();
}

}  // namespace sb::testing
