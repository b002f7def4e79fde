#include "engine/adapters/system/system_clock.h"

#include <ctime>

namespace sb::adapters::system {

WallTime SystemClock::Now() const {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()) +
         Millis(offset_ms_);
}

std::chrono::microseconds SystemClock::SinceBoot() const {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::seconds(now.tv_sec) +
         std::chrono::floor<std::chrono::microseconds>(std::chrono::nanoseconds(now.tv_nsec));
}

}  // namespace sb::adapters::system
