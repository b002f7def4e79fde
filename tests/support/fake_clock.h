#pragma once

#include <mutex>

#include "engine/ports/clock.h"

namespace sb::testing {

/// When stories begin: Monday 1 June 2026, 09:00 UTC.
inline constexpr WallTime kStoryTime =
    std::chrono::sys_days(std::chrono::June / 1 / 2026) + std::chrono::hours(9);

/// A clock that a test sets. Thread-safe.
class FakeClock : public ports::Clock {
 public:
  explicit FakeClock(WallTime now = kStoryTime) : now_(now) {}

  WallTime Now() const override {
    const std::lock_guard lock(mutex_);
    return now_;
  }

  void Set(WallTime now) {
    const std::lock_guard lock(mutex_);
    now_ = now;
  }

  void Advance(std::chrono::microseconds by) {
    const std::lock_guard lock(mutex_);
    now_ += by;
  }

 private:
  mutable std::mutex mutex_;
  WallTime now_;
};

}  // namespace sb::testing
