#pragma once

#include <chrono>
#include <cstdint>

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

inline std::int64_t UnixSeconds(WallTime when) {
  return std::chrono::floor<Seconds>(when).time_since_epoch().count();
}

inline WallTime FromUnixSeconds(std::int64_t seconds) {
  return WallTime(Seconds(seconds));
}

}  // namespace sb::aircall::sandbox
