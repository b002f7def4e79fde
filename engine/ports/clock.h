#pragma once

#include "engine/base/time.h"

namespace sb::ports {

/// The only source of time in the program. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime Now() const = 0;

  /// Time that only goes forward and counts while the process, or the machine, is suspended: for
  /// deadlines of this process. Comparable with itself only.
  virtual std::chrono::microseconds SinceBoot() const { return Now().time_since_epoch(); }
};

}  // namespace sb::ports
