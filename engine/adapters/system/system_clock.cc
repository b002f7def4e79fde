#include "engine/adapters/system/system_clock.h"

namespace sb::adapters::system {

WallTime SystemClock::Now() const {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()) +
         Millis(offset_ms_);
}

}  // namespace sb::adapters::system
