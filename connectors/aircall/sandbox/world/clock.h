#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

#include "engine/base/time.h"

namespace sb::aircall::sandbox {

using Seconds = std::chrono::seconds;

/// The only source of time here, so that a test can own it. Implementations are thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime Now() const = 0;
};

class SystemClock final : public Clock {
 public:
  WallTime Now() const override {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
};

/// The sandbox's own time: another clock's, moved forward and made to run faster at will. Never
/// runs backwards. Thread-safe.
class ShiftedClock final : public Clock {
 public:
  explicit ShiftedClock(const Clock& real);

  WallTime Now() const override;
  /// Moves `by` ahead; `by` is not negative.
  void Advance(std::chrono::microseconds by);
  /// From now on, `speed` seconds pass here in a second there; above 0.
  void SetSpeed(double speed);
  double speed() const;
  /// How long one must wait there until `span` has passed here.
  std::chrono::microseconds RealSpan(std::chrono::microseconds span) const;

 private:
  WallTime NowLocked() const;

  const Clock& real_;
  mutable std::mutex mutex_;
  WallTime real_start_;  // mutex_: here, it was own_start_ when it was real_start_ there.
  WallTime own_start_;   // mutex_
  double speed_ = 1;     // mutex_
};

inline std::int64_t UnixSeconds(WallTime when) {
  return std::chrono::floor<Seconds>(when).time_since_epoch().count();
}

inline WallTime FromUnixSeconds(std::int64_t seconds) {
  return WallTime(Seconds(seconds));
}

}  // namespace sb::aircall::sandbox
