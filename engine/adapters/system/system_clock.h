#pragma once

#include <atomic>

#include "engine/ports/clock.h"

namespace sb::adapters::system {

/// This machine's clock, moved to the database's: all instances then make ids and timers by one
/// time. Thread-safe.
class SystemClock : public ports::Clock {
 public:
  WallTime Now() const override;
  std::chrono::microseconds SinceBoot() const override;

  /// Database time minus ours, as OwnershipStore::Register measured it.
  void SetOffset(Millis offset) { offset_ms_ = offset.count(); }

 private:
  std::atomic<Millis::rep> offset_ms_{0};
};

}  // namespace sb::adapters::system
