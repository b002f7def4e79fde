#include "engine/adapters/system/task_queue.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace sb::adapters::system {
namespace {

// A timer's instant is wall-clock time, which may be set anew while a thread sleeps: look again
// this often.
constexpr std::chrono::microseconds kLongestSleep = std::chrono::seconds(1);

}  // namespace

void TaskQueue::Add(Task task) {
  const std::lock_guard lock(mutex_);
  if (sealed_) return;
  ready_.push_back(std::move(task));
  changed_.notify_one();
}

bool TaskQueue::TryAdd(Task task) {
  const std::lock_guard lock(mutex_);
  if (closed_ || ready_.size() >= limit_) return false;
  ready_.push_back(std::move(task));
  changed_.notify_one();
  return true;
}

void TaskQueue::AddAt(WallTime when, Task task) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  timers_.emplace(when, std::move(task));
  changed_.notify_one();
}

void TaskQueue::MoveDueTimers() {
  const WallTime now = clock_.Now();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    ready_.push_back(std::move(timers_.begin()->second));
    timers_.erase(timers_.begin());
  }
}

std::optional<TaskQueue::Task> TaskQueue::Next() {
  std::unique_lock lock(mutex_);
  for (;;) {
    MoveDueTimers();
    if (!ready_.empty()) {
      Task task = std::move(ready_.front());
      ready_.pop_front();
      if (!ready_.empty()) changed_.notify_one();  // several timers may have come due at once
      return task;
    }
    if (closed_) return {};
    if (timers_.empty()) {
      changed_.wait(lock);
    } else {
      changed_.wait_for(lock, std::min(timers_.begin()->first - clock_.Now(), kLongestSleep));
    }
  }
}

void TaskQueue::Close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  timers_.clear();
  changed_.notify_all();
}

void TaskQueue::Seal() {
  const std::lock_guard lock(mutex_);
  sealed_ = true;
}

}  // namespace sb::adapters::system
