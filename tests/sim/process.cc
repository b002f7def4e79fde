#include "tests/sim/process.h"

#include <utility>

namespace sb::sim {
namespace {

constexpr std::chrono::milliseconds kLongestHandOver(3);

}  // namespace

void Thread::Post(std::function<void()> task) {
  ready_.push_back(std::move(task));
  timeline_.After(timeline_.Between(Millis(0), kLongestHandOver), [this] { Turn(); });
}

void Thread::PostAt(WallTime when, std::function<void()> task) {
  const int number = next_timer_++;
  timers_.emplace(number, std::move(task));
  timeline_.At(when, [this, number] {
    const auto timer = timers_.find(number);
    if (life_.dead || timer == timers_.end()) return;
    auto due = std::move(timer->second);
    timers_.erase(timer);
    Post(std::move(due));
  });
}

void Thread::Turn() {
  if (ready_.empty()) return;
  const bool serial_and_busy = kind_ == Kind::kSerial && busy_;
  if (!life_.CanRun(timeline_.Now()) || serial_and_busy) {
    const WallTime later = timeline_.Now() + Millis(1);
    return timeline_.At(std::max(later, life_.frozen_until), [this] { Turn(); });
  }
  const int choice = kind_ == Kind::kPool ? timeline_.Roll(static_cast<int>(ready_.size())) : 0;
  busy_ = true;
  timeline_.Run([this, task = Take(static_cast<std::size_t>(choice))] {
    task();
    busy_ = false;
  });
}

std::function<void()> Thread::Take(std::size_t index) {
  auto task = std::move(ready_[index]);
  ready_.erase(ready_.begin() + static_cast<std::ptrdiff_t>(index));
  return task;
}

bool Thread::RunOne() {
  if (ready_.empty()) return false;
  Take(0)();
  return true;
}

void Thread::MakeTimersDue() {
  for (auto& [number, task] : std::exchange(timers_, {})) ready_.push_back(std::move(task));
}

void Thread::RunAndWait(std::function<void()> task) {
  bool finished = false;
  ready_.push_back([&] {
    task();
    finished = true;
  });
  while (!finished) RunOne();
}

void Thread::Pause(Millis time) {
  if (life_.dead) return;
  timeline_.Wait(time);
  WaitUntilAwake(timeline_, life_);
}

void WaitUntilAwake(Timeline& timeline, const Life& life) {
  while (!life.dead && !life.CanRun(timeline.Now()))
    timeline.Wait(life.frozen_until - timeline.Now());
}

}  // namespace sb::sim
