#pragma once

#include "engine/base/time.h"

namespace sb::ports {

/// The only source of time in the program. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime Now() const = 0;
};

}  // namespace sb::ports
